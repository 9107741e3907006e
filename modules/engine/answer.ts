import type { Clock } from "../base/clock.ts";
import { withDeadline } from "../base/deadline.ts";
import { StackhouseError } from "../base/errors.ts";
import { seconds } from "../base/wait.ts";

/** How long the engine may take for what it only reads or writes down, milliseconds: its backend may be far away. */
const answerDeadlineMs = 2 * 60_000;

/**
 * Runs commands of the engine that are to answer soon, under a signal that kills them at the deadline. Other signals, which
 * ask the engine to stop, are the work's own.
 */
export function answered<T>(what: string, clock: Clock, work: (killSignal: AbortSignal) => Promise<T>): Promise<T> {
  const late = (): StackhouseError =>
    new StackhouseError("deadline", `${what} did not answer within ${seconds(answerDeadlineMs)}`, {
      hint: "check that the backend of the Pulumi state can be reached (PULUMI_BACKEND_URL, pulumi login), then run this again",
    });
  const call = { clock, deadlineMs: answerDeadlineMs, signal: new AbortController().signal };
  return withDeadline(call, late, async (killSignal) => {
    try {
      return await work(killSignal);
    } catch (error) {
      killSignal.throwIfAborted();
      throw error;
    }
  });
}
