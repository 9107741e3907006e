import type { ScalarType } from "../keys/shape.ts";
import { printScalar } from "../tree/scalars.ts";
import type { ScalarValue } from "../tree/node.ts";
import { parseBytes } from "./bytes.ts";
import { parseDuration, printDuration } from "./duration.ts";

interface ScalarForm {
  /** The canonical value; undefined where the value is not of this type. Canonical values convert to themselves. */
  readonly convert: (value: Exclude<ScalarValue, null>) => ScalarValue | undefined;
  /** As in "must be …". */
  readonly expected: string;
}

/** How each scalar type reads what a stack file or a variable gives. */
export const scalarForms: Readonly<Record<ScalarType, ScalarForm>> = {
  string: { convert: (value) => (typeof value === "string" ? value : undefined), expected: "a string" },
  text: { convert: printScalar, expected: "a string, a number or a boolean" },
  integer: { convert: toInteger, expected: "a whole number" },
  number: { convert: toNumber, expected: "a number" },
  boolean: { convert: toBoolean, expected: "true or false" },
  duration: { convert: toDuration, expected: 'a duration such as "1m30s" or "500ms"' },
  mode: { convert: toMode, expected: 'permissions in octal such as "0440"' },
  bytes: { convert: toBytes, expected: 'a size in bytes such as "512m" or "1.5g"' },
};

function toInteger(value: string | number | boolean): number | undefined {
  if (typeof value === "number") return Number.isInteger(value) ? value : undefined;
  return typeof value === "string" && /^[-+]?\d+$/.test(value) ? Number(value) : undefined;
}

function toNumber(value: string | number | boolean): number | undefined {
  if (typeof value === "number") return value;
  return typeof value === "string" && /^[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?$/.test(value)
    ? Number(value)
    : undefined;
}

const trueWords = ["true", "y", "yes", "on"];
const falseWords = ["false", "n", "no", "off"];

function toBoolean(value: string | number | boolean): boolean | undefined {
  if (typeof value !== "string") return typeof value === "boolean" ? value : undefined;
  const word = value.toLowerCase();
  return trueWords.includes(word) ? true : falseWords.includes(word) ? false : undefined;
}

function toDuration(value: string | number | boolean): string | undefined {
  if (typeof value !== "string") return undefined;
  const milliseconds = parseDuration(value);
  return milliseconds === undefined ? undefined : printDuration(milliseconds);
}

/** A number was octal in the file already; a string is read as octal. Source: compose-go, `FileMode`. */
function toMode(value: string | number | boolean): string | undefined {
  if (typeof value === "number") return Number.isInteger(value) && value >= 0 ? `0${value.toString(8)}` : undefined;
  return typeof value === "string" && /^0*[0-7]+$/.test(value)
    ? `0${Number.parseInt(value, 8).toString(8)}`
    : undefined;
}

/** Bytes are printed as decimal strings, as Compose does. */
function toBytes(value: string | number | boolean): string | undefined {
  if (typeof value === "boolean") return undefined;
  if (typeof value === "number") return Number.isInteger(value) ? String(value) : undefined;
  const bytes = parseBytes(value);
  return bytes === undefined ? undefined : String(bytes);
}
