import type { ScalarNode } from "./node.ts";
import { wholeNumber } from "./whole-number.ts";

/** A value with the type that Go has for it. */
export type Resolved = Pick<ScalarNode, "value" | "go">;

/**
 * What an unquoted scalar means. The rules are those of go-yaml, which Compose uses and which are neither YAML 1.1 nor 1.2:
 * `yes`, `no`, `on` and `off` stay strings, `0777` and `0o777` are octal, `1_000` is a number, a bare date is a time.
 * Source: https://github.com/yaml/go-yaml (resolver.go).
 */
export function resolvePlain(text: string): Resolved {
  const word = words.get(text);
  if (word !== undefined) return word;
  if (!startsNumber(text.charCodeAt(0))) return { value: text };
  return resolveTimestamp(text) ?? resolveNumber(text) ?? { value: text };
}

const float = (value: number): Resolved => ({ value, go: "float64" });

const words = new Map<string, Resolved>([
  ...["", "~", "null", "Null", "NULL"].map((word): [string, Resolved] => [word, { value: null }]),
  ...["true", "True", "TRUE"].map((word): [string, Resolved] => [word, { value: true }]),
  ...["false", "False", "FALSE"].map((word): [string, Resolved] => [word, { value: false }]),
  ...[".inf", ".Inf", ".INF"].flatMap((word): [string, Resolved][] => [
    [word, float(Infinity)],
    [`+${word}`, float(Infinity)],
    [`-${word}`, float(-Infinity)],
  ]),
  ...[".nan", ".NaN", ".NAN"].map((word): [string, Resolved] => [word, float(NaN)]),
  ...["-0", "-0.0"].map((word): [string, Resolved] => [word, float(-0)]),
]);

function startsNumber(code: number): boolean {
  return (code >= 48 && code <= 57) || code === 43 || code === 45 || code === 46;
}

const floatPattern = /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/;

function resolveNumber(text: string): Resolved | undefined {
  // Behind a point in front, an underscore has to separate digits.
  if (text.startsWith(".") && /(?:^|\D)_|_(?:\D|$)/.test(text)) return undefined;
  const plain = text.replaceAll("_", "");
  const whole = resolveInteger(plain);
  if (whole !== undefined) return whole;
  const value = floatPattern.test(plain) ? Number(plain) : NaN;
  return Number.isFinite(value) ? float(value) : undefined;
}

const integerPattern = /^([-+]?)(?:0[xX]([0-9a-fA-F]+)|0[bB]([01]+)|0[oO]?([0-7]+)|(0|[1-9][0-9]*))$/;

function resolveInteger(text: string): Resolved | undefined {
  const [match, sign = "", hex, binary, octal, decimal] = integerPattern.exec(text) ?? [];
  if (match === undefined) return undefined;
  // Nearly all are short, and exact without a BigInt. There is no whole -0.
  if (decimal !== undefined && decimal.length < 16) return { value: Number(sign + decimal) + 0 };
  const size =
    hex !== undefined
      ? wholeNumber(hex, "0x")
      : binary !== undefined
        ? wholeNumber(binary, "0b")
        : octal !== undefined
          ? wholeNumber(octal, "0o")
          : wholeNumber(decimal ?? "0");
  if (size === undefined) return undefined;
  const exact = sign === "-" ? -size : size;
  if (exact >= -(2n ** 63n) && exact < 2n ** 63n) {
    const value = Number(exact);
    return Number.isSafeInteger(value) ? { value } : { value: String(exact), go: "int" };
  }
  // Go reads no sign of an unsigned number.
  return exact > 0n && sign === "" ? { value: String(exact), go: "uint64" } : undefined;
}

const timestamp =
  /^(\d{4})-(\d{1,2})-(\d{1,2})(?:(?:[Tt](\d{1,2}):(\d{1,2}):(\d{1,2})(\.\d+)?(Z|[-+]\d{2}:\d{2}))|(?: +(\d{1,2}):(\d{1,2}):(\d{1,2})(\.\d+)?))?$/;

/** A bare date or time becomes what Go prints for it, in UTC: `2020-01-01 00:00:00 +0000 UTC`. */
function resolveTimestamp(text: string): Resolved | undefined {
  const match = timestamp.exec(text);
  if (match === null) return undefined;
  const [, year = "", month = "", day = "", ...rest] = match;
  const [hour = "0", minute = "0", second = "0", fraction = ""] = rest[0] === undefined ? rest.slice(5) : rest;
  const zone = rest[4] ?? "Z";
  const offset = zone === "Z" ? 0 : zoneMinutes(zone);
  const at = new Date(Date.UTC(+year, +month - 1, +day, +hour, +minute, +second));
  if (at.getUTCMonth() !== +month - 1 || at.getUTCDate() !== +day || +hour > 23 || +minute > 59 || +second > 59) {
    return undefined;
  }
  const two = (value: number): string => String(value).padStart(2, "0");
  const date = `${year}-${two(+month)}-${two(+day)}`;
  const time = `${two(+hour)}:${two(+minute)}:${two(+second)}${nanosecondsIn(fraction)}`;
  if (offset === 0) return { value: `${date} ${time} +0000 UTC`, go: "time" };
  const sign = offset < 0 ? "-" : "+";
  const size = Math.abs(offset);
  const suffix = `${sign}${two(Math.floor(size / 60))}${two(size % 60)}`;
  return { value: `${date} ${time} ${suffix} ${suffix}`, go: "time" };
}

/** A fraction of a second as Go has it: of what is less than a nanosecond it reads nothing, and it prints no zeros in the end. */
function nanosecondsIn(fraction: string): string {
  return fraction.slice(0, ".123456789".length).replace(/\.?0+$/, "");
}

function zoneMinutes(zone: string): number {
  const [hours = "0", minutes = "0"] = zone.slice(1).split(":");
  return (zone.startsWith("-") ? -1 : 1) * (Number(hours) * 60 + Number(minutes));
}

/**
 * A scalar as Go's `fmt.Sprint` prints it, which is how Compose makes strings of numbers and booleans: a float has an exponent
 * from a million on.
 */
export function printScalar({ value, go }: Resolved): string {
  if (value === null || typeof value !== "number" || go !== "float64") return String(value ?? "");
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "NaN" : value > 0 ? "+Inf" : "-Inf";
  const [digits = "", exponent = "0"] = value.toExponential().split("e");
  const size = Number(exponent);
  if (size >= -4 && size < 6) return Object.is(value, -0) ? "-0" : String(value);
  return `${digits}e${size < 0 ? "-" : "+"}${String(Math.abs(size)).padStart(2, "0")}`;
}
