import { hostname } from "node:os";
import { silentProgress } from "../../../base/progress.ts";
import type { Driver, DriverCall } from "../../../hypervisors/driver.ts";
import type { AppStatus, DesiredApp } from "../../../protocol/app.ts";
import { userName } from "../../../system/user.ts";
import { asProperties } from "../../kit/define.ts";
import { InitFailed } from "../../kit/errors.ts";
import type { Call } from "../../kit/resource.ts";
import type { AgentApi, OpenAgent } from "../../ports.ts";
import type { Clock } from "../../../base/clock.ts";
import type { JobCall } from "../../../agent-client/types.ts";
import { appId } from "../ids.ts";
import type { AppInputs, AppOutputs } from "../schema.ts";
import { loadArchives } from "./archives.ts";
import { bindForwards, wantedForwards } from "./forwards.ts";
import { followJob } from "./follow.ts";
import { identityOutputs, observedOutputs, outputsOf, type Forwards } from "./outputs.ts";

export interface ApplyPorts {
  readonly driver: Driver;
  readonly clock: Clock;
  readonly openAgent: OpenAgent;
}

/** How long a failed apply may take to see what it leaves behind. */
const lastLookMs = 15_000;

/** Makes the app on its host as desired, then its ports reachable. What a failed job leaves behind is saved with its error. */
export async function applyApp(
  ports: ApplyPorts,
  inputs: AppInputs,
  app: { readonly desired: DesiredApp; readonly before: Partial<AppOutputs> },
  call: Call,
): Promise<AppOutputs> {
  const { desired, before } = app;
  return ports.openAgent(inputs.connection, call, async (api) => {
    await loadArchives(api, inputs, desired.model, { ...call, clock: ports.clock });
    try {
      const status = await api.apply(desired, jobCall(ports.driver, inputs, { ...call, purpose: "apply" }));
      const forwards = await expose(ports.driver, inputs, { desired, status, before }, call);
      return outputsOf(inputs, status, forwards);
    } catch (error) {
      const known = identityOutputs(inputs);
      const observed = await lastLook(ports, inputs, api);
      throw new InitFailed(appId(inputs), asProperties({ ...known, ...observed }), error);
    }
  });
}

export type RemovedApp = Pick<AppInputs, "connection" | "exposure" | "name" | "deleteVolumes">;

/** Removes the app from its host and its ports from the workstation; named volumes stay unless they are listed. */
export async function removeApp(ports: ApplyPorts, inputs: RemovedApp, call: Call): Promise<void> {
  await ports.openAgent(inputs.connection, call, (api) =>
    api.remove(inputs.name, inputs.deleteVolumes, jobCall(ports.driver, inputs, { ...call, purpose: "remove" })),
  );
  if (inputs.exposure.via === "local-vm") {
    await ports.driver.forward(inputs.exposure.vmId, inputs.name, [], call);
  }
}

async function expose(
  driver: Driver,
  inputs: AppInputs,
  app: { readonly desired: DesiredApp; readonly status: AppStatus; readonly before: Partial<AppOutputs> },
  call: DriverCall,
): Promise<Forwards> {
  if (inputs.exposure.via === "host") return undefined;
  const wanted = wantedForwards(app.desired.model, app.status, app.before.services ?? {});
  return bindForwards(driver, { vmId: inputs.exposure.vmId, owner: inputs.name }, wanted, call);
}

function jobCall(
  driver: Driver,
  { exposure }: Pick<AppInputs, "exposure">,
  call: Call & { readonly purpose: "apply" | "remove" },
): JobCall {
  const { signal, progress, deadlineMs, purpose } = call;
  const requestedBy = `pulumi ${purpose} by ${userName()} on ${hostname()}`;
  const job = { signal, deadlineMs, requestedBy, onEvent: followJob(progress) };
  return exposure.via === "host" ? job : { ...job, whyLost: () => whyVmIsGone(driver, exposure.vmId, call) };
}

/** A VM that does not run answers no more until somebody starts it. */
async function whyVmIsGone(driver: Driver, vmId: string, call: DriverCall): Promise<string | undefined> {
  const found = await driver.inspect(vmId, call);
  switch (found.state) {
    case "running":
      return undefined;
    case "paused":
      return `the VM ${vmId} was paused`;
    case "halted":
      return `the VM ${vmId} is halted: ${found.reason}`;
    case "stopped":
      return `the VM ${vmId} stopped: ${found.lastExit?.reason ?? "somebody switched it off"}`;
    case "absent":
      return `the VM ${vmId} is gone`;
  }
}

/** What runs after a failure, as far as it can still be seen. */
async function lastLook(ports: ApplyPorts, inputs: AppInputs, api: AgentApi): Promise<Partial<AppOutputs>> {
  const call = { signal: AbortSignal.timeout(lastLookMs), progress: silentProgress };
  try {
    const status = await api.status(inputs.name, { signal: call.signal });
    return status === undefined ? {} : observedOutputs(inputs, status, await appForwards(ports.driver, inputs, call));
  } catch {
    return {}; // The job's own error is the one to tell.
  }
}

/** The forwards that an app has now. */
export async function appForwards(
  driver: Driver,
  { exposure, name }: Pick<AppInputs, "exposure" | "name">,
  call: DriverCall,
): Promise<Forwards> {
  if (exposure.via === "host") return undefined;
  const found = await driver.inspect(exposure.vmId, call);
  return found.state === "absent" ? [] : found.forwards.filter(({ owner }) => owner === name);
}
