import type { Clock } from "../../modules/base/clock.ts";
import { messageOf } from "../../modules/base/errors.ts";
import type { Logger } from "../logging/logger.ts";
import type { Runtime, RuntimeEvent } from "../runtime/port.ts";

/** The runtime's one event stream, shared by all who wait for something. */
export interface EventHub {
  /**
   * A listener that comes while the stream is open gets `listening` at once, and all get it after each gap in the stream. Gives
   * the function that ends it.
   */
  subscribe(listener: (event: RuntimeEvent) => void): () => void;
}

const firstPauseMs = 100;
const longestPauseMs = 5_000;

/** Watches until the signal aborts; where the stream breaks, anew at growing intervals. */
export function createEventHub(ports: {
  readonly runtime: Pick<Runtime, "watch">;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}): EventHub {
  const { runtime, clock, logger, signal } = ports;
  const listeners = new Set<(event: RuntimeEvent) => void>();
  let listening = false;
  /** What was logged last: an engine that stays away is worth one line, not one for every try. */
  let logged: string | undefined;
  const broke = (why: string): void => {
    if (signal.aborted || why === logged) return;
    logged = why;
    logger.warn({ error: why }, "the runtime's event stream broke");
  };

  /** True: the stream was open before it broke. */
  const watchOnce = async (): Promise<boolean> => {
    let opened = false;
    try {
      for await (const event of runtime.watch(signal)) {
        if (event.kind === "listening") {
          opened = listening = true;
          logged = undefined;
        }
        for (const listener of [...listeners]) listener(event);
      }
      broke("it ended");
    } catch (error) {
      broke(messageOf(error));
    }
    listening = false;
    return opened;
  };
  const watch = async (): Promise<void> => {
    let pauseMs = firstPauseMs;
    while (!signal.aborted) {
      pauseMs = (await watchOnce()) ? firstPauseMs : Math.min(pauseMs * 2, longestPauseMs);
      await clock.sleep(pauseMs, signal).catch(() => undefined); // Aborted: the loop ends.
    }
  };
  void watch();

  return {
    subscribe(listener) {
      listeners.add(listener);
      if (listening) listener({ kind: "listening" });
      return () => {
        listeners.delete(listener);
      };
    },
  };
}
