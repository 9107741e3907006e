import { randomUUID } from "node:crypto";
import * as z from "zod";
import type { Clock } from "../base/clock.ts";
import { withDeadline } from "../base/deadline.ts";
import { isStackhouseError, messageOf, StackhouseError } from "../base/errors.ts";
import { seconds } from "../base/wait.ts";
import type { AppStatus } from "../protocol/app.ts";
import { jobEventSchema, jobSchema, type Job, type JobEvent } from "../protocol/jobs.ts";
import { routes } from "../protocol/routes.ts";
import { errorOf, isConnectionLoss, notUnderstood } from "./errors.ts";
import { dataOf, decodeEvent, readEvents, silenceMs, silentAgent } from "./events.ts";
import { exchangeJson, pathOf, type Exchange } from "./transport.ts";
import type { JobCall, OpenStream } from "./types.ts";

export interface JobPorts {
  readonly open: OpenStream;
  readonly clock: Clock;
  /** How long a lost agent is looked for, milliseconds. */
  readonly reconnectMs: number;
}

/** What starts the job; sent again under the same id where it is not known whether it arrived. */
export interface JobStart {
  readonly route: typeof routes.apply | typeof routes.remove;
  readonly app: string;
  readonly body: (jobId: string) => unknown;
}

/** The agent ends the job at its deadline; this is for its last event to arrive. */
const deadlineGraceMs = 20_000;
const cancelMs = 10_000;
const reconnectPauseMs = 250;

type FinalEvent = Extract<JobEvent, { readonly type: "succeeded" | "failed" | "cancelled" }>;

/** Runs a job to its end, through cuts of the connection. */
export async function runJob(ports: JobPorts, start: JobStart, call: JobCall): Promise<AppStatus> {
  const id = randomUUID();
  const late = (): StackhouseError =>
    new StackhouseError("deadline", `${start.app}: the job was not done within ${seconds(call.deadlineMs)}`);
  const bounds = { clock: ports.clock, signal: call.signal, deadlineMs: call.deadlineMs + deadlineGraceMs };
  try {
    const final = await withDeadline(bounds, late, (signal) => follow(ports, { ...start, id }, { ...call, signal }));
    switch (final.type) {
      case "succeeded":
        return final.status;
      case "failed":
        throw errorOf(final.problem);
      case "cancelled":
        throw new StackhouseError("cancelled", `${start.app}: ${final.reason}`);
    }
  } catch (error) {
    if (call.signal.aborted) await cancelQuietly(ports, id);
    throw error;
  }
}

async function follow(given: JobPorts, job: JobStart & { readonly id: string }, call: JobCall): Promise<FinalEvent> {
  const { clock, reconnectMs } = given;
  const host = { wasReached: false };
  const open: OpenStream = async (signal) => {
    const stream = await given.open(signal);
    host.wasReached = true;
    return stream;
  };
  const ports = { ...given, open };
  let seen = 0;
  let isStarted = false;
  let ended: Job | undefined;
  let lostSince: number | undefined;
  for (;;) {
    try {
      if (!isStarted) {
        await startJob(ports, job, call.signal);
        isStarted = true;
        lostSince = undefined;
      }
      for await (const event of jobEvents(ports, { id: job.id, after: seen }, call.signal)) {
        lostSince = undefined;
        seen = event.seq;
        call.onEvent(event);
        if (isFinal(event)) return event;
      }
      // Nothing can come after an end: what there was when the job had ended was read to its end just now.
      if (ended !== undefined) throw endLost(ended);
      ended = await endedJob(ports, job, call.signal);
      lostSince = undefined;
    } catch (error) {
      // An agent that lost its journal does not know the job: it is started anew, and converges on what is there.
      if (isStackhouseError(error, "agent.job-not-found") && seen > 0) [isStarted, seen, ended] = [false, 0, undefined];
      else if (!isConnectionLoss(error)) throw error;
      const why = await call.whyLost?.();
      if (why !== undefined) throw hostGone(job.app, why, error);
      lostSince ??= clock.now();
      // A host that was never reached is not one that was lost: how long that is tried is known to who opens the way.
      const isOutOfReach = !host.wasReached && isStackhouseError(error, "ssh.unreachable");
      if (isOutOfReach || clock.now() - lostSince >= reconnectMs)
        throw lostAgent(job.app, { isStarted, afterMs: reconnectMs }, error);
    }
    await clock.sleep(reconnectPauseMs, call.signal);
  }
}

