import type { Clock } from "../base/clock.ts";

const tickMs = 1_000;

/** Runs `work` and calls `tick` each second meanwhile: long work shows its elapsed time. */
export async function ticking<T>(clock: Clock, tick: () => void, work: () => Promise<T>): Promise<T> {
  const ended = new AbortController();
  const ticks = (async (): Promise<void> => {
    while (!ended.signal.aborted) {
      await clock.sleep(tickMs, ended.signal).then(tick, () => undefined);
    }
  })();
  try {
    return await work();
  } finally {
    ended.abort();
    await ticks;
  }
}
