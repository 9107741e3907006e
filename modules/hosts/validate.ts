import * as pulumi from "@pulumi/pulumi";

// Arguments that are plain values are checked where they are given: the error points at the line of the program.

/** A mistake in a program: shown as its message alone. */
export function refuse(where: string, argument: string, reason: string): never {
  throw new pulumi.RunError(`${where}: ${argument} ${reason}`);
}

/** What a text has to look like, and how a person is told. */
interface Form {
  readonly pattern: RegExp;
  readonly what: string;
}

export function atLeast(where: string, argument: string, value: unknown, least: number): void {
  if (typeof value !== "number") return;
  if (!Number.isInteger(value)) refuse(where, argument, `is a whole number, not ${value}`);
  if (value < least) refuse(where, argument, `is at least ${least}, not ${value}`);
}

/** A whole number within bounds, both of them included. */
export function between(
  where: string,
  argument: string,
  value: unknown,
  { least, most }: { readonly least: number; readonly most: number },
): void {
  atLeast(where, argument, value, least);
  if (typeof value === "number" && value > most) refuse(where, argument, `is at most ${most}, not ${value}`);
}

/** One of a few words, for programs that no compiler has seen. */
export function oneOf(where: string, argument: string, value: unknown, words: readonly string[]): void {
  if (value === undefined || words.some((word) => word === value)) return;
  refuse(where, argument, `is one of ${words.join(", ")}, not ${told(value)}`);
}

/** `what`: as in `is no public key`. */
export function matching(where: string, argument: string, value: unknown, { pattern, what }: Form): void {
  if (typeof value !== "string" || pattern.test(value)) return;
  refuse(where, argument, `is ${what}, not ${told(value)}`);
}

/** Longer than the names and ids that are meant here, and shorter than keys and tokens. */
const mostTold = 32;

/** A value as a message has it. A text that is long, or has several lines, may be a key in the wrong place. */
export function told(value: unknown): string {
  const isText = typeof value === "string";
  return isText && (value.length > mostTold || /[\r\n]/u.test(value)) ? "another text" : JSON.stringify(value);
}
