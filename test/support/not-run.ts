import { describe, it } from "@jest/globals";

/** Reports a suite that cannot run on this machine: one line on standard output that the test command lists at its end. */
export function notRun(suite: string, reason: string): void {
  leaveOut(suite, reason);
  describe(suite, () => it.skip(`not run: ${reason}`, () => undefined));
}

/** Says the same of a part of a suite that runs. */
export function leaveOut(what: string, reason: string): void {
  process.stdout.write(`not run: ${what}: ${reason}\n`);
}
