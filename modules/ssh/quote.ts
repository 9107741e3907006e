import { StackhouseError } from "../base/errors.ts";

/**
 * The command line that makes a login shell run exactly these arguments. SSH carries no argv, only a line that the user's
 * shell reads (RFC 4254, section 6.5), so this is the one place where a command line is built.
 *
 * Backslashes leave the quotes besides the quote itself: fish reads them inside single quotes, POSIX shells do not.
 */
export function shellCommandLine(argv: readonly string[]): string {
  if (argv.length === 0) throw new StackhouseError("input.invalid", "a command needs at least its name");
  return argv.map(quote).join(" ");
}

function quote(argument: string): string {
  if (argument.includes("\0")) {
    throw new StackhouseError("input.invalid", "an argument of a command cannot hold a NUL character");
  }
  return `'${argument.replaceAll(/['\\]/g, (special) => `'\\${special}'`)}'`;
}
