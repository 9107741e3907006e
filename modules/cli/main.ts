import process from "node:process";
import { systemClock } from "../system/clock.ts";
import { exitCodes } from "./exit-codes.ts";
import { processInterrupts } from "./interrupt.ts";
import { run } from "./run.ts";
import { whenClosed } from "./terminal/closed.ts";

const { stdin, stdout, stderr, env } = process;
const interrupts = processInterrupts(process);

const output = { closed: false };
whenClosed(stdout, () => {
  output.closed = true;
  interrupts.cancel();
});
// Its terminal was closed: nobody is there any more.
whenClosed(stdin, () => interrupts.cancel());
// What is told beside the result is lost then, and the run goes on: nobody asked it to stop. A reader of both, as after `2>&1 |`, is
// missed by stdout.
whenClosed(stderr, () => undefined);

const exitCode = await run(process.argv.slice(2), {
  io: { stdin, stdout, stderr, env, cwd: process.cwd() },
  clock: systemClock,
  interrupts,
  startedAt: systemClock.now() - process.uptime() * 1000,
});
// Whatever a library left open must not keep a finished command; what was printed must arrive first.
await new Promise((resolve) => stdout.write("", resolve));
process.exit(output.closed ? exitCodes.outputClosed : exitCode);
