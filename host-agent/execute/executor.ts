import { deferred } from "../../modules/base/deferred.ts";
import { StackhouseError } from "../../modules/base/errors.ts";
import type { ObservedApp, Plan, Step } from "../../modules/plan/types.ts";
import type { NewJobEvent } from "../store/jobs.ts";
import type { Execution, StepContext } from "./context.ts";
import { problemOf } from "./problems.ts";
import { executeStep } from "./steps.ts";

export interface Failure {
  readonly step: Step;
  readonly error: unknown;
}

/** How a plan went. Steps that needed a failed one were not started; the others were. */
export interface PlanOutcome {
  readonly failures: readonly Failure[];
  readonly notStarted: readonly Step[];
}

export type StepEvent = Extract<NewJobEvent, { step: string }>;

/** Steps at work at once. Engines gain nothing from more (runtimes start containers on few cores); waits do not count. */
const concurrency = 8;

/** Shortest time between two progress texts of a step, milliseconds. */
const progressIntervalMs = 200;

/**
 * Carries out a plan: each step as soon as what it needs is done. A failed step stops those that need it, not the others.
 * Ends when nothing runs any more; rejects with the signal's reason when that aborted, after all steps have ended.
 */
export async function executePlan(
  plan: Plan,
  execution: Execution,
  report: (event: StepEvent) => void,
): Promise<PlanOutcome> {
  const { signal } = execution;
  const containerIds = new Map(execution.observed.containers.map(({ name, id }) => [name, id]));
  const lasting = lastingContainers(plan, execution.observed);
  const waiting = new Map(plan.steps.map((step) => [step.id, new Set(step.needs)]));
  const ready = plan.steps.filter((step) => step.needs.length === 0);
  const started = new Set<string>();
  const failures: Failure[] = [];
  const finished = deferred<undefined>();
  let running = 0;
  let working = 0;

  const run = async (step: Step): Promise<void> => {
    const takesTurn = !isWait(step);
    started.add(step.id);
    running += 1;
    if (takesTurn) working += 1;
    try {
      await runStep(step, { ...execution, containerIds, lasting }, report);
      release(step);
    } catch (error) {
      if (!signal.aborted) failures.push({ step, error });
    }
    running -= 1;
    if (takesTurn) working -= 1;
    advance();
  };
  const release = (done: Step): void => {
    for (const step of plan.steps) {
      const needs = waiting.get(step.id);
      if (needs?.delete(done.id) === true && needs.size === 0) ready.push(step);
    }
  };
  const advance = (): void => {
    for (const step of signal.aborted ? [] : [...ready]) {
      if (!isWait(step) && working >= concurrency) continue;
      ready.splice(ready.indexOf(step), 1);
      void run(step);
    }
    if (running === 0) finished.resolve(undefined);
  };

  advance();
  await finished.promise;
  signal.throwIfAborted();
  const notStarted = plan.steps.filter((step) => !started.has(step.id));
  if (failures.length === 0 && notStarted.length > 0) {
    throw new StackhouseError("internal", `the plan has steps that wait for each other: ${notStarted[0]?.id ?? ""}`);
  }
  return { failures, notStarted };
}

function lastingContainers(plan: Plan, { containers }: ObservedApp): ReadonlyMap<string, string> {
  const leaving = new Set(plan.steps.flatMap((step) => (step.kind === "remove-container" ? [step.containerId] : [])));
  const staying = containers.filter(({ id }) => !leaving.has(id));
  const made = plan.steps.filter((step) => step.kind === "create-container");
  const lastFirst = [...staying, ...made].toSorted((one, other) => other.number - one.number);
  return new Map(lastFirst.map(({ service, name }) => [service, name]));
}

/** Waits take no share of the engine. */
function isWait(step: Step): boolean {
  return step.kind === "await-service";
}

async function runStep(
  step: Step,
  context: Omit<StepContext, "progress">,
  report: (event: StepEvent) => void,
): Promise<void> {
  const { clock, signal } = context;
  const begun = clock.now();
  let lastText: string | undefined;
  let lastAt = -Infinity;
  const progress = (text: string): void => {
    if (text === lastText || clock.now() - lastAt < progressIntervalMs) return;
    lastText = text;
    lastAt = clock.now();
    report({ type: "step-progress", step: step.id, text });
  };
  report({ type: "step-started", step: step.id });
  try {
    await executeStep(step, { ...context, progress });
    report({ type: "step-done", step: step.id, ms: clock.now() - begun });
  } catch (error) {
    if (!signal.aborted) report({ type: "step-failed", step: step.id, problem: problemOf(error) });
    throw error;
  }
}
