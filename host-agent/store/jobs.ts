import type { DatabaseSync } from "node:sqlite";
import * as z from "zod";
import { applyRequestSchema, removeRequestSchema } from "../../modules/protocol/api.ts";
import { jobEventSchema, jobSchema, problemSchema, type Job, type JobEvent } from "../../modules/protocol/jobs.ts";
import { inTransaction } from "./transaction.ts";

/** A job as the journal keeps it. */
export interface JobRecord {
  readonly job: Job;
  /** Milliseconds since the epoch. */
  readonly deadlineAt: number;
  /** How often it was started: more than once where the agent died in between. */
  readonly attempts: number;
  readonly request: JobRequest;
}

/** A record as it is found again. Its request is absent where an agent of another version wrote it and it is not understood. */
export type FoundRecord = Omit<JobRecord, "request"> & { readonly request: JobRequest | undefined };

const requestSchema = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("apply"), request: applyRequestSchema }),
  z.object({ kind: z.literal("remove"), request: removeRequestSchema }),
]);
/** What was asked. Holds secrets: kept for as long as the job is open. */
export type JobRequest = z.infer<typeof requestSchema>;

type WithoutPlace<T> = T extends unknown ? Omit<T, "seq" | "at"> : never;
/** An event before it has its place in the job. */
export type NewJobEvent = WithoutPlace<JobEvent>;

/** How a job ended: its last event. */
export type JobEnd = Extract<NewJobEvent, { readonly type: "succeeded" | "failed" | "cancelled" }>;

/** The state of a job that ended so. */
export function stateAfter(end: JobEnd): Pick<Job, "state" | "problem"> {
  return end.type === "failed" ? { state: "failed", problem: end.problem } : { state: end.type };
}

/** The journal of jobs and their events. Bounded: old jobs of an app and old progress of a job are dropped. */
export interface JobStore {
  insert(record: Omit<JobRecord, "attempts">): void;
  get(id: string): Job | undefined;
  /** Jobs that have not ended, oldest first. */
  open(): FoundRecord[];
  /** Marks a job as running and gives the number of this attempt. */
  start(id: string): number;
  /** Ends a job with its last event, both or neither: its request, and so its secrets, are forgotten. */
  finish(id: string, at: string, end: JobEnd): void;
  append(id: string, at: string, event: NewJobEvent): JobEvent;
  /** Events after `seq`, at most so many; without those of another version that are not understood. */
  eventsAfter(id: string, seq: number, limit: number): JobEvent[];
}

const keptJobs = 20;
const keptProgress = 500;

export function createJobStore(database: DatabaseSync): JobStore {
  const insert = database.prepare(
    `INSERT INTO jobs (id, app, kind, state, requestedBy, createdAt, deadlineAt, request)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const dropOld = database.prepare(
    `DELETE FROM jobs WHERE app = ? AND request IS NULL AND id NOT IN
       (SELECT id FROM jobs WHERE app = ? ORDER BY createdAt DESC LIMIT ${keptJobs})`,
  );
  const select = database.prepare("SELECT * FROM jobs WHERE id = ?");
  const selectOpen = database.prepare("SELECT * FROM jobs WHERE request IS NOT NULL ORDER BY createdAt, rowid");
  const start = database.prepare(
    "UPDATE jobs SET state = 'running', attempts = attempts + 1 WHERE id = ? RETURNING attempts",
  );
  const finish = database.prepare("UPDATE jobs SET state = ?, problem = ?, request = NULL WHERE id = ?");
  const lastSeq = database.prepare("SELECT coalesce(max(seq), 0) AS seq FROM events WHERE job = ?");
  const append = database.prepare("INSERT INTO events (job, seq, type, event) VALUES (?, ?, ?, ?)");
  const dropProgress = database.prepare("DELETE FROM events WHERE job = ? AND type = 'step-progress' AND seq <= ?");
  const events = database.prepare("SELECT event FROM events WHERE job = ? AND seq > ? ORDER BY seq LIMIT ?");

  const add = (id: string, at: string, event: NewJobEvent): JobEvent => {
    const seq = Number(lastSeq.get(id)?.["seq"]) + 1;
    const placed: JobEvent = { ...event, seq, at };
    append.run(id, seq, event.type, JSON.stringify(placed));
    if (event.type === "step-progress") dropProgress.run(id, seq - keptProgress);
    return placed;
  };

  return {
    insert({ job, deadlineAt, request }) {
      const { id, app, kind, state, requestedBy, createdAt } = job;
      insert.run(id, app, kind, state, requestedBy, createdAt, deadlineAt, JSON.stringify(request));
      dropOld.run(app, app);
    },
    get(id) {
      const row = select.get(id);
      return row === undefined ? undefined : decodeJob(row);
    },
    open: () =>
      selectOpen.all().map((row) => ({
        job: decodeJob(row),
        deadlineAt: Number(row["deadlineAt"]),
        attempts: Number(row["attempts"]),
        request: requestSchema.safeParse(JSON.parse(String(row["request"]))).data,
      })),
    start: (id) => Number(start.get(id)?.["attempts"]),
    finish(id, at, end) {
      const { state, problem } = stateAfter(end);
      inTransaction(database, () => {
        finish.run(state, problem === undefined ? null : JSON.stringify(problem), id);
        add(id, at, end);
      });
    },
    append: add,
    eventsAfter: (id, seq, limit) =>
      events
        .all(id, seq, limit)
        .flatMap((row) => jobEventSchema.safeParse(JSON.parse(String(row["event"]))).data ?? []),
  };
}

function decodeJob(row: Record<string, unknown>): Job {
  const problem = row["problem"];
  return jobSchema.parse({
    ...row,
    problem: typeof problem === "string" ? problemSchema.parse(JSON.parse(problem)) : undefined,
  });
}
