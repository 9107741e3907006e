import { hostConnectionSchema } from "../../../protocol/host.ts";
import type { Call } from "../../kit/resource.ts";
import type { Properties } from "../../kit/values.ts";
import type { OpenAgent } from "../../ports.ts";
import { nothingObserved, type Planner } from "./planner.ts";
import { loadApp } from "./source.ts";

export interface PreviewPorts {
  readonly openAgent: OpenAgent;
  readonly planner: Planner;
}

/** Shows the steps that `up` would take on the host: planned there, or for an empty host where there is none yet. */
export async function showPlan(
  ports: PreviewPorts,
  inputs: Properties,
  purpose: "create" | "update",
  call: Call,
): Promise<void> {
  const loaded = loadApp(inputs);
  if (!loaded.ok) return;
  const { desired } = loaded.app;
  const connection = hostConnectionSchema.safeParse(inputs["connection"]);
  if (desired === undefined) {
    call.progress.info("some values are known during up only: the steps on the host are planned then");
  } else if (connection.success) {
    const plan = await ports.openAgent(connection.data, call, (api) => api.plan(desired, { signal: call.signal }));
    say(ports.planner.explain(plan), call);
  } else if (purpose === "create") {
    say(ports.planner.explain(ports.planner.plan(desired, nothingObserved)), call);
  } else {
    call.progress.info("the host is not reachable before up changes it: the steps on it are planned then");
  }
}

function say(lines: readonly string[], call: Call): void {
  if (lines.length > 0) call.progress.info(lines.join("\n"));
}
