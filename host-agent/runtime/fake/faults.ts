import type { Clock } from "../../../modules/base/clock.ts";
import { RuntimeError } from "../errors.ts";
import type { Call, Runtime } from "../port.ts";

/** Operations that a fault can hit: every one that takes a call. */
export type Operation = Exclude<keyof Runtime, "watch" | "logs" | "exec">;

export type Fault =
  /** Nothing happens, and the caller gets the error. */
  | { readonly kind: "fail"; readonly error?: RuntimeError }
  /** It happens, and the caller gets an error all the same: the answer was lost. */
  | { readonly kind: "fail-after-effect"; readonly error?: RuntimeError }
  /** Nothing happens and nothing comes back until the caller aborts or its deadline passes. */
  | { readonly kind: "hang" };

export interface FaultRule {
  readonly fault: Fault;
  /** Absent: any operation. */
  readonly operation?: Operation;
  /** Name, id, reference or app that the operation is about. Absent: any. */
  readonly subject?: string;
  /** Lets so many matching operations pass first. Default 0. */
  readonly after?: number;
  /** How often it strikes. Default 1; `Infinity` is always. */
  readonly times?: number;
}

/** Which faults are still to strike. Rules are tried in the order in which they were added. */
export interface Faults {
  add(rule: FaultRule): void;
  clear(): void;
  /** The fault that strikes this operation now; counts it. */
  next(operation: Operation, subject: string): Fault | undefined;
}

export function createFaults(...initial: readonly FaultRule[]): Faults {
  let rules: { rule: FaultRule; passes: number; strikes: number }[] = [];
  const faults: Faults = {
    add(rule) {
      rules.push({ rule, passes: rule.after ?? 0, strikes: rule.times ?? 1 });
    },
    clear() {
      rules = [];
    },
    next(operation, subject) {
      for (const entry of rules) {
        const { rule } = entry;
        if (rule.operation !== undefined && rule.operation !== operation) continue;
        if (rule.subject !== undefined && rule.subject !== subject) continue;
        if (entry.passes > 0) {
          entry.passes -= 1;
          continue;
        }
        if (entry.strikes <= 0) continue;
        entry.strikes -= 1;
        return rule.fault;
      }
      return undefined;
    },
  };
  for (const rule of initial) faults.add(rule);
  return faults;
}

/** Runs an effect under the fault that strikes it, if any. */
export async function underFault<T>(
  fault: Fault | undefined,
  context: { readonly what: string; readonly call: Call; readonly clock: Clock },
  effect: () => T | Promise<T>,
): Promise<T> {
  const { what, call, clock } = context;
  call.signal.throwIfAborted();
  switch (fault?.kind) {
    case undefined:
      return await effect();
    case "fail":
      throw fault.error ?? new RuntimeError("internal", `injected fault: ${what} failed`);
    case "fail-after-effect":
      await effect();
      throw fault.error ?? new RuntimeError("unavailable", `injected fault: the answer of ${what} was lost`);
    case "hang":
      await clock.sleep(call.deadlineMs, call.signal);
      throw new RuntimeError("deadline", `${what} took longer than ${call.deadlineMs / 1000} s`);
  }
}
