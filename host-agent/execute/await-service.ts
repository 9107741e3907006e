import { withDeadline } from "../../modules/base/deadline.ts";
import { StackhouseError } from "../../modules/base/errors.ts";
import { seconds } from "../../modules/base/wait.ts";
import type { ObservedApp, ObservedContainer } from "../../modules/plan/types.ts";
import { parseDuration } from "../../modules/stackfile/forms/duration.ts";
import type { Service } from "../../modules/stackfile/model.ts";
import { own } from "../../modules/stackfile/own.ts";
import { replicasOf } from "../../modules/stackfile/replicas.ts";
import type { StepContext, StepOf } from "./context.ts";
import { desiredService } from "./desired.ts";
import { evidence } from "./evidence.ts";

type Condition = StepOf<"await-service">["condition"];

/** How one container stands to a condition. */
export type Standing =
  | { readonly is: "met" }
  | { readonly is: "pending"; readonly reason: string }
  | { readonly is: "broken"; readonly code: "app.unhealthy" | "app.container-failed"; readonly reason: string };

/** Waits until every wanted container of a service meets the condition. One that can no longer meet it ends the wait. */
export async function awaitService(step: StepOf<"await-service">, context: StepContext): Promise<void> {
  const { definition } = desiredService(step.service, context);
  const deadlineMs = waitLimitMs(waitBudgetMs(step.condition, definition), context);
  let reason = "not looked at yet";
  let awaited: ObservedContainer | undefined;

  const look = (observed: ObservedApp): Verdict | undefined => {
    const verdict = judge(step, observed, context);
    if (verdict.is !== "pending") return verdict;
    awaited = verdict.container;
    reason = verdict.reason;
    context.progress(reason);
    // A list call may be behind the event of an end, so what it shows is not asked.
    const deaths = awaited === undefined ? 0 : context.watch.deathsOf(awaited.id);
    if (awaited === undefined || deaths < maxDeaths) return undefined;
    const often = `${awaited.name} ended ${deaths} times${exitText(awaited)}`;
    return { is: "broken", code: "app.container-failed", reason: often, container: awaited };
  };
  const onDeadline = (): StackhouseError =>
    new StackhouseError(
      awaited?.state === "restarting"
        ? "app.container-failed"
        : step.condition === "healthy"
          ? "app.unhealthy"
          : "deadline",
      `${step.service} is not ${step.condition} after ${seconds(deadlineMs)}: ${reason}`,
    );
  let verdict: Verdict;
  try {
    verdict = await withDeadline({ clock: context.clock, signal: context.signal, deadlineMs }, onDeadline, (signal) =>
      context.watch.until(look, signal),
    );
  } catch (error) {
    context.signal.throwIfAborted();
    throw error instanceof StackhouseError ? await withEvidence(error, awaited, context) : error;
  }
  if (verdict.is === "broken") {
    throw await withEvidence(new StackhouseError(verdict.code, verdict.reason), verdict.container, context);
  }
}

function exitText({ exitCode }: ObservedContainer): string {
  return exitCode === undefined ? "" : `, last with exit code ${exitCode}`;
}

type Verdict = Standing & { readonly container: ObservedContainer | undefined };

/** The worst standing among the containers that the desired definition made; those of an older one are not asked. */
function judge(step: StepOf<"await-service">, observed: ObservedApp, context: StepContext): Verdict {
  const { definition, fingerprint } = desiredService(step.service, context);
  const digest = own(observed.images, definition.image ?? "");
  const current = observed.containers.filter(
    (container) =>
      container.service === step.service &&
      container.fingerprint === fingerprint &&
      (digest === undefined || container.imageDigest === digest),
  );
  const verdicts = current.map((container): Verdict => ({ ...standing(step.condition, container), container }));
  const broken = verdicts.find((verdict) => verdict.is === "broken");
  if (broken !== undefined) return broken;
  const pending = verdicts.find((verdict) => verdict.is === "pending");
  if (pending !== undefined) return pending;
  const wanted = replicasOf(definition);
  if (current.length >= wanted) return { is: "met", container: undefined };
  const reason = `${step.service} has ${current.length} of ${wanted} containers`;
  return { is: "pending", reason, container: undefined };
}

/** Conditions as in the Compose Specification, `depends_on`. A container that is restarted may get well: many files count on it. */
export function standing(condition: Condition, container: ObservedContainer): Standing {
  const { state, name } = container;
  const exitCode = container.exitCode ?? -1;
  const failed = (reason: string): Standing => ({ is: "broken", code: "app.container-failed", reason });
  switch (state) {
    case "created":
      return { is: "pending", reason: `${name} is not started yet` };
    case "removing":
      return { is: "pending", reason: `${name} is being removed` };
    case "paused":
      return { is: "pending", reason: `${name} is paused` };
    case "dead":
      return failed(`${name} is dead: the engine could not remove it`);
    case "restarting":
      return { is: "pending", reason: `${name} ends again and again, last with exit code ${exitCode}` };
    case "exited":
      if (exitCode === 0 && condition !== "healthy") return { is: "met" };
      return failed(`${name} ended with exit code ${exitCode}`);
    case "running":
      return runningStanding(condition, container);
  }
}

function runningStanding(condition: Condition, { name, health }: ObservedContainer): Standing {
  switch (condition) {
    case "started":
      return { is: "met" };
    case "completed":
      return { is: "pending", reason: `${name} has not ended yet` };
    case "healthy":
      if (health === "healthy") return { is: "met" };
      if (health === "starting") return { is: "pending", reason: `${name} is not healthy yet` };
      return {
        is: "broken",
        code: "app.unhealthy",
        reason: health === "none" ? `${name} has no health check to be healthy by` : `${name} is unhealthy`,
      };
  }
}

/** Engines restart after 0.1 s, then after twice as long each time: so many ends take about half a minute. */
const maxDeaths = 8;
const slackMs = 60_000;
const startedBudgetMs = 120_000;
const completedBudgetMs = 24 * 60 * 60_000;

/**
 * How long a service may take. For health: the time in which the engine itself reaches a verdict, and some more. Engine
 * defaults: interval 30 s, timeout 30 s, 3 retries (https://docs.docker.com/reference/dockerfile/#healthcheck). For completion
 * the job's own deadline counts.
 */
function waitBudgetMs(condition: Condition, service: Service): number {
  if (condition === "started") return startedBudgetMs;
  if (condition === "completed") return completedBudgetMs;
  const check = service.healthcheck;
  const ms = (duration: string | undefined, fallback: number): number => parseDuration(duration ?? "") ?? fallback;
  const round = ms(check?.interval, 30_000) + ms(check?.timeout, 30_000);
  return ms(check?.start_period, 0) + ((check?.retries ?? 3) + 1) * round + slackMs;
}

/** Ends a little before the job does, so that there is time left to say why. */
function waitLimitMs(budgetMs: number, context: StepContext): number {
  const leftMs = context.deadlineAt - context.clock.now();
  return Math.max(1, Math.min(budgetMs, leftMs - Math.min(5_000, leftMs / 5)));
}

async function withEvidence(
  error: StackhouseError,
  container: ObservedContainer | undefined,
  context: StepContext,
): Promise<StackhouseError> {
  const details = container === undefined ? [] : await evidence(container.id, context);
  const logs = container === undefined ? "stackhouse logs" : `stackhouse logs ${container.service}`;
  return new StackhouseError(error.code, error.message, {
    hint: error.hint ?? `\`${logs}\` shows more; when its cause is mended, up goes on from here`,
    details: [...error.details, ...details],
    cause: error,
  });
}
