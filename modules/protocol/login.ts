// Apart from the schemas: programs, which import this, load no zod.

/**
 * A name or an address of either family alone: the port, the user and the scheme that people write beside it have places of their own, and
 * what begins as an option does is one that lost its value.
 */
export const hostAddress = /^(?!-)(?:[^\s@:/]+|[\da-f.]*(?::[\da-f.]*){2,}(?:%[^\s@:/]+)?)$/iu;

/** The name of somebody who logs in. */
export const loginName = /^(?!-)[^\s:/]+$/u;

/** The password that the text of a file is: its one line. Undefined where it has none, or several. */
export function passwordIn(text: string): string | undefined {
  return /^([^\r\n]+)(?:\r?\n)?$/.exec(text)?.[1];
}
