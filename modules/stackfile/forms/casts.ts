import type { ScalarType } from "../shapes/shape.ts";
import type { Resolved } from "../tree/scalars.ts";
import { wholeNumber } from "../tree/whole-number.ts";

const trueWords = ["true", "y", "yes", "on"];
const falseWords = ["false", "n", "no", "off"];

/** The boolean that a word stands for; undefined where it is none. */
export function parseBoolean(text: string): boolean | undefined {
  const word = text.toLowerCase();
  return trueWords.includes(word) ? true : falseWords.includes(word) ? false : undefined;
}

/** The whole number of a string; undefined where it is none, or more than 64 bits have room for. */
export function parseInteger(text: string): Resolved | undefined {
  const [, sign, digits] = /^([-+]?)(\d+)$/.exec(text) ?? [];
  const size = digits === undefined ? undefined : wholeNumber(digits);
  if (size === undefined) return undefined;
  const exact = sign === "-" ? -size : size;
  if (exact < -(2n ** 63n) || exact >= 2n ** 63n) return undefined;
  const value = Number(exact);
  return Number.isSafeInteger(value) ? { value } : { value: String(exact), go: "int" };
}

/** The number of a string, as Go reads it; undefined where it is none. */
export function parseFloat64(text: string): number | undefined {
  const special = /^([-+]?)(?:inf(?:inity)?|(nan))$/i.exec(text);
  if (special !== null) return special[2] !== undefined ? NaN : special[1] === "-" ? -Infinity : Infinity;
  const [, sign, whole, part = "", exponent] =
    /^([-+]?)0x((?:_?[\da-f])*)(?:\.([\da-f]*(?:_[\da-f]+)*))?p([-+]?\d+)$/i.exec(text) ?? [];
  const digits = `${whole ?? ""}${part}`.replaceAll("_", "");
  if (exponent !== undefined && digits !== "") {
    const size = Number(`0x${digits}`) * 2 ** (Number(exponent) - 4 * part.replaceAll("_", "").length);
    return sign === "-" ? -size : size;
  }
  const plain = text.replaceAll(/(?<=\d)_(?=\d)/g, "");
  return /^[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?$/.test(plain) ? Number(plain) : undefined;
}

/** What a string becomes right after its variables were put in; undefined where it does not fit. */
export function castString(text: string, type: ScalarType): Resolved | undefined {
  if (type === "boolean") {
    const value = parseBoolean(text);
    return value === undefined ? undefined : { value };
  }
  if (type !== "single") return parseInteger(text);
  const value = parseFloat64(text);
  return value === undefined || !Number.isFinite(Math.fround(value)) ? undefined : { value, go: "float64" };
}
