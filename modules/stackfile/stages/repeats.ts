import { canonicalJson } from "../canonical-json.ts";

/**
 * Which items of a list say again what one before them says, as the schema library of docker compose has it: a number repeats a text before
 * it that reads as that number, though not the other way round, and in long lists not at all.
 *
 * Source: `duplicates` and `equals` of github.com/santhosh-tekuri/jsonschema 6.0.1.
 */
export function repeatsIn(values: readonly unknown[]): readonly boolean[] {
  if (values.length <= mostInPairs)
    return values.map((value, index) => values.some((earlier, at) => at < index && isRepeat(value, earlier)));
  const seen = new Set<string>();
  return values.map((value) => {
    const text = canonicalJson(value);
    const isSeen = seen.has(text);
    seen.add(text);
    return isSeen;
  });
}

const mostInPairs = 20;

function isRepeat(value: unknown, earlier: unknown): boolean {
  if (typeof value === "number") return isNumber(value, earlier);
  if (typeof value !== "object" || value === null) return value === earlier;
  if (typeof earlier !== "object" || earlier === null || Array.isArray(value) !== Array.isArray(earlier)) return false;
  const [said, before] = [new Map(Object.entries(value)), new Map(Object.entries(earlier))];
  return (
    said.size === before.size && [...said].every(([key, one]) => before.has(key) && isRepeat(one, before.get(key)))
  );
}

function isNumber(value: number, earlier: unknown): boolean {
  if (typeof earlier !== "string") return value === earlier;
  const [ours, theirs] = [fractionOf(String(value)), fractionOf(earlier)];
  return ours !== undefined && theirs !== undefined && ours.over * theirs.under === theirs.over * ours.under;
}

/** Longer than people write the longest; what it costs to read one grows with the square of its length. */
const longestNumber = 1_000;
const betweenDigits = /(?<=\d|0x[\da-f_]*|0[bo])_(?=\d|(?<=0x[\da-f_]*)[\da-f])/gi;

interface Fraction {
  readonly over: bigint;
  readonly under: bigint;
}

/** What Go's `big.Rat` reads: `8080`, `8_080`, `0x1f90`, `1.5`, `1e3`, `3/2`. */
function fractionOf(text: string): Fraction | undefined {
  if (text.length > longestNumber) return undefined;
  const [over = "", under, ...more] = text.replaceAll(betweenDigits, "").split("/");
  if (more.length > 0) return undefined;
  if (under === undefined) return decimalOf(over) ?? prefixedOf(over);
  const [above, below] = [integerOf(over), /^[+-]/.test(under) ? undefined : integerOf(under)];
  return above === undefined || below === undefined || below === 0n ? undefined : { over: above, under: below };
}

/** Numbers of JSON end near 1e308. */
const farthestExponent = 400;

function decimalOf(text: string): Fraction | undefined {
  const [, sign = "", whole = "", part = "", exponent = "0"] =
    /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,9}))?$/.exec(text) ?? [];
  const digits = whole + part;
  const power = Number(exponent) - part.length;
  if (digits === "" || Math.abs(power) > farthestExponent + digits.length) return undefined;
  const over = BigInt(digits) * (sign === "-" ? -1n : 1n);
  return power < 0 ? { over, under: 10n ** BigInt(-power) } : { over: over * 10n ** BigInt(power), under: 1n };
}

function prefixedOf(text: string): Fraction | undefined {
  const over = /^[+-]?0[box]/i.test(text) ? integerOf(text) : undefined;
  return over === undefined ? undefined : { over, under: 1n };
}

function integerOf(text: string): bigint | undefined {
  const [, sign = "", digits = ""] = /^([+-]?)(0b[01]+|0o?[0-7]*|0x[\da-f]+|[1-9]\d*)$/i.exec(text) ?? [];
  if (digits === "" || /^0o$/i.test(digits)) return undefined;
  const value = BigInt(digits.replace(/^0(?=\d)/, "0o"));
  return sign === "-" ? -value : value;
}
