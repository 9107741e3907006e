import { StackhouseError } from "../../../base/errors.ts";
import type { VmInspection, VmSpec } from "../../../hypervisors/driver.ts";
import { definedForwards } from "../../../hypervisors/forwards.ts";
import { fingerprintOf, publicKeyOf } from "../../../ssh/keys.ts";
import type { State } from "../../kit/define.ts";
import type { VmIdentity } from "../../ports.ts";
import type { VmInputs, VmOutputs } from "../schema.ts";

export type PresentVm = Exclude<VmInspection, { state: "absent" }>;

export function specOf(inputs: VmInputs, identity: VmIdentity): VmSpec {
  const { vmId, hostname, cpus, memoryMiB, diskGiB, baseImage } = inputs;
  const authorizedKeys = [publicKeyOf(identity.privateKey), ...inputs.authorizedKeys];
  const { hostPrivateKey } = identity;
  const { start, dataDisks, forwards, pool } = inputs;
  const kind = { cpus, memoryMiB, diskGiB, baseImage };
  return { id: vmId, hostname, ...kind, hostPrivateKey, authorizedKeys, start, dataDisks, forwards, pool };
}

export function inputsOf(spec: VmSpec, identity: VmIdentity): VmInputs {
  const { id, hostname, cpus, memoryMiB, diskGiB, baseImage } = spec;
  const own = publicKeyOf(identity.privateKey);
  const authorizedKeys = spec.authorizedKeys.filter((key) => key !== own);
  return {
    vmId: id,
    hostname,
    cpus,
    memoryMiB,
    diskGiB,
    baseImage,
    authorizedKeys,
    preload: [],
    start: spec.start ?? "auto",
    ...(spec.dataDisks === undefined ? {} : { dataDisks: [...spec.dataDisks] }),
    ...(spec.forwards === undefined ? {} : { forwards: [...spec.forwards] }),
    ...(spec.pool === undefined ? {} : { pool: spec.pool }),
  };
}

/**
 * The state of a VM as far as it got: one that never started has no port to dial yet, one that does not run keeps what was
 * known of it before.
 */
export function outputsOf(
  inputs: VmInputs,
  identity: VmIdentity,
  found: PresentVm,
  before: Partial<VmOutputs> = {},
): Partial<VmOutputs> {
  const hostKey = publicKeyOf(identity.hostPrivateKey);
  const ssh = found.forwards.find(({ owner }) => owner === "ssh");
  const place = ssh === undefined ? before.connection : { address: ssh.hostAddress, port: ssh.hostPort };
  const forwards = found.forwards.flatMap(({ owner, ...forward }) => (owner === definedForwards ? [forward] : []));
  const process = "pid" in found ? found : undefined;
  const hypervisorClass = process?.hypervisorClass ?? before.hypervisorClass;
  return {
    ...inputs,
    forwards: forwards.length === 0 ? undefined : forwards,
    state: found.state === "running" ? "running" : "stopped",
    hostId: fingerprintOf(hostKey),
    hostPrivateKey: identity.hostPrivateKey,
    ...(hypervisorClass === undefined ? {} : { hypervisorClass }),
    ...(process?.start === undefined ? {} : { startup: process.start }),
    ...(place === undefined
      ? {}
      : { connection: { ...place, user: "root", hostKey, privateKey: identity.privateKey, vmId: inputs.vmId } }),
  };
}

/** The keys as state holds them, where the workstation has lost its own record. */
export function identityIn(state: State<VmInputs, VmOutputs>, owner: string): VmIdentity {
  const { hostPrivateKey, connection } = state.outputs;
  if (hostPrivateKey !== undefined && connection !== undefined) {
    return { owner, hostPrivateKey, privateKey: connection.privateKey };
  }
  throw new StackhouseError("vm.not-found", `the keys of the VM ${state.id} are not on this workstation`, {
    hint: "a VM can be imported only on the workstation that made it",
  });
}
