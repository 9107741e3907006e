import type { Clock } from "../../modules/base/clock.ts";
import type { ObservedApp, Step } from "../../modules/plan/types.ts";
import type { DesiredApp } from "../../modules/protocol/app.ts";
import type { Runtime } from "../runtime/port.ts";
import type { AppWatch } from "./app-watch.ts";

/** Fingerprints of what is desired, by key of the stack file. */
export interface Fingerprints {
  readonly services: Readonly<Record<string, string>>;
  readonly networks: Readonly<Record<string, string>>;
  readonly volumes: Readonly<Record<string, string>>;
}

/** What an app is to be. */
export interface Desired extends DesiredApp {
  readonly fingerprints: Fingerprints;
}

/** What a plan is carried out with. */
export interface Execution {
  readonly app: string;
  /** Absent when the app is being removed. */
  readonly desired: Desired | undefined;
  readonly release: string;
  readonly observed: ObservedApp;
  readonly runtime: Runtime;
  readonly watch: AppWatch;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** End of the job, milliseconds since the epoch. */
  readonly deadlineAt: number;
}

/** What one step is carried out with. */
export interface StepContext extends Execution {
  /** Ids of containers by name: those observed, and those that this plan has created. */
  readonly containerIds: Map<string, string>;
  readonly progress: (text: string) => void;
}

export type StepOf<K extends Step["kind"]> = Extract<Step, { kind: K }>;

/** A signal and deadline for one call: at most `limitMs`, and not beyond the job's end. */
export function callWithin(context: Execution, limitMs: number): { signal: AbortSignal; deadlineMs: number } {
  const left = context.deadlineAt - context.clock.now();
  return { signal: context.signal, deadlineMs: Math.max(1, Math.min(limitMs, left)) };
}
