import type { Uninstalled } from "../../agent-install/uninstall.ts";
import { isStackhouseError, messageOf, StackhouseError } from "../../base/errors.ts";
import { agentPaths, type AgentInfo } from "../../protocol/api.ts";
import { hostConnectionSchema, type HostConnection } from "../../protocol/host.ts";
import { nameOf } from "../../ssh/names.ts";
import { fingerprintOf } from "../../ssh/keys.ts";
import { asProperties, defineResource } from "../kit/define.ts";
import { InitFailed } from "../kit/errors.ts";
import type { Call, CheckFailure, Resource } from "../kit/resource.ts";
import { isProperties, knownOnly, unknownValue, type Properties } from "../kit/values.ts";
import type { AgentInstaller, InstallCall } from "../ports.ts";
import {
  cloudKnows,
  isSilentHost,
  noAgent,
  readFromHost,
  removeFromHost,
  withCloud,
  type LostHostPorts,
} from "./lost-host.ts";
import { agentInputsSchema, agentOutputsSchema, type AgentInputs, type AgentOutputs } from "./schema.ts";
import { findVmHost, type VmHosts } from "./vm/hosts.ts";

export interface AgentPorts extends VmHosts, LostHostPorts {
  readonly installer: AgentInstaller;
}

export const agentType = "stackhouse:index:Agent";

const minute = 60_000;

/** `stackhouse:index:Agent`: the host agent, running on a host. Its id is `hostId`. */
export function agentResource(ports: AgentPorts): Resource {
  return defineResource({
    type: agentType,
    inputs: agentInputsSchema,
    outputs: agentOutputsSchema,
    secrets: [
      ["connection", "privateKey"],
      ["connection", "jump"],
      ["connection", "sudoPassword"],
    ],
    deadlines: { create: 5 * minute, read: minute, update: 5 * minute, delete: 2 * minute },

    async prepare(news, previous) {
      const bundle = await ports.installer.bundle();
      const connection = hostConnectionSchema.safeParse(news["connection"]);
      const identity = connection.success ? fingerprintOf(connection.data.hostKey) : unknownValue;
      const inputs: Properties = { ...news, hostId: news["hostId"] ?? identity, ...bundle };
      const failures = [...(losesVolumes(inputs, previous) ? [noVolumeDevice] : []), ...shrinking(inputs, previous)];
      return { inputs, failures };
    },

    replaces: ({ path }) => path[0] === "hostId" || path[0] === "vmId",

    async drift(state, news, call) {
      const connection = hostConnectionSchema.safeParse(news["connection"]);
      if (!connection.success || news["hostId"] !== state.id) return [];
      const found = await findReady(ports, connection.data, call);
      const before = found.kind === "ready" ? found.info.bundleDigest : found.why;
      if (before === state.outputs.bundleDigest) return [];
      const after = news["bundleDigest"];
      return [{ path: ["bundleDigest"], kind: "update", of: "state", before, after, replace: false }];
    },

    // What stands on an agent that is not there yet plans with an unknown connection: nobody may dial it in a preview.
    previewCreate: (inputs) => Promise.resolve(knownOnly({ ...inputs, connection: unknownValue })),

    async previewUpdate(state, inputs, call) {
      const { runtime = unknownValue, facts = unknownValue } = state.outputs;
      const connection = hostConnectionSchema.safeParse(inputs["connection"]);
      const found = connection.success && (await findReady(ports, connection.data, call));
      if (!found) return { ...inputs, runtime, facts, connection: unknownValue };
      if (found.kind === "out-of-reach") call.progress.warn(notKnown(found.why, connection.data));
      return { ...inputs, runtime, facts, connection: found.kind === "ready" ? inputs["connection"] : unknownValue };
    },

    async create(inputs, call) {
      const isNew = { wasThere: false, onBare: () => undefined };
      return { id: inputs.hostId, outputs: await install(ports, inputs, { ...call, ...isNew }) };
    },

    update(state, inputs, call) {
      const isSameMachine = inputs.connection.machineId === state.outputs.connection?.machineId;
      const hadAgent = state.outputs.runtime !== undefined && isSameMachine;
      const onBare = (): void => {
        if (hadAgent) call.progress.warn(successor(inputs.connection));
      };
      return install(ports, inputs, { ...call, wasThere: hadAgent, onBare });
    },

    async read(state, call) {
      const host = await findVmHost(ports, { hostId: state.id, vmId: state.inputs.vmId }, call);
      if (host?.state === "absent") return undefined;
      const known = asRemembered(state.inputs, state.outputs);
      if (host?.state === "stopped" && known !== undefined) return known;
      const connection = host?.connection ?? state.inputs.connection;
      if (connection === undefined) throw unknownHost(state.id);
      const ask = (): Promise<AgentInfo | undefined> => ports.installer.find(connection, call);
      const isImport = state.inputs.connection === undefined;
      const found = await (isImport ? ask() : readFromHost(ports, connection, call, ask));
      if (found === "unreachable") return known ?? { inputs: state.inputs, outputs: state.outputs };
      if (found === undefined) {
        // Stopped, or taken off by hand: an update puts either right, and what stands on it stays with it.
        if (known !== undefined) call.progress.warn(noAgent(connection, "no agent answers"));
        return known;
      }
      const { version, bundleDigest } = found;
      const vmId = state.inputs.vmId ?? host?.vmId;
      const inputs = {
        ...state.inputs,
        ...{ hostId: state.id, connection, version, bundleDigest },
        ...(vmId === undefined ? {} : { vmId }),
      };
      return { inputs, outputs: outputsOf(inputs, found) };
    },

    async delete(state, call) {
      const { connection, vmId } = state.inputs;
      const host = await findVmHost(ports, { hostId: state.id, vmId }, call);
      if (host?.state === "absent" || connection === undefined) return;
      await removeFromHost(ports, connection, call, async (way) => {
        const warning = warningOf(await ports.installer.remove(way, call));
        if (warning !== undefined) call.progress.warn(warning);
      });
    },
  });
}

