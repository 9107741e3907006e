import type { Clock } from "../../modules/base/clock.ts";
import { unlessAborted } from "../../modules/base/deadline.ts";
import type { JobEvent } from "../../modules/protocol/jobs.ts";
import type { JobStore, NewJobEvent } from "../store/jobs.ts";

/** The events of all jobs: written to the journal, and from there to whoever reads along. */
export interface JobEvents {
  report(id: string, event: NewJobEvent): void;
  /** All events after `seq` and those to come, until the job has ended. Rejects with the signal's reason. */
  follow(id: string, seq: number, signal: AbortSignal): AsyncGenerator<JobEvent>;
}

/** Events read from the journal at once. A slow reader holds no more than this in memory. */
const batchSize = 100;

export function createJobEvents(store: JobStore, clock: Clock): JobEvents {
  const readers = new Map<string, Set<() => void>>();
  return {
    report(id, event) {
      store.append(id, new Date(clock.now()).toISOString(), event);
      for (const wake of readers.get(id) ?? []) wake();
    },
    async *follow(id, seq, signal) {
      let last = seq;
      let news = Promise.withResolvers<undefined>();
      const wake = (): void => {
        news.resolve(undefined);
        news = Promise.withResolvers();
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
          if (hasEnded(store, id)) return;
          await unlessAborted(signal, changed);
        }
      } finally {
        ofJob.delete(wake);
        if (ofJob.size === 0) readers.delete(id);
      }
    },
  };
}

function hasEnded(store: JobStore, id: string): boolean {
  const state = store.get(id)?.state;
  return state !== "queued" && state !== "running";
}
