import type { AppStatus } from "../../../protocol/app.ts";
import type { State } from "../../kit/define.ts";
import type { Call } from "../../kit/resource.ts";
import { unknownHost } from "../agent.ts";
import { readFromHost, type LostHostPorts } from "../lost-host.ts";
import type { AppInputs, AppOutputs } from "../schema.ts";
import { findVmHost, type VmHosts } from "../vm/hosts.ts";
import { appForwards, type ApplyPorts } from "./apply.ts";
import { observedOutputs } from "./outputs.ts";

interface Found {
  readonly inputs: Partial<AppInputs>;
  readonly outputs: Partial<AppOutputs>;
}

/** What is left of an app on its host. An app whose VM is gone is gone too; on a VM that is stopped, nothing of it runs. */
export async function readApp(
  ports: ApplyPorts & VmHosts & LostHostPorts,
  state: State<AppInputs, AppOutputs>,
  call: Call,
): Promise<Found | undefined> {
  const { hostId, name } = parseId(state.id);
  const known = state.inputs.exposure;
  const vmId = known?.via === "local-vm" ? known.vmId : undefined;
  const host = known?.via === "host" ? undefined : await findVmHost(ports, { hostId, vmId }, call);
  if (host?.state === "absent") return undefined;
  if (host?.state === "stopped") return { inputs: state.inputs, outputs: allStopped(state.outputs) };
  const connection = host?.connection ?? state.inputs.connection;
  if (connection === undefined) throw unknownHost(hostId);

  const ask = (): Promise<AppStatus | undefined> =>
    ports.openAgent(connection, call, (api) => api.status(name, { signal: call.signal }));
  const isImport = state.inputs.connection === undefined;
  const status = await (isImport ? ask() : readFromHost(ports, connection, call, ask));
  if (status === "unreachable") return { inputs: state.inputs, outputs: state.outputs };
  if (status === undefined) return undefined;
  const exposure = known ?? { via: "local-vm", vmId: host?.vmId ?? "" };
  const inputs = {
    ...imported,
    ...state.inputs,
    ...{ hostId, name, connection, exposure },
    fingerprints: observedFingerprints(state.inputs.fingerprints ?? {}, status),
  };
  const observed = observedOutputs(inputs, status, await appForwards(ports.driver, inputs, call));
  const { fingerprints } = inputs;
  return { inputs, outputs: { ...state.outputs, hostId, name, connection, exposure, fingerprints, ...observed } };
}

const imported = { profiles: [], variables: {}, secrets: {}, imageArchives: [] };

/** The parts of `appId`. */
function parseId(id: string): { readonly hostId: string; readonly name: string } {
  const cut = id.lastIndexOf("/");
  return { hostId: id.slice(0, cut), name: id.slice(cut + 1) };
}

/** A service without a container keeps its fingerprint: its state tells that it does not run. */
function observedFingerprints(before: Readonly<Record<string, string>>, status: AppStatus): Record<string, string> {
  const observed = Object.entries(status.services).flatMap(([name, { fingerprint }]) =>
    fingerprint === undefined ? [] : [[name, fingerprint] as const],
  );
  return { ...before, ...Object.fromEntries(observed) };
}

function allStopped(outputs: Partial<AppOutputs>): Partial<AppOutputs> {
  if (outputs.services === undefined) return outputs;
  const services = Object.entries(outputs.services).map(
    ([name, service]) => [name, { ...service, state: "stopped" }] as const,
  );
  return { ...outputs, services: Object.fromEntries(services) };
}