function warningOf(outcome: Uninstalled): string | undefined {
  switch (outcome.kind) {
    case "stays":
      return `the agent stays on the host: it also runs ${outcome.apps.join(", ")}`;
    case "removed":
      return undefined;
    case "removed-unasked":
      return `the agent did not answer, so it is not known whether it still had apps; what they run and its record (${agentPaths.state}) stay on the host`;
  }
}

/** The named volumes of apps are on that disk, and nothing copies them off it: without it, they would go with it. */
function losesVolumes(news: Properties, previous: Partial<AgentInputs>): boolean {
  const isSameHost = news["hostId"] === previous.hostId;
  return isSameHost && previous.volumeDevice !== undefined && news["volumeDevice"] === undefined;
}

/** Clouds make no disk smaller, and say so when other things are changed already. Another machine may begin with a smaller one. */
function shrinking(news: Properties, previous: Partial<AgentInputs>): CheckFailure[] {
  const connection = news["connection"];
  const machineId = isProperties(connection) ? connection["machineId"] : undefined;
  const isSameMachine = machineId !== undefined && machineId === previous.connection?.machineId;
  const isSameVolume = previous.volumeDevice !== undefined && news["volumeDevice"] === previous.volumeDevice;
  const disks = [
    { property: "rootGiB", what: "its root disk (diskGiB)", stays: isSameMachine },
    { property: "volumeGiB", what: "its data volume (dataVolume.sizeGiB)", stays: isSameVolume },
  ] as const;
  return disks.flatMap(({ property, what, stays }) => {
    const [before, after] = [previous[property], news[property]];
    if (!stays || before === undefined || typeof after !== "number" || after >= before) return [];
    const reason = `${what} has ${before} GiB and cannot shrink to ${after}: give at least ${before}, or give the host another name, which makes it anew`;
    return [{ property, reason }];
  });
}

