import type { Clock } from "../../modules/base/clock.ts";
import type { ObservedApp, Step } from "../../modules/plan/types.ts";
import type { DesiredApp } from "../../modules/protocol/app.ts";
import type { Fingerprints } from "../../modules/stackfile/fingerprint.ts";
import type { Runtime } from "../runtime/port.ts";
import type { AppWatch } from "./app-watch.ts";

/** What an app is to be, with what is derived from it. */
export interface Desired extends DesiredApp {
  readonly contentDigests: Readonly<Record<string, string>>;
  readonly fingerprints: Fingerprints;
}

/** What any call to the runtime is made with. */
export interface RuntimeAccess {
  readonly runtime: Runtime;
  /** Aborts at the job's deadline too, so that no call has to count what is left of it. */
  readonly signal: AbortSignal;
}

/** What a plan is carried out with. */
export interface Execution extends RuntimeAccess {
  readonly app: string;
  readonly clock: Clock;
  /** End of the job, milliseconds since the epoch. */
  readonly deadlineAt: number;
  /** Absent when the app is being removed. */
  readonly desired: Desired | undefined;
  readonly release: string;
  readonly observed: ObservedApp;
  readonly watch: AppWatch;
}

/** What one step is carried out with. */
export interface StepContext extends Execution {
  /** Ids of containers by name: those observed, and those that this plan has created. */
  readonly containerIds: Map<string, string>;
  /** By service, the name of the first of its containers that are there when the plan is done. */
  readonly lasting: ReadonlyMap<string, string>;
  readonly progress: (text: string) => void;
}

export type StepOf<K extends Step["kind"]> = Extract<Step, { kind: K }>;

/** A signal and deadline for one call. */
export function callWithin({ signal }: RuntimeAccess, limitMs: number): { signal: AbortSignal; deadlineMs: number } {
  return { signal, deadlineMs: limitMs };
}
