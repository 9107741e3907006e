import type { ScalarType } from "../shapes/shape.ts";
import type { ScalarNode } from "../tree/node.ts";
import { printScalar } from "../tree/scalars.ts";
import { wholeNumber } from "../tree/whole-number.ts";
import { parseBytes } from "./bytes.ts";
import { parseBoolean, parseFloat64, parseInteger } from "./casts.ts";
import { parseNanoseconds, printDuration } from "./duration.ts";

export type DecodedScalar = string | number | boolean;

/**
 * A scalar as the model has it; undefined where it is not of this type. What fits what is a matter of Go's types: those of
 * compose-go's structs, and how github.com/go-viper/mapstructure fills them.
 */
export function decodeScalar(node: ScalarNode, type: ScalarType): DecodedScalar | undefined {
  const { value } = node;
  if (value === null) return undefined;
  switch (type) {
    case "text":
      return printScalar(node);
    case "string":
      return decodeString(node);
    case "boolean":
      return typeof value === "string" && node.go === undefined ? parseBoolean(value) : asBoolean(value);
    case "integer":
      return decodeInteger(node);
    case "unsigned":
      return decodeUnsigned(node);
    case "single":
    case "cpus":
      return decodeSingle(node);
    case "duration":
      return decodeDuration(node);
    case "bytes":
      return decodeBytes(node);
    case "mode":
      return decodeMode(node);
    case "count":
      return decodeCount(node);
  }
}

/** Zero, false and the empty string: what a Go struct has that nobody filled. */
export function isZero(value: DecodedScalar, type: ScalarType): boolean {
  if (type === "bytes") return value === "0";
  if (type === "duration") return value === "0s";
  return value === "" || value === 0 || value === false;
}

function asBoolean(value: DecodedScalar): boolean | undefined {
  return typeof value === "boolean" ? value : undefined;
}

/** A number of Go's type `int`, be it as digits. */
export function isInt({ value, go }: ScalarNode): boolean {
  return (typeof value === "number" && go === undefined) || go === "int";
}

/** A string of Go. */
export function isText({ value, go }: ScalarNode): boolean {
  return typeof value === "string" && go === undefined;
}

function decodeString(node: ScalarNode): string | undefined {
  return isText(node) || isInt(node) ? String(node.value) : undefined;
}

function numberOf(node: ScalarNode): number | undefined {
  return typeof node.value === "number" || node.go === "int" || node.go === "uint64" ? Number(node.value) : undefined;
}

function decodeInteger(node: ScalarNode): number | undefined {
  if (isText(node)) return asNumber(parseInteger(String(node.value))?.value);
  // Go keeps the bits, of which the first one is the sign here.
  if (node.go === "uint64") return Number(BigInt.asIntN(64, BigInt(String(node.value))));
  const value = numberOf(node);
  return value === undefined ? undefined : Math.trunc(value);
}

function asNumber(value: unknown): number | undefined {
  return value === undefined ? undefined : Number(value);
}

/** No string is converted: where one may stand, its variables were put in and it was converted before. */
function decodeUnsigned(node: ScalarNode): number | undefined {
  const value = numberOf(node);
  return value === undefined || value < 0 ? undefined : Math.trunc(value);
}

function decodeFloat(node: ScalarNode): number | undefined {
  return isText(node) ? parseFloat64(String(node.value)) : numberOf(node);
}

/** The shortest number that is the same in single precision, which is how Go prints it. */
function decodeSingle(node: ScalarNode): number | undefined {
  const value = decodeFloat(node);
  if (value === undefined) return undefined;
  const single = Math.fround(value);
  for (let digits = 1; digits < 10; digits++) {
    const shorter = Number(single.toPrecision(digits));
    if (Math.fround(shorter) === single) return shorter;
  }
  return single;
}

function decodeDuration(node: ScalarNode): string | undefined {
  const nanoseconds = parseNanoseconds(printScalar(node));
  return nanoseconds === undefined ? undefined : printDuration(nanoseconds);
}

/** Bytes are printed as decimal strings, as Compose does. A float counts as nothing there. */
function decodeBytes(node: ScalarNode): string | undefined {
  if (isInt(node)) return String(node.value);
  if (!isText(node)) return "0";
  const bytes = parseBytes(String(node.value));
  return bytes === undefined ? undefined : String(bytes);
}

/** A number was octal in the file already; a string is read as octal. */
function decodeMode(node: ScalarNode): string | undefined {
  const { value } = node;
  if (isInt(node)) return `0${BigInt(String(value)).toString(8)}`;
  if (!isText(node)) return undefined;
  const [, sign, digits] = /^([-+]?)([0-7]+)$/.exec(String(value)) ?? [];
  const size = digits === undefined ? undefined : wholeNumber(digits, "0o");
  return size === undefined ? undefined : `0${(sign === "-" ? -size : size).toString(8)}`;
}

function decodeCount(node: ScalarNode): number | undefined {
  if (isInt(node)) return Number(node.value);
  if (!isText(node)) return undefined;
  const text = String(node.value);
  return text.toLowerCase() === "all" ? -1 : asNumber(parseInteger(text)?.value);
}