const noVolumeDevice = {
  property: "volumeDevice",
  reason:
    "a data volume is not taken off its host, for the named volumes of its apps are on it: keep dataVolume in the program, " +
    "or give the host another name, which makes it anew",
};

/** What an update mends. */
const notReady = ["agent.runtime-unavailable", "agent.unreachable", "agent.silent", "agent.protocol"] as const;

type Readiness =
  | { readonly kind: "ready"; readonly info: AgentInfo }
  | { readonly kind: "not-ready" | "out-of-reach"; readonly why: string };

/**
 * An agent whose container engine is still starting is not ready, as one that does not answer, or not as we understand: an update waits for it, or
 * puts ours in its place. Nor is one on a host that
 * does not answer: an update tries it again, and says then what it was; a preview of all the other hosts has not to wait for that. On a machine of a
 * cloud another one may answer: the engine asks for differences in a refresh too, which finds out that it is gone.
 */
async function findReady(ports: AgentPorts, connection: HostConnection, call: Call): Promise<Readiness> {
  try {
    const info = await ports.reach.ask(connection, () => ports.installer.find(connection, call));
    return info === undefined ? { kind: "not-ready", why: "no agent answers" } : { kind: "ready", info };
  } catch (error) {
    if (notReady.some((code) => isStackhouseError(error, code))) return { kind: "not-ready", why: messageOf(error) };
    if (isSilentHost(error, connection)) return { kind: "out-of-reach", why: messageOf(error) };
    throw error;
  }
}

/** What a preview says of a host that it cannot look at. */
function notKnown(why: string, { machineId }: HostConnection): string {
  const who = machineId === undefined ? "" : `; ${cloudKnows(machineId)}`;
  return `${why}: what up would do there is not known${who}`;
}

/** A host is its key. One that has the key of another, as from a backup, is that host to us, but what was on the other one is not on it. */
function successor(connection: HostConnection): string {
  return (
    `nothing is left of the agent that was on ${nameOf(connection)}: somebody took it off, or this is another machine with the same host key; ` +
    "apps are started on it anew, and named volumes that it does not have begin empty"
  );
}

async function install(
  ports: AgentPorts,
  inputs: AgentInputs,
  call: Call & Pick<InstallCall, "wasThere" | "onBare">,
): Promise<AgentOutputs> {
  const { connection, volumeDevice, rootGiB, volumeGiB } = inputs;
  const host = { letUsIn: false };
  const onConnected = (): void => {
    host.letUsIn = true;
    ports.reach.reached(connection);
  };
  const disks = { volumeDevice, rootGiB, volumeGiB };
  try {
    return outputsOf(inputs, await ports.installer.install(connection, { ...call, ...disks, onConnected }));
  } catch (error) {
    // The error's code does not tell: a connection that is lost half-way is as unreachable as one that never was.
    if (!host.letUsIn) throw isStackhouseError(error) ? withCloud(error, connection) : error;
    throw new InitFailed(inputs.hostId, asProperties(inputs), error);
  }
}

function outputsOf(inputs: AgentInputs, info: AgentInfo): AgentOutputs {
  const { architecture, cpus, memoryBytes, os } = info.facts;
  const { version, bundleDigest, slot, runtime } = info;
  return { ...inputs, version, bundleDigest, slot, runtime, facts: { architecture, cpus, memoryBytes, os } };
}

function asRemembered(
  inputs: Partial<AgentInputs>,
  outputs: Partial<AgentOutputs>,
): { inputs: AgentInputs; outputs: Partial<AgentOutputs> } | undefined {
  const parsed = agentInputsSchema.safeParse(inputs);
  return parsed.success ? { inputs: parsed.data, outputs } : undefined;
}

/** An import names a host only by its key; just the keys of local VMs lead to an address. */
export function unknownHost(hostId: string): StackhouseError {
  return new StackhouseError("vm.not-found", `no local VM on this workstation has the host key ${hostId}`, {
    hint: "only what runs on a local VM can be imported; on other hosts up takes over what it finds there",
  });
}
