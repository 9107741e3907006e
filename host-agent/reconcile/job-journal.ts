import { deferred } from "../../modules/base/deferred.ts";
import type { Clock } from "../../modules/base/clock.ts";
import { unlessAborted } from "../../modules/base/deadline.ts";
import { messageOf } from "../../modules/base/errors.ts";
import type { Job, JobEvent } from "../../modules/protocol/jobs.ts";
import { problemOf } from "../execute/problems.ts";
import type { Logger } from "../logging/logger.ts";
import { stateAfter, type JobEnd, type JobStore, type NewJobEvent } from "../store/jobs.ts";

/** What is known of all jobs: the journal, and from there to whoever reads along. */
export interface JobJournal {
  /** Throws what the store throws. */
  report(id: string, event: NewJobEvent): void;
  /**
   * Ends a job. Never throws: an end that cannot be written, as on a full disk, is kept in memory, and whoever reads along
   * gets it all the same. A success that nobody would know of after a restart is none: it becomes a failure.
   */
  end(id: string, end: JobEnd): void;
  /** Writes the ends that could not be written; throws where they still cannot. */
  writeEnds(): void;
  get(id: string): Job | undefined;
  /** All events after `seq` and those to come, until the job has ended. Rejects with the signal's reason. */
  follow(id: string, seq: number, signal: AbortSignal): AsyncGenerator<JobEvent>;
}

/** Events read from the journal at once. A slow reader holds no more than this in memory. */
const batchSize = 100;

export function createJobJournal(store: JobStore, clock: Clock, logger: Logger): JobJournal {
  const readers = new Map<string, Set<() => void>>();
  /** Few: no job is taken in while one is here. */
  const unwritten = new Map<string, { readonly at: string; readonly end: JobEnd }>();

  const now = (): string => new Date(clock.now()).toISOString();
  const wakeReaders = (id: string): void => {
    for (const wake of readers.get(id) ?? []) wake();
  };
  const get = (id: string): Job | undefined => {
    const job = store.get(id);
    const known = unwritten.get(id);
    return job === undefined || known === undefined ? job : { ...job, ...stateAfter(known.end) };
  };

  return {
    report(id, event) {
      store.append(id, now(), event);
      wakeReaders(id);
    },
    end(id, end) {
      const at = now();
      let told = end;
      try {
        store.finish(id, at, end);
      } catch (error) {
        if (end.type === "succeeded") told = { type: "failed", problem: problemOf(error) };
        unwritten.set(id, { at, end: told });
        logger.error({ job: id, error: messageOf(error) }, "the end of a job cannot be written");
      }
      const { state, problem } = stateAfter(told);
      logger.info({ job: id, state, code: problem?.code }, "job ended");
      wakeReaders(id);
    },
    writeEnds() {
      for (const [id, { at, end }] of unwritten) {
        store.finish(id, at, end);
        unwritten.delete(id);
      }
    },
    get,
    async *follow(id, seq, signal) {
      let last = seq;
      let news = deferred<undefined>();
      const wake = (): void => {
        news.resolve(undefined);
        news = deferred<undefined>();
      };
      const ofJob = readers.get(id) ?? new Set();
      readers.set(id, ofJob.add(wake));
      try {
        for (;;) {
          const changed = news.promise;
          const batch = store.eventsAfter(id, last, batchSize);
          for (const event of batch) {
            last = event.seq;
            yield event;
          }
          if (batch.length > 0) continue;
          const known = unwritten.get(id);
          if (known !== undefined) yield { ...known.end, seq: last + 1, at: known.at };
          if (known !== undefined || hasEnded(get(id))) return;
          await unlessAborted(signal, changed);
        }
      } finally {
        ofJob.delete(wake);
        if (ofJob.size === 0) readers.delete(id);
      }
    },
  };
}

function hasEnded(job: Job | undefined): boolean {
  return job?.state !== "queued" && job?.state !== "running";
}
