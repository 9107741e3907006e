import { wholeNumber } from "../tree/whole-number.ts";

/** Durations as Go writes and reads them, plus `d` and `w`. Source: https://pkg.go.dev/time#ParseDuration, str2duration. */
const units: Readonly<Record<string, bigint>> = {
  ns: 1n,
  us: 1_000n,
  µs: 1_000n,
  μs: 1_000n,
  ms: 1_000_000n,
  s: 1_000_000_000n,
  m: 60_000_000_000n,
  h: 3_600_000_000_000n,
  d: 86_400_000_000_000n,
  w: 604_800_000_000_000n,
};

/** 64 bits of nanoseconds. */
const longest = 2n ** 63n - 1n;
/** Of a fraction: more do not fit into 64 bits, and are nothing to Go. */
const mostDigits = 18;

/** In characters. Far more than each unit with all its digits. */
const longestText = 1_000;

/** Nanoseconds of a duration like `1h5m2s` or `500ms`; undefined where it is none. */
export function parseNanoseconds(text: string): bigint | undefined {
  const sign = text.startsWith("-") ? -1n : 1n;
  const rest = text.replace(/^[-+]/, "");
  if (rest === "0") return 0n;
  if (rest === "" || rest.length > longestText) return undefined;
  // Part by part: a pattern of any number of parts needs a stack as deep as they are many.
  const part = /(?:(\d+)(?:\.(\d*))?|\.(\d+))(ns|us|µs|μs|ms|s|m|h|d|w)/y;
  let total = 0n;
  for (let at = 0; at < rest.length; at = part.lastIndex) {
    const found = part.exec(rest);
    if (found === null) return undefined;
    const [, whole = "", ofWhole = "", digits = ofWhole, unit = ""] = found;
    const size = units[unit] ?? 0n;
    const count = wholeNumber(whole);
    if (count === undefined) return undefined;
    total += count * size + fractionOf(digits.slice(0, mostDigits), size);
    if (total > longest) return undefined;
  }
  return sign * total;
}

/** Go multiplies in floating point, and what is less than a nanosecond is nothing to it. */
function fractionOf(digits: string, unit: bigint): bigint {
  return BigInt(Math.trunc(Number(digits) * (Number(unit) / 10 ** digits.length)));
}

/** Milliseconds, as `parseNanoseconds` reads them. */
export function parseDuration(text: string): number | undefined {
  const nanoseconds = parseNanoseconds(text);
  return nanoseconds === undefined ? undefined : Number(nanoseconds) / 1e6;
}

/** The way that Go prints a duration of nanoseconds: `1m30s`, `1h0m0s`, `1.5s`, `100ms`. */
export function printDuration(nanoseconds: bigint): string {
  if (nanoseconds < 0n) return `-${printDuration(-nanoseconds)}`;
  if (nanoseconds === 0n) return "0s";
  const unit = ["ns", "µs", "ms"].find((name) => nanoseconds < 1_000n * (units[name] ?? 0n));
  if (unit !== undefined) return inUnit(nanoseconds, unit);
  const [hour = 1n, minute = 1n] = [units["h"], units["m"]];
  const hours = nanoseconds / hour;
  const seconds = inUnit(nanoseconds % minute, "s");
  if (hours > 0n) return `${hours}h${(nanoseconds % hour) / minute}m${seconds}`;
  return nanoseconds >= minute ? `${nanoseconds / minute}m${seconds}` : seconds;
}

function inUnit(nanoseconds: bigint, name: string): string {
  const unit = units[name] ?? 1n;
  const fraction = String(unit + (nanoseconds % unit))
    .slice(1)
    .replace(/0+$/, "");
  return `${nanoseconds / unit}${fraction === "" ? "" : `.${fraction}`}${name}`;
}
