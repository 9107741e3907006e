import type { ScalarValue } from "./node.ts";

/**
 * What an unquoted scalar means. The rules are those of go-yaml, which Compose uses and which are neither YAML 1.1 nor 1.2:
 * `yes`, `no`, `on` and `off` stay strings, `0777` and `0o777` are octal, `1_000` is a number, a bare date is a time.
 * Source: https://github.com/yaml/go-yaml (resolve.go).
 */
export function resolvePlain(text: string): ScalarValue {
  const word = words.get(text);
  if (word !== undefined) return word;
  const first = text.charCodeAt(0);
  if (!startsNumber(first)) return text;
  return resolveTimestamp(text) ?? resolveNumber(text) ?? text;
}

const words = new Map<string, ScalarValue>([
  ["", null],
  ["~", null],
  ["null", null],
  ["Null", null],
  ["NULL", null],
  ["true", true],
  ["True", true],
  ["TRUE", true],
  ["false", false],
  ["False", false],
  ["FALSE", false],
]);

function startsNumber(code: number): boolean {
  return (code >= 48 && code <= 57) || code === 43 || code === 45 || code === 46;
}

function resolveNumber(text: string): ScalarValue | undefined {
  if (/^[-+]?\.(?:inf|Inf|INF)$/.test(text) || /^\.(?:nan|NaN|NAN)$/.test(text)) return text;
  const plain = text.replaceAll("_", "");
  const integer =
    asInteger(plain, /^([-+]?)0b([01]+)$/, 2) ??
    asInteger(plain, /^([-+]?)0x([0-9a-fA-F]+)$/, 16) ??
    asInteger(plain, /^([-+]?)0o([0-7]+)$/, 8) ??
    asInteger(plain, /^([-+]?)0([0-7]+)$/, 8) ??
    asInteger(plain, /^([-+]?)(0|[1-9][0-9]*)$/, 10);
  if (integer !== undefined) return integer;
  if (/^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/.test(plain)) return Number(plain);
  return undefined;
}

function asInteger(text: string, pattern: RegExp, radix: number): ScalarValue | undefined {
  const [, sign, digits] = pattern.exec(text) ?? [];
  if (digits === undefined) return undefined;
  const value = Number.parseInt(digits, radix) * (sign === "-" ? -1 : 1);
  if (Number.isSafeInteger(value)) return value;
  // Beyond what a JavaScript number holds exactly: kept as its decimal digits, which is all that Compose does with it.
  const exact = BigInt(radix === 10 ? digits : `0${{ 2: "b", 8: "o", 16: "x" }[radix] ?? ""}${digits}`);
  return `${sign === "-" ? "-" : ""}${exact}`;
}

/** A bare date or time becomes what Go prints for it, in UTC: `2020-01-01 00:00:00 +0000 UTC`. */
function resolveTimestamp(text: string): string | undefined {
  const match =
    /^(\d{4})-(\d{1,2})-(\d{1,2})(?:(?:[Tt]|[ \t]+)(\d{1,2}):(\d{1,2}):(\d{1,2})(\.\d+)?[ \t]*(Z|[-+]\d{1,2}(?::\d{2})?)?)?$/.exec(
      text,
    );
  if (match === null) return undefined;
  const [, year = "", month = "", day = "", hour = "0", minute = "0", second = "0", fraction = "", zone = "Z"] = match;
  if (hour === "0" && text.length !== 10 && !/[Tt \t]/.test(text)) return undefined;
  const offset = zone === "Z" ? 0 : zoneMinutes(zone);
  const at = new Date(Date.UTC(+year, +month - 1, +day, +hour, +minute, +second));
  if (at.getUTCMonth() !== +month - 1 || at.getUTCDate() !== +day || +hour > 23 || +minute > 59 || +second > 59) {
    return undefined;
  }
  const two = (value: number): string => String(value).padStart(2, "0");
  const date = `${year}-${two(+month)}-${two(+day)}`;
  const time = `${two(+hour)}:${two(+minute)}:${two(+second)}${fraction.replace(/\.?0+$/, "")}`;
  if (offset === 0) return `${date} ${time} +0000 UTC`;
  const sign = offset < 0 ? "-" : "+";
  const size = Math.abs(offset);
  const suffix = `${sign}${two(Math.floor(size / 60))}${two(size % 60)}`;
  return `${date} ${time} ${suffix} ${suffix}`;
}

function zoneMinutes(zone: string): number {
  const [hours = "0", minutes = "0"] = zone.slice(1).split(":");
  return (zone.startsWith("-") ? -1 : 1) * (Number(hours) * 60 + Number(minutes));
}

/** A scalar as Go's `fmt.Sprint` prints it, which is how Compose makes strings of numbers and booleans. */
export function printScalar(value: string | number | boolean): string {
  if (Object.is(value, -0)) return "-0";
  if (typeof value !== "number" || Number.isInteger(value)) return String(value);
  const size = Math.abs(value);
  if (size >= 1e-4 && size < 1e21) return String(value);
  return value.toExponential().replace(/e([-+])(\d)$/, "e$10$2");
}
