import type { Clock } from "../../modules/base/clock.ts";
import { messageOf, StackhouseError } from "../../modules/base/errors.ts";
import { seconds } from "../../modules/base/wait.ts";
import type { AppStatus } from "../../modules/protocol/app.ts";
import type { Job, JobEvent } from "../../modules/protocol/jobs.ts";
import { problemOf } from "../execute/problems.ts";
import type { Logger } from "../logging/logger.ts";
import type { FoundRecord, JobEnd, JobRequest, JobStore, NewJobEvent } from "../store/jobs.ts";
import { createJobJournal } from "./job-journal.ts";

/** Does the work of a job. Rejects with the signal's reason when that aborted, after everything that it began has ended. */
export type RunJob = (work: {
  readonly job: Job;
  readonly request: JobRequest;
  /** Milliseconds since the epoch. */
  readonly deadlineAt: number;
  readonly signal: AbortSignal;
  readonly report: (event: NewJobEvent) => void;
}) => Promise<AppStatus>;

/**
 * Jobs, one at a time for each app. A job that comes while another runs waits for it and is told who holds the app; a newer
 * one takes the place of one that waits. Jobs are in the journal before they are answered, so they survive the agent. A journal
 * that cannot be written fails jobs and keeps nobody waiting.
 */
export interface Jobs {
  /** Starts or queues a job. The same id again gives the job that it started. Throws where the journal cannot be written. */
  submit(request: JobRequest, app: string): Job;
  /** Throws `agent.job-not-found`. */
  get(id: string): Job;
  /** Stops a job: it ends as cancelled when what it has begun has ended. One that has ended stays as it is. */
  cancel(id: string): Job;
  /** All events after `seq` and those to come, until the job has ended or the signal aborts. */
  events(id: string, seq: number, signal: AbortSignal): AsyncIterable<JobEvent>;
  /** Takes up the jobs that an earlier process left open. */
  resume(): void;
  /** Stops without an end in the journal: the next process takes the jobs up. Resolves when nothing runs. */
  stop(): Promise<void>;
}

interface Lane {
  readonly entry: Entry;
  queued: Entry | undefined;
}

interface Entry {
  readonly record: FoundRecord;
  readonly controller: AbortController;
  /** Aborted when the job has ended, so that nobody waits for its deadline any more. */
  readonly over: AbortController;
  /** What each step that has begun and not ended said last. */
  readonly atWork: Map<string, string>;
}

/** A job that took the agent down with it so many times is not tried again. */
const maxAttempts = 3;

/** Why a job's signal aborts when the agent stops: the job has not ended, so nothing of an end is recorded. */
export class AgentStopping extends Error {
  override readonly name = "AgentStopping";
}

