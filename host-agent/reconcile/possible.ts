import { StackhouseError } from "../../modules/base/errors.ts";
import type { Plan } from "../../modules/plan/types.ts";
import type { Model } from "../../modules/stackfile/model.ts";
import type { Call, Runtime, Wanted } from "../runtime/port.ts";

/**
 * The plan, where the runtime can make all that it makes. A plan may take a container away before it makes the next one, so this is known
 * first.
 *
 * @throws `app.unsupported`
 */
export async function possiblePlan(runtime: Runtime, plan: Plan, model: Model, call: Call): Promise<Plan> {
  const wanted = madeBy(plan, model);
  if (Object.keys(wanted.services).length + Object.keys(wanted.networks).length === 0) return plan;
  const [first, ...others] = await runtime.lacks(wanted, call);
  if (first === undefined) return plan;
  throw new StackhouseError("app.unsupported", first, {
    details: others,
    hint: "upgrade Docker Engine on the host, or take it out of the stack file",
  });
}

function madeBy({ steps }: Plan, { services, networks = {} }: Model): Wanted {
  const made = {
    services: new Set(steps.flatMap((step) => (step.kind === "create-container" ? [step.service] : []))),
    networks: new Set(steps.flatMap((step) => (step.kind === "create-network" ? [step.network] : []))),
  };
  const only = <Part>(parts: Readonly<Record<string, Part>>, keys: ReadonlySet<string>): Record<string, Part> =>
    Object.fromEntries(Object.entries(parts).filter(([key]) => keys.has(key)));
  return { services: only(services, made.services), networks: only(networks, made.networks) };
}
