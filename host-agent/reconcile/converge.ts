import type { Clock } from "../../modules/base/clock.ts";
import { StackhouseError, messageOf } from "../../modules/base/errors.ts";
import { silentProgress } from "../../modules/base/progress.ts";
import { waitUntil } from "../../modules/base/wait.ts";
import type { ObservedApp, ObservedContainer, Plan, Step } from "../../modules/plan/types.ts";
import { watchApp } from "../execute/app-watch.ts";
import { standing } from "../execute/await-service.ts";
import type { Desired } from "../execute/context.ts";
import { evidence } from "../execute/evidence.ts";
import type { EventHub } from "../execute/event-hub.ts";
import { executePlan, type Failure, type PlanOutcome } from "../execute/executor.ts";
import { explain, isSurprise } from "../execute/problems.ts";
import { RuntimeError } from "../runtime/errors.ts";
import type { Call, Runtime } from "../runtime/port.ts";
import type { NewJobEvent } from "../store/jobs.ts";

export interface ConvergePorts {
  readonly runtime: Runtime;
  readonly events: EventHub;
  readonly clock: Clock;
}

/** Where to get to. */
export interface Target {
  readonly app: string;
  /** Absent when the app is to be removed. */
  readonly desired: Desired | undefined;
  readonly release: string;
  readonly plan: (observed: ObservedApp, call: Call) => Plan | Promise<Plan>;
}

export interface ConvergeWork {
  /** Aborts at the deadline too. */
  readonly signal: AbortSignal;
  /** Milliseconds since the epoch. */
  readonly deadlineAt: number;
  readonly report: (event: NewJobEvent) => void;
}

/** Plans made for one job. More than two mean that the world keeps changing under it, or that a plan does not settle. */
const maxRounds = 4;
const observeLimitMs = 60_000;
const runtimeBackLimitMs = 120_000;

/**
 * Observes, plans and executes until there is nothing left to do, and gives what is then observed. When the world turns out
 * not to be as it was observed, it looks again and plans again; so a crash at any step, too, is healed by the next run.
 */
export async function converge(target: Target, work: ConvergeWork, ports: ConvergePorts): Promise<ObservedApp> {
  const { runtime } = ports;
  const { signal, report } = work;
  const images = imagesOf(target.desired);
  const call = { signal, deadlineMs: observeLimitMs };
  const observe = (): Promise<ObservedApp> => runtime.observe(target.app, images, call);

  const started = new Set<string>();
  let surprise: readonly Failure[] = [];
  for (let round = 1; round <= maxRounds; round += 1) {
    const observed = await retryOnce(observe, () => runtimeAnswers(ports, signal));
    await checkStillUp(
      observed.containers.filter(({ name }) => started.has(name)),
      work,
      ports,
    );
    const plan = await target.plan(observed, call);
    if (round > 1 && surprise.length === 0 && !acts(plan)) return observed;
    report({ type: "planned", plan });
    if (plan.steps.length === 0) return observed;

    const { failures } = await execute(plan, { target, observed, work, ports, images });
    for (const step of plan.steps) if (step.kind === "start-container") started.add(step.name);
    if (failures.length > 0 && !failures.every(({ error }) => isSurprise(error))) throw jobError(failures);
    surprise = failures;
    if (failures.length === 0 && plan.steps.every(({ kind }) => kind === "await-service")) return await observe();
    if (failures.some(({ error }) => error instanceof RuntimeError && error.kind === "unavailable")) {
      await runtimeAnswers(ports, signal);
    }
  }
  if (surprise.length > 0) throw jobError(surprise);
  throw unsettled(await target.plan(await observe(), call));
}

/** The images that the services of an app use. */
export function imagesOf(desired: Desired | undefined): string[] {
  const services = Object.values(desired?.model.services ?? {});
  return [...new Set(services.flatMap(({ image }) => (image === undefined ? [] : [image])))];
}

async function execute(
  plan: Plan,
  round: {
    readonly target: Target;
    readonly observed: ObservedApp;
    readonly work: ConvergeWork;
    readonly ports: ConvergePorts;
    readonly images: readonly string[];
  },
): Promise<PlanOutcome> {
  const { target, observed, work, ports, images } = round;
  const { app, desired, release } = target;
  const { signal, deadlineAt, report } = work;
  const watch = watchApp({ app, images, runtime: ports.runtime, events: ports.events, signal });
  try {
    const { runtime, clock } = ports;
    return await executePlan(
      plan,
      { app, desired, release, observed, runtime, watch, clock, signal, deadlineAt },
      report,
    );
  } finally {
    watch.close();
  }
}

/** A container that this job has started and that has failed since would only be started again, and fail again. */
async function checkStillUp(
  containers: readonly ObservedContainer[],
  { signal }: ConvergeWork,
  { runtime }: ConvergePorts,
): Promise<void> {
  for (const container of containers) {
    const found = standing("started", container);
    if (found.is !== "broken") continue;
    const details = await evidence(container.id, { runtime, signal });
    throw new StackhouseError(found.code, `${container.service}: ${found.reason}`, { details });
  }
}

/** Whether there is something left to do. An image that is always asked for is in every plan. */
function acts(plan: Plan): boolean {
  return plan.steps.some(({ kind }) => kind !== "await-service" && kind !== "ensure-image");
}

async function retryOnce<T>(attempt: () => Promise<T>, before: () => Promise<void>): Promise<T> {
  try {
    return await attempt();
  } catch (error) {
    if (!(error instanceof RuntimeError) || error.kind !== "unavailable") throw error;
    await before();
    return await attempt();
  }
}

/** Waits for an engine that went away, as it does when it is upgraded. */
async function runtimeAnswers({ runtime, clock }: ConvergePorts, signal: AbortSignal): Promise<void> {
  await waitUntil(
    async () => {
      try {
        await runtime.info({ signal, deadlineMs: 5_000 });
        return { done: true, value: undefined };
      } catch (error) {
        signal.throwIfAborted();
        return { done: false, reason: messageOf(error) };
      }
    },
    {
      clock,
      signal,
      deadlineMs: runtimeBackLimitMs,
      intervalMs: 500,
      what: "the container engine",
      progress: silentProgress,
      code: "agent.runtime-unavailable",
    },
  );
}

/** The first failure, with the others named below it. */
function jobError(failures: readonly Failure[]): StackhouseError {
  const [first, ...others] = failures.map(({ step, error }) => ({ step, problem: explain(error) }));
  if (first === undefined) return new StackhouseError("internal", "a job failed without a failure");
  const { problem } = first;
  return new StackhouseError(problem.code, `${subjectOf(first.step)}: ${problem.message}`, {
    hint: problem.hint,
    details: [
      ...problem.details,
      ...others.map(({ step, problem: other }) => `also failed: ${subjectOf(step)}: ${other.message}`),
    ],
    cause: problem,
  });
}

function unsettled(plan: Plan): StackhouseError {
  return new StackhouseError(
    "app.job-failed",
    `the app does not settle: after ${maxRounds} plans there is still to do`,
    {
      details: plan.steps.map((step) => `${step.kind} ${subjectOf(step)}: ${step.reason}`),
    },
  );
}

/** What a step is about. */
function subjectOf(step: Step): string {
  switch (step.kind) {
    case "ensure-image":
      return step.image;
    case "await-service":
      return step.service;
    case "create-network":
    case "remove-network":
      return `network ${step.name}`;
    case "create-volume":
    case "remove-volume":
      return `volume ${step.name}`;
    case "create-container":
    case "start-container":
    case "stop-container":
    case "remove-container":
      return step.name;
  }
}
