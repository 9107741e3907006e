import { parseDuration, parseNanoseconds } from "../../../modules/stackfile/forms/duration.ts";

/** Nanoseconds of a Go duration string. The model holds none that is not valid. */
export function nanoseconds(duration: string | undefined): number | undefined {
  const exact = duration === undefined ? undefined : parseNanoseconds(duration);
  return exact === undefined ? undefined : Number(exact);
}

/** Whole seconds, rounded up: half a second of grace must not become none. */
export function wholeSeconds(duration: string | undefined): number | undefined {
  const ms = duration === undefined ? undefined : parseDuration(duration);
  return ms === undefined ? undefined : Math.ceil(ms / 1000);
}

/** The model's byte counts are decimal strings or numbers. */
export function byteCount(bytes: string | number | undefined): number | undefined {
  return bytes === undefined ? undefined : Number(bytes);
}
