import { messageOf } from "../../base/errors.ts";
import type { AgentInfo } from "../../protocol/api.ts";
import type { AppStatus } from "../../protocol/app.ts";
import type { CommandContext } from "../context.ts";
import { openAgents, type Agents } from "./connect.ts";
import { viewVm, type VmView } from "./local-vm.ts";
import type { Deployed, DeployedApp, DeployedHost } from "./state.ts";

/** How a host is found now. `problem` is why it could not be asked. */
export type HostView = Pick<DeployedHost, "name" | "hostId" | "vmId"> & {
  /** The machine in a cloud that it is, where the program made it. */
  readonly machineId?: string;
  readonly address: string;
} & (
    | { readonly state: "answers"; readonly agent: AgentInfo; readonly machine: string }
    /** A local VM that is switched off, or was removed behind our back. */
    | Exclude<VmView, { readonly state: "running" }>
    | { readonly state: "unreachable"; readonly problem: string }
  );

/** How an app is found now; without status where its host could not be asked or knows nothing of it. */
export interface AppView {
  readonly app: DeployedApp;
  readonly host: string;
  readonly status?: AppStatus;
  readonly problem?: string;
}

/** Longest wait for one answer of a host that is there, milliseconds. */
const answerMs = 20_000;

/** Asks every host what it is and what runs on it, all at once. A host that does not answer is a finding, no error. */
export async function observe(
  context: CommandContext,
  { hosts, apps }: Deployed,
): Promise<{ readonly hosts: readonly HostView[]; readonly apps: readonly AppView[] }> {
  await using agents = openAgents(context);
  const hostViews = await Promise.all(hosts.map((host) => viewHost(context, agents, host)));
  const appViews = await Promise.all(
    apps.map((app) => viewApp(context, agents, { app, host: hostViews.find(({ hostId }) => hostId === app.hostId) })),
  );
  return { hosts: hostViews, apps: appViews };
}

async function viewHost(context: CommandContext, agents: Agents, host: DeployedHost): Promise<HostView> {
  const { name, hostId, vmId, connection } = host;
  const common = {
    name,
    hostId,
    address: `${connection.address}:${connection.port}`,
    ...(vmId === undefined ? {} : { vmId }),
    ...(connection.machineId === undefined ? {} : { machineId: connection.machineId }),
  };
  try {
    const vm = vmId === undefined ? undefined : await viewVm(context, vmId);
    if (vm !== undefined && vm.state !== "running") return { ...common, ...vm };
    const agent = await agents.on(connection).info(call(context));
    return { ...common, state: "answers", agent, machine: vm?.machine ?? "" };
  } catch (error) {
    context.interrupts.signal.throwIfAborted();
    return { ...common, state: "unreachable", problem: messageOf(error) };
  }
}

async function viewApp(
  context: CommandContext,
  agents: Agents,
  { app, host }: { readonly app: DeployedApp; readonly host: HostView | undefined },
): Promise<AppView> {
  const view = { app, host: host?.name ?? app.connection.address };
  if (host !== undefined && host.state !== "answers") return { ...view, problem: `its host is ${host.state}` };
  try {
    const status = await agents.on(app.connection).status(app.name, call(context));
    return status === undefined ? { ...view, problem: "its host has nothing of it" } : { ...view, status };
  } catch (error) {
    context.interrupts.signal.throwIfAborted();
    return { ...view, problem: messageOf(error) };
  }
}

function call({ interrupts }: CommandContext): { readonly signal: AbortSignal; readonly deadlineMs: number } {
  return { signal: interrupts.signal, deadlineMs: answerMs };
}
