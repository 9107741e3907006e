import type { Place } from "./node.ts";

/**
 * The part of a place where `length` characters of its value stand, from `offset` on. Where the value is written in another way, with
 * escapes or over several lines, the whole place.
 */
export function withinValue(place: Place, value: string, offset: number, length = 1): Place {
  const begins = written(place).indexOf(value);
  if (begins === -1) return place;
  const start = place.start + begins + offset;
  return { ...place, start, end: start + length };
}

const longestShown = 80;

/** What people are shown of a secret value, as the Pulumi engine shows one. */
const secretValue = "[secret]";

/** Whether a place has something secret in it. */
export function isSecret(place: Place): boolean {
  return place.source.hides(place);
}

/**
 * A value of a place as it may be shown to people: where variables were put in, the text that it came from, since the value may be
 * a secret; and nothing of what is known to be one.
 */
export function shownValue(place: Place, value: string): string {
  if (isSecret(place)) return secretValue;
  const text = written(place);
  if (!text.includes("$")) return value;
  const line = text.replace(/^(["'])([^]*)\1$/, "$2").replaceAll(/\s+/g, " ");
  return line.length > longestShown ? `${line.slice(0, longestShown)}…` : line;
}

/** The text of a place, as it stands in the file. */
export function written({ source, start, end }: Place): string {
  return source.text.slice(start, end);
}
