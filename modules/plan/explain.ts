import type { Plan, Step, StepKind } from "./types.ts";

interface Line {
  readonly sign: string;
  readonly what: string;
  readonly name: string;
  readonly reason: string;
}

/**
 * A plan as short lines for people, aligned:
 * ```text
 * +  network    shop_default  is new
 * +- container  shop-api-1    image api:1 -> api:2; stops first: /data is writable and may not have two writers
 * ```
 * `+` makes, `-` removes, `+-` replaces, `~` starts again, `.` waits, `!` tells. A plan without steps gives `nothing to do`.
 */
export function explain(plan: Plan): string {
  const lines = [...plan.steps.flatMap((step) => lineOf(step, plan)), ...(plan.notes ?? []).map(noteLine)];
  if (lines.length === 0) return "nothing to do";
  const widest = Math.max(...lines.map(({ name }) => name.length));
  return lines
    .map(({ sign, what, name, reason }) =>
      name === ""
        ? `${sign.padEnd(2)} ${reason}`
        : `${sign.padEnd(2)} ${what.padEnd(9)}  ${name.padEnd(widest)}  ${reason}`,
    )
    .join("\n");
}

function noteLine(note: string): Line {
  return { sign: "!", what: "", name: "", reason: note };
}

function lineOf(step: Step, plan: Plan): readonly Line[] {
  const { reason } = step;
  switch (step.kind) {
    case "ensure-image":
      return [{ sign: "+", what: "image", name: step.image, reason }];
    case "create-network":
      return [
        { sign: replaces(step.name, "remove-network", plan) ? "+-" : "+", what: "network", name: step.name, reason },
      ];
    case "remove-network":
      return replaces(step.name, "create-network", plan)
        ? []
        : [{ sign: "-", what: "network", name: step.name, reason }];
    case "create-volume":
      return [{ sign: "+", what: "volume", name: step.name, reason }];
    case "remove-volume":
      return [{ sign: "-", what: "volume", name: step.name, reason }];
    case "create-container":
      return [createdLine(step, plan)];
    case "start-container":
      return has(plan, "create-container", step.name)
        ? []
        : [{ sign: "~", what: "container", name: step.name, reason }];
    case "stop-container":
      return [];
    case "remove-container":
      return isReplaced(step, plan) ? [] : [{ sign: "-", what: "container", name: step.name, reason }];
    case "await-service":
      return isChanged(step.service, plan) ? [] : [{ sign: ".", what: "service", name: step.service, reason }];
  }
}

type Named<K extends StepKind> = Extract<Step, { kind: K }>;

/** The n-th container that a service gets takes the place of the n-th that it loses. */
function createdLine(step: Named<"create-container">, plan: Plan): Line {
  const old = removedOf(step.service, plan).find((_, index) => createdOf(step.service, plan)[index]?.id === step.id);
  if (old === undefined) return { sign: "+", what: "container", name: step.name, reason: step.reason };
  const reason = old.name === step.name ? old.reason : `in place of ${old.name}: ${step.reason}`;
  return { sign: "+-", what: "container", name: step.name, reason };
}

function isReplaced(step: Named<"remove-container">, plan: Plan): boolean {
  const index = removedOf(step.service, plan).findIndex(({ id }) => id === step.id);
  return index < createdOf(step.service, plan).length;
}

function createdOf(service: string, plan: Plan): readonly Named<"create-container">[] {
  return plan.steps.filter(
    (step) => step.kind === "create-container" && step.service === service,
  ) as Named<"create-container">[];
}

function removedOf(service: string, plan: Plan): readonly Named<"remove-container">[] {
  const removed = plan.steps.filter((step) => step.kind === "remove-container" && step.service === service);
  return (removed as Named<"remove-container">[]).toSorted((a, b) => a.number - b.number);
}

function replaces(name: string, kind: "remove-network" | "create-network", plan: Plan): boolean {
  return plan.steps.some((step) => step.kind === kind && step.name === name);
}

function has(plan: Plan, kind: "create-container", name: string): boolean {
  return plan.steps.some((step) => step.kind === kind && step.name === name);
}

function isChanged(service: string, plan: Plan): boolean {
  return plan.steps.some(
    (step) =>
      "service" in step &&
      step.service === service &&
      step.kind !== "await-service" &&
      step.kind !== "remove-container",
  );
}
