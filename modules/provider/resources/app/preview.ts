import { planApply } from "../../../plan/apply.ts";
import { explain } from "../../../plan/explain.ts";
import type { ObservedApp, Plan } from "../../../plan/types.ts";
import type { DesiredApp } from "../../../protocol/app.ts";
import { hostConnectionSchema } from "../../../protocol/host.ts";
import { digestOf } from "../../../stackfile/fingerprint.ts";
import type { Call } from "../../kit/resource.ts";
import type { Properties } from "../../kit/values.ts";
import type { OpenAgent } from "../../ports.ts";
import type { Reach } from "../reach.ts";
import { loadApp } from "./source.ts";

/** A host where nothing of the app is yet. */
const nothing: ObservedApp = { containers: [], networks: [], volumes: [], anonymousVolumes: [], images: {} };

/** Shows the steps that `up` would take on the host: planned there, or for an empty host where there is none yet. */
export async function showPlan(
  { openAgent, reach }: { readonly openAgent: OpenAgent; readonly reach: Reach },
  inputs: Properties,
  purpose: "create" | "update",
  call: Call,
): Promise<void> {
  const loaded = loadApp(inputs, call);
  if (!loaded.ok) return;
  const { desired } = loaded.app;
  const connection = hostConnectionSchema.safeParse(inputs["connection"]);
  if (desired === undefined) {
    call.progress.info("some values are known during up only: the steps on the host are planned then");
  } else if (connection.success) {
    const { signal } = call;
    const plan = (): Promise<Plan> => openAgent(connection.data, call, (api) => api.plan(desired, { signal }));
    show(await reach.ask(connection.data, plan), call);
  } else if (purpose === "create") {
    call.progress.info("the host was not looked at yet: these are the steps for one with nothing on it");
    show(planApply({ model: desired.model, contentDigests: digestsOf(desired) }, nothing, { isUnseen: true }), call);
  } else {
    call.progress.info(
      "the host is changed before the app is, or did not answer: the steps on it are planned when up has reached it",
    );
  }
}

function show(plan: Plan, call: Call): void {
  if (plan.steps.length > 0 || plan.notes !== undefined) call.progress.info(explain(plan));
}

function digestsOf({ contents }: DesiredApp): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(contents).map(([key, base64]) => [key, digestOf(Buffer.from(base64, "base64"))]),
  );
}
