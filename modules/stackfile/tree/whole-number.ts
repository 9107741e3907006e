/** As many as 64 bits have in the least base: a number of more digits is larger in each. */
const mostDigits = 64;

/** What stands before the digits of a base; none for decimal ones. */
export type BasePrefix = "" | "0b" | "0o" | "0x";

/**
 * The number that digits stand for, without a sign; undefined where 64 bits have no room for it. The time that BigInt takes grows
 * with the square of the digits.
 */
export function wholeNumber(digits: string, prefix: BasePrefix = ""): bigint | undefined {
  const significant = digits.replace(/^0+/, "");
  if (significant.length > mostDigits) return undefined;
  const value = BigInt(`${prefix}${significant === "" ? "0" : significant}`);
  return value < 2n ** 64n ? value : undefined;
}