export function createJobs(ports: {
  readonly store: JobStore;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly run: RunJob;
}): Jobs {
  const { store, clock, logger, run } = ports;
  const lanes = new Map<string, Lane>();
  const running = new Set<Promise<void>>();
  const journal = createJobJournal(store, clock, logger);
  let stopping = false;

  const find = (id: string): Job => {
    const job = journal.get(id);
    if (job === undefined) throw new StackhouseError("agent.job-not-found", `there is no job ${id} on this host`);
    return job;
  };

  const end = (entry: Entry, how: JobEnd): void => {
    entry.over.abort();
    journal.end(entry.record.job.id, how);
  };
  const fail = (entry: Entry, error: unknown): void => end(entry, { type: "failed", problem: problemOf(error) });
  const cancelled = (entry: Entry, reason: string): void => end(entry, { type: "cancelled", reason });

  const execute = async (entry: Entry): Promise<void> => {
    const { job, request, deadlineAt } = entry.record;
    const { signal } = entry.controller;
    try {
      // An older job that seems open would be done again after this one, at the next start of the agent.
      journal.writeEnds();
      if (store.start(job.id) > maxAttempts) throw interrupted(`the agent ended ${maxAttempts} times while it ran`);
      if (deadlineAt <= clock.now()) throw interrupted("its deadline has passed");
      if (request === undefined) throw interrupted("this agent is of another version and does not understand it");
      logger.info({ job: job.id, app: job.app, kind: job.kind, requestedBy: job.requestedBy }, "job started");
      const onEvent = (event: NewJobEvent): void => {
        noteStep(entry.atWork, event);
        journal.report(job.id, event);
      };
      const status = await run({ job, request, deadlineAt, signal, report: onEvent });
      end(entry, { type: "succeeded", status });
    } catch (error) {
      const reason: unknown = signal.aborted ? signal.reason : error;
      if (reason instanceof AgentStopping) entry.over.abort();
      else if (reason instanceof StackhouseError && reason.code === "cancelled") cancelled(entry, reason.message);
      else fail(entry, reason);
    }
  };

  const begin = (entry: Entry): void => {
    const { app } = entry.record.job;
    const lane: Lane = { entry, queued: undefined };
    lanes.set(app, lane);
    const work = execute(entry)
      .catch((error: unknown) => logger.error({ job: entry.record.job.id, error: messageOf(error) }, "job lost"))
      .finally(() => {
        entry.over.abort();
        running.delete(work);
        lanes.delete(app);
        if (lane.queued !== undefined && !stopping) begin(lane.queued);
      });
    running.add(work);
  };

  /** Takes a job that still waits out of its lane. */
  const withdraw = (entry: Entry): boolean => {
    const lane = lanes.get(entry.record.job.app);
    if (lane?.queued !== entry) return false;
    lane.queued = undefined;
    return true;
  };

  const expire = (entry: Entry): void => {
    const { job, deadlineAt } = entry.record;
    const allowed = seconds(deadlineAt - Date.parse(job.createdAt));
    const details = [...entry.atWork].map(([step, text]) => `still at ${step}${text === "" ? "" : `: ${text}`}`);
    const message = `the ${job.kind} of ${job.app} was not done within ${allowed}`;
    const error = new StackhouseError("deadline", message, { details });
    if (withdraw(entry)) fail(entry, error);
    else entry.controller.abort(error);
  };

  const enqueue = (record: FoundRecord): void => {
    const entry: Entry = { record, controller: new AbortController(), over: new AbortController(), atWork: new Map() };
    clock.sleep(Math.max(0, record.deadlineAt - clock.now()), entry.over.signal).then(
      () => expire(entry),
      () => undefined, // The job ended first.
    );
    const lane = lanes.get(record.job.app);
    if (lane === undefined) {
      begin(entry);
      return;
    }
    if (lane.queued !== undefined) {
      cancelled(lane.queued, `a newer ${record.job.kind} by ${record.job.requestedBy} took its place`);
    }
    lane.queued = entry;
    const text = `waiting for ${describeHolder(lane.entry.record.job, clock)}`;
    try {
      journal.report(record.job.id, { type: "waiting", text });
    } catch (error) {
      // The job is in the journal and gets its turn: that nobody was told why it waits is no reason to refuse it.
      logger.warn({ job: record.job.id, error: messageOf(error) }, "an event of a job cannot be written");
    }
  };

  return {
    submit(request, app) {
      if (stopping) throw new StackhouseError("agent.unreachable", "the agent is stopping; ask again in a moment");
      const { jobId: id, requestedBy, deadlineMs } = request.request;
      const known = journal.get(id);
      if (known !== undefined) {
        if (known.app === app && known.kind === request.kind) return known;
        throw new StackhouseError("input.invalid", `job ${id} is already an ${known.kind} of ${known.app}`);
      }
      journal.writeEnds();
      const createdAt = new Date(clock.now()).toISOString();
      const job: Job = { id, app, kind: request.kind, state: "queued", requestedBy, createdAt };
      const record = { job, deadlineAt: clock.now() + deadlineMs, request, attempts: 0 };
      store.insert(record);
      enqueue(record);
      return find(id);
    },
    get: find,
    cancel(id) {
      const job = find(id);
      const lane = lanes.get(job.app);
      if (lane?.queued?.record.job.id === id) {
        const { queued } = lane;
        withdraw(queued);
        cancelled(queued, "cancelled by a client while it waited");
      } else if (lane?.entry.record.job.id === id) {
        lane.entry.controller.abort(new StackhouseError("cancelled", "cancelled by a client"));
      }
      return find(id);
    },
    events: (id, seq, signal) => journal.follow(find(id).id, seq, signal),
    resume() {
      for (const record of store.open()) {
        logger.info({ job: record.job.id, app: record.job.app }, "job taken up again");
        enqueue(record);
      }
    },
    async stop() {
      stopping = true;
      for (const { entry, queued } of lanes.values()) {
        entry.controller.abort(new AgentStopping("the agent stops"));
        queued?.over.abort();
      }
      await Promise.all(running);
      try {
        journal.writeEnds();
      } catch (error) {
        logger.error({ error: messageOf(error) }, "jobs that have ended seem open to the next agent");
      }
    },
  };
}

function noteStep(atWork: Map<string, string>, event: NewJobEvent): void {
  if (event.type === "step-started") atWork.set(event.step, "");
  else if (event.type === "step-progress") atWork.set(event.step, event.text);
  else if (event.type === "step-done" || event.type === "step-failed") atWork.delete(event.step);
}

function interrupted(why: string): StackhouseError {
  return new StackhouseError("app.job-failed", `the job was interrupted by an agent that ended, and ${why}`, {
    hint: "run the same again: it goes on from what is there",
  });
}

function describeHolder(job: Job, clock: Clock): string {
  const since = seconds(clock.now() - Date.parse(job.createdAt));
  return `the ${job.kind} of ${job.app} by ${job.requestedBy}, since ${since} (job ${job.id})`;
}
