import process from "node:process";
import { messageOf } from "../base/errors.ts";
import { systemClock } from "../system/clock.ts";
import { calledAs } from "./called-as.ts";
import { exitCodes } from "./exit-codes.ts";
import { processInterrupts } from "./interrupt.ts";
import { run } from "./run.ts";
import { whenBroken } from "./terminal/closed.ts";

const { stdin, stdout, stderr, env } = process;
const interrupts = processInterrupts(process);

const output: { closed: boolean; failure?: Error } = { closed: false };
whenBroken(stdout, {
  gone: () => {
    output.closed = true;
    interrupts.cancel();
  },
  failed: (error) => {
    output.failure ??= error;
    interrupts.cancel();
  },
});
// Its terminal was closed: nobody is there any more. What else it fails with, its readers are told.
whenBroken(stdin, { gone: () => interrupts.cancel(), failed: () => undefined });
// What is told beside the result is lost then, and the run goes on: nobody asked it to stop. A reader of both, as after `2>&1 |`, is
// missed by stdout.
whenBroken(stderr, { gone: () => undefined, failed: () => undefined });

const exitCode = await run(process.argv.slice(2), {
  io: { stdin, stdout, stderr, env, cwd: process.cwd(), program: await calledAs(process.argv[1] ?? "", env) },
  clock: systemClock,
  interrupts,
  startedAt: systemClock.now() - process.uptime() * 1000,
});
// Whatever a library left open must not keep a finished command; what was printed must arrive first.
for (const stream of [stdout, stderr]) await new Promise((resolve) => stream.write("", resolve));
if (output.failure !== undefined) {
  await new Promise((resolve) =>
    stderr.write(`error: the result cannot be written: ${messageOf(output.failure)}\n`, resolve),
  );
}
process.exit(exitCodeWith(output, exitCode));

function exitCodeWith({ closed, failure }: typeof output, code: number): number {
  if (failure !== undefined) return exitCodes.failed;
  return closed ? exitCodes.outputClosed : code;
}
