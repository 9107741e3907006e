import { deferred } from "../../modules/base/deferred.ts";
import { unlessAborted } from "../../modules/base/deadline.ts";
import type { ObservedApp } from "../../modules/plan/types.ts";
import type { Runtime } from "../runtime/port.ts";
import type { EventHub } from "./event-hub.ts";

/** An app as it is observed, and again after each of its events: one list call, however many wait. */
export interface AppWatch {
  /**
   * Observes at once, then after each event, until `evaluate` gives a value; undefined means "not yet". Rejects with the
   * signal's reason, with what `evaluate` throws, or with the error of the observation.
   */
  until<T>(evaluate: (observed: ObservedApp) => T | undefined, signal: AbortSignal): Promise<T>;
  /** How often a container has ended since the watch began. */
  deathsOf(containerId: string): number;
  close(): void;
}

export interface AppWatchPorts {
  readonly app: string;
  /** References whose digest is wanted. */
  readonly images: readonly string[];
  readonly runtime: Pick<Runtime, "observe">;
  readonly events: EventHub;
  readonly signal: AbortSignal;
}

const observeDeadlineMs = 30_000;

export function watchApp(ports: AppWatchPorts): AppWatch {
  const { app, images, runtime, events, signal } = ports;
  let observation: { readonly result: Promise<ObservedApp>; begun: boolean } | undefined;
  let change = deferred<undefined>();
  const deaths = new Map<string, number>();

  const unsubscribe = events.subscribe((event) => {
    if (event.kind !== "listening" && event.app !== app) return;
    if (event.kind === "died") deaths.set(event.containerId, (deaths.get(event.containerId) ?? 0) + 1);
    observation = undefined;
    change.resolve(undefined);
    change = deferred<undefined>();
  });

  /** Those who ask in the same turn share an observation. */
  const observe = (): Promise<ObservedApp> => {
    if (observation === undefined) {
      const entry = {
        begun: false,
        result: Promise.resolve().then(() => {
          entry.begun = true;
          return runtime.observe(app, images, { signal, deadlineMs: observeDeadlineMs });
        }),
      };
      observation = entry;
    }
    return observation.result;
  };

  return {
    async until(evaluate, waiterSignal) {
      // What was observed earlier may miss what the caller has just done.
      if (observation?.begun === true) observation = undefined;
      for (;;) {
        const changed = change.promise;
        const value = evaluate(await unlessAborted(waiterSignal, observe()));
        if (value !== undefined) return value;
        await unlessAborted(waiterSignal, changed);
      }
    },
    deathsOf: (containerId) => deaths.get(containerId) ?? 0,
    close: unsubscribe,
  };
}
