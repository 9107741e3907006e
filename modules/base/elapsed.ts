import type { Clock } from "./clock.ts";
import type { Progress } from "./progress.ts";
import { seconds } from "./wait.ts";

/** Shows `what` with the elapsed time, each second, while the work runs; `what` may change on the way. */
export async function showElapsed<T>(
  what: () => string,
  ports: { readonly clock: Clock; readonly progress: Progress },
  work: () => Promise<T>,
): Promise<T> {
  const started = ports.clock.now();
  const done = new AbortController();
  const ticking = tick(() => {
    ports.progress.status(`${what()} ${seconds(ports.clock.now() - started)}`);
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
