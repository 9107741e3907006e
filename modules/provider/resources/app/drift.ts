import type { DesiredApp } from "../../../protocol/app.ts";
import type { Plan, Step } from "../../../plan/types.ts";
import type { Change } from "../../kit/changes.ts";
import type { State } from "../../kit/define.ts";
import type { Call } from "../../kit/resource.ts";
import type { Path, Properties } from "../../kit/values.ts";
import { appId } from "../ids.ts";
import { isSilentHost } from "../lost-host.ts";
import { isLostAgent, type Reach } from "../reach.ts";
import { appInputsSchema, type AppInputs, type AppOutputs } from "../schema.ts";
import { appForwards, type ApplyPorts } from "./apply.ts";
import { forwardsDiffer, wantedForwards } from "./forwards.ts";
import { loadApp } from "./source.ts";

type Drift = Change & { readonly replace: boolean };

/** What an apply would do on the host now, as changes of the services that it would touch. */
export async function driftOf(
  ports: ApplyPorts & { readonly reach: Reach },
  state: State<AppInputs, AppOutputs>,
  news: Properties,
  call: Call,
): Promise<readonly Drift[]> {
  const parsed = appInputsSchema.safeParse(news);
  if (!parsed.success || appId(parsed.data) !== state.id) return [];
  const inputs = parsed.data;
  const loaded = loadApp(news, call);
  if (!loaded.ok || loaded.app.desired === undefined) return [];
  const { desired } = loaded.app;
  if (!(await hostRuns(ports, inputs, call))) return [drift(["services"])];
  try {
    return await ports.reach.ask(inputs.connection, () => driftOnHost(ports, { state, inputs, desired }, call));
  } catch (error) {
    // What becomes of the app is known when its host is back, or made anew, or when its agent is started. A refresh asks here, too.
    if (isSilentHost(error, inputs.connection) || isLostAgent(error)) return [drift(["services"])];
    throw error;
  }
}

interface Compared {
  readonly state: State<AppInputs, AppOutputs>;
  readonly inputs: AppInputs;
  readonly desired: DesiredApp;
}

function driftOnHost(ports: ApplyPorts, { state, inputs, desired }: Compared, call: Call): Promise<readonly Drift[]> {
  return ports.openAgent(inputs.connection, call, async (api) => {
    const { steps } = await api.plan(desired, { signal: call.signal });
    if (steps.length > 0) return touched(steps, desired).map(drift);
    const bound = await appForwards(ports.driver, inputs, call);
    const status = bound && (await api.status(inputs.name, { signal: call.signal }));
    if (bound === undefined || status === undefined) return [];
    const wanted = wantedForwards(desired.model, status, state.outputs.services ?? {});
    return forwardsDiffer(wanted, bound) ? [drift(["services"])] : [];
  });
}

async function hostRuns(ports: ApplyPorts, { exposure }: AppInputs, call: Call): Promise<boolean> {
  if (exposure.via === "host") return true;
  return (await ports.driver.inspect(exposure.vmId, call)).state === "running";
}

function drift(path: Path): Drift {
  return { path, kind: "update", of: "state", before: undefined, after: undefined, replace: false };
}

function touched(steps: Plan["steps"], desired: DesiredApp): readonly Path[] {
  const paths = steps.flatMap((step) => pathsOf(step, desired));
  return [...new Map(paths.map((path) => [path.join("/"), path])).values()];
}

function pathsOf(step: Step, { model }: DesiredApp): readonly Path[] {
  switch (step.kind) {
    case "ensure-image":
      return Object.entries(model.services).flatMap(([name, { image }]) =>
        image === step.image ? [["services", name]] : [],
      );
    case "create-network":
    case "remove-network":
      return [["networks"]];
    case "create-volume":
    case "remove-volume":
      return [["volumes"]];
    case "create-container":
    case "start-container":
    case "stop-container":
    case "remove-container":
    case "await-service":
      return [["services", step.service]];
  }
}