/** An exchange with an agent that is there: one that does not answer is as lost as one that hangs up. */
function exchange(ports: JobPorts, what: Omit<Exchange, "signal">, bounds: AbortSignal): Promise<Job> {
  const { clock, open } = ports;
  return withDeadline({ clock, signal: bounds, deadlineMs: silenceMs }, silentAgent, (signal) =>
    exchangeJson(open, { ...what, signal }, jobSchema),
  );
}

/** The job, where it has ended. */
async function endedJob(
  ports: JobPorts,
  { id }: { readonly id: string },
  signal: AbortSignal,
): Promise<Job | undefined> {
  const route = routes.job;
  const job = await exchange(ports, { route, path: pathOf(route, { id }) }, signal);
  return job.state === "queued" || job.state === "running" ? undefined : job;
}

async function startJob(
  ports: JobPorts,
  { route, app, body, id }: JobStart & { readonly id: string },
  signal: AbortSignal,
): Promise<void> {
  await exchange(ports, { route, path: pathOf(route, { app }), body: { json: body(id) } }, signal);
}

async function* jobEvents(
  { open, clock }: JobPorts,
  { id, after }: { readonly id: string; readonly after: number },
  signal: AbortSignal,
): AsyncGenerator<JobEvent> {
  const route = routes.jobEvents;
  const headers = { "last-event-id": String(after) };
  for await (const event of readEvents(open, clock, { route, path: pathOf(route, { id }), headers, signal })) {
    if (event.event !== "job") continue;
    const { type, seq } = decodeEvent(z.object({ type: z.string(), seq: z.number() }), event);
    const known = knownTypes.has(type) ? jobEventSchema.safeParse(dataOf(event)) : undefined;
    if (known === undefined || seq <= after) continue;
    if (!known.success) throw notUnderstood(`the event ${type}`, z.prettifyError(known.error).split("\n").slice(0, 10));
    yield known.data;
  }
}

const knownTypes: ReadonlySet<string> = new Set(jobEventSchema.options.map(({ shape }) => shape.type.value));

function isFinal(event: JobEvent): event is FinalEvent {
  return event.type === "succeeded" || event.type === "failed" || event.type === "cancelled";
}

/** A host that is out of reach stays told from its agent: what was on it may be gone with it. So does an agent that hangs from one that is not there. */
function lostAgent(app: string, { isStarted, afterMs }: Lost, cause: unknown): StackhouseError {
  const goesOn = isStarted ? "the job goes on without us; run this again to see where it came to" : undefined;
  if (isStackhouseError(cause, "ssh.unreachable")) {
    const { code, message, details, hint } = cause;
    return new StackhouseError(code, `${app}: ${message}`, { details, hint: goesOn ?? hint, cause });
  }
  const code = isStackhouseError(cause, "agent.silent") ? "agent.silent" : "agent.unreachable";
  return new StackhouseError(code, `${app}: the host agent did not come back within ${seconds(afterMs)}`, {
    details: [messageOf(cause)],
    hint: goesOn ?? hintOf(cause) ?? "run this again",
    cause,
  });
}

function hintOf(cause: unknown): string | undefined {
  return isStackhouseError(cause) ? cause.hint : undefined;
}

interface Lost {
  /** Whether the agent has said that it has the job. */
  readonly isStarted: boolean;
  readonly afterMs: number;
}

/** The agent was killed between a job's state and its last event, as older ones could be. */
function endLost({ app, state, problem }: Job): StackhouseError {
  if (problem !== undefined) return errorOf(problem);
  return new StackhouseError("app.job-failed", `${app}: the job ended as ${state}, but its last event is lost`, {
    hint: "run this again: it goes on from what is there",
  });
}

function hostGone(app: string, why: string, cause: unknown): StackhouseError {
  const hint = "run this again: it goes on from what is there";
  return new StackhouseError("agent.unreachable", `${app}: ${why}`, { details: [messageOf(cause)], hint, cause });
}

/** Tells the agent that nobody wants the job any more. When that fails, the job ends at its own deadline. */
async function cancelQuietly({ open, clock }: JobPorts, id: string): Promise<void> {
  const route = routes.cancel;
  const bounds = { clock, signal: new AbortController().signal, deadlineMs: cancelMs };
  const late = (): StackhouseError => new StackhouseError("deadline", "the agent did not cancel the job in time");
  try {
    await withDeadline(bounds, late, (signal) =>
      exchangeJson(open, { route, path: pathOf(route, { id }), signal }, jobSchema),
    );
  } catch {
    return; // The caller is told why it was aborted.
  }
}
