import type { Clock } from "./clock.ts";
import type { Progress } from "./progress.ts";
import { elapsedOf } from "./wait.ts";

/** Shows `what` with the elapsed time, each second, while the work runs; `what` may change on the way. The deadline is the work's own. */
export async function showElapsed<T>(
  what: () => string,
  ports: { readonly clock: Clock; readonly progress: Progress; readonly deadlineMs?: number },
  work: () => Promise<T>,
): Promise<T> {
  const started = ports.clock.now();
  const done = new AbortController();
  const ticking = tick(() => {
    ports.progress.status(`${what()} ${elapsedOf(ports.clock.now() - started, ports.deadlineMs)}`);
  });
  try {
    return await work();
  } finally {
    done.abort();
    await ticking;
  }

  async function tick(show: () => void): Promise<void> {
    while (!done.signal.aborted) {
      show();
      await ports.clock.sleep(1000, done.signal).catch(() => {});
    }
  }
}
