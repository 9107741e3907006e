import { resolve } from "node:path";
import type { Clock } from "../../../base/clock.ts";
import { isStackhouseError, messageOf, StackhouseError } from "../../../base/errors.ts";
import { silentProgress } from "../../../base/progress.ts";
import type { Driver, VmInspection, VmSpec } from "../../../hypervisors/driver.ts";
import { waitForGuest } from "../../../hypervisors/guest.ts";
import { mintKeyPair } from "../../../ssh/keys.ts";
import { asProperties } from "../../kit/define.ts";
import { InitFailed } from "../../kit/errors.ts";
import type { Call } from "../../kit/resource.ts";
import type { BaseImages, FillPoolLater, VmIdentities, VmIdentity, WaitForSsh } from "../../ports.ts";
import { vmOutputsSchema, type VmInputs, type VmOutputs } from "../schema.ts";
import { reshapingOf } from "./reshape.ts";
import { outputsOf, specOf } from "./state.ts";

export interface VmPorts {
  readonly driver: Driver;
  readonly images: BaseImages;
  readonly identities: VmIdentities;
  readonly waitForSsh: WaitForSsh;
  readonly fillPoolLater: FillPoolLater;
  readonly clock: Clock;
}

/** With what the VMs of a run have in common. */
export interface BringUpPorts extends VmPorts {
  readonly bake: BaseImages["bake"];
}

const stopGraceMs = 30_000;
const consoleLines = 6;
/** How long a failed call may take to see what it leaves behind. */
const lastLookMs = 20_000;

/** Keys for a new VM, written down before it is made. Those of a run that was killed are found again. */
export async function claimIdentity(ports: VmPorts, vmId: string, call: Call): Promise<VmIdentity> {
  const known = await ports.identities.read(vmId);
  if (known?.owner === call.urn) return known;
  if ((await ports.driver.inspect(vmId, call)).state !== "absent") {
    throw new StackhouseError("input.invalid", `a VM with the id ${vmId} exists already on this workstation`, {
      details: known === undefined ? [] : [`it belongs to ${known.owner}`],
      hint: "choose another vmId, or take it over with the resource option import",
    });
  }
  const identity = {
    owner: call.urn,
    hostPrivateKey: mintKeyPair(`${vmId} host key`).privateKey,
    privateKey: mintKeyPair(`stackhouse ${vmId}`).privateKey,
  };
  await ports.identities.write(vmId, identity);
  return identity;
}

/** From whatever is there to a running VM whose guest has answered. What was made before a failure is saved with it. */
export async function bringUp(
  ports: BringUpPorts,
  inputs: VmInputs,
  identity: VmIdentity,
  call: Call,
): Promise<VmOutputs> {
  const spec = specOf(inputs, identity);
  try {
    const keepsRunning = await make(ports, spec, inputs, call);
    call.progress.status("starting");
    const { answered } = await ports.driver.start(spec.id, call);
    const running = await ports.driver.inspect(spec.id, call);
    if (running.state !== "running") throw await endedAtOnce(ports, spec.id, running);
    const outputs = vmOutputsSchema.parse(outputsOf(inputs, identity, running));
    if (!answered) await waitForGuest(ports, spec.id, (login) => ports.waitForSsh(outputs.connection, login), call);
    // One that boots may fail to mount them, and says so only when it is asked.
    if (keepsRunning || (!answered && spec.dataDisks !== undefined)) await ports.driver.resize(spec.id, call);
    await ports.fillPoolLater(running.spec, call);
    return outputs;
  } catch (error) {
    throw await withWhatExists(ports, inputs, identity, error);
  }
}

/** Whether it ran before, and goes on. What is cleared out of the cache between the making of an image and its use is made once more. */
async function make(ports: BringUpPorts, spec: VmSpec, inputs: VmInputs, call: Call): Promise<boolean> {
  for (let attempt = 1; ; attempt++) {
    try {
      const { bakedImage, keepsRunning } = await prepare(ports, spec, inputs, call);
      call.progress.status("making the disk");
      await ports.driver.create({ ...spec, bakedImage }, call);
      return keepsRunning;
    } catch (error) {
      if (attempt === attempts || !isStackhouseError(error, "image.corrupt")) throw error;
      call.progress.warn(
        `${error.message}: it may have been cleared away a moment ago, and is looked for, or made, again`,
      );
    }
  }
}

const attempts = 2;

interface Prepared {
  /** The image that a new VM's disk stands on, where it is another than the base image. */
  readonly bakedImage?: string | undefined;
  /** It ran before, and goes on. */
  readonly keepsRunning: boolean;
}

/**
 * Makes the image that a new VM's disk stands on, and stops a VM where a change needs that. One that is there has links to all that it
 * was made from: the cache may be empty.
 */
async function prepare(ports: BringUpPorts, spec: VmSpec, inputs: VmInputs, call: Call): Promise<Prepared> {
  const before = await ports.driver.inspect(spec.id, call);
  if (before.state === "absent") {
    await ports.images.ensure(spec.baseImage, call);
    return { bakedImage: await bakedFor(ports, spec, inputs, call), keepsRunning: false };
  } else if (before.state !== "stopped" && reshapingOf(before, asProperties(inputs)).withRestart.length > 0) {
    call.progress.status("stopping, to change its size");
    await ports.driver.stop(spec.id, stopGraceMs, call);
    return { keepsRunning: false };
  }
  return { keepsRunning: before.state === "running" || before.state === "halted" };
}

/** Without archives it only makes the first agent quicker: a VM without it gets its agent once it runs. */
async function bakedFor(
  { bake }: BringUpPorts,
  { baseImage, diskGiB }: VmSpec,
  { start, preload }: VmInputs,
  call: Call,
): Promise<string | undefined> {
  // One that boots, and has nothing to preload, gets its agent sooner than an image with it is baked.
  if (start === "cold" && preload.length === 0) return undefined;
  try {
    return await bake(baseImage, { archives: preload.map((path) => resolve(path)), diskGiB }, call);
  } catch (error) {
    if (preload.length > 0 || call.signal.aborted) throw error;
    call.progress.warn(`it gets its agent once it runs, as there is no image with one: ${messageOf(error)}`);
    return undefined;
  }
}

/** It had started a moment ago. */
async function endedAtOnce(ports: VmPorts, id: string, found: VmInspection): Promise<StackhouseError> {
  if (found.state === "absent") return new StackhouseError("vm.not-found", `the VM ${id} is gone`);
  const reason = found.state === "stopped" ? found.lastExit?.reason : undefined;
  return new StackhouseError(
    "vm.exited",
    `the VM ${id} ended as soon as it had started${reason ? `: ${reason}` : ""}`,
    {
      details: await ports.driver.console(id, consoleLines),
      hint: "stackhouse up starts it again",
    },
  );
}

/** The error of a VM that exists nevertheless carries its state; without a VM it is a plain error. */
async function withWhatExists(
  ports: VmPorts,
  inputs: VmInputs,
  identity: VmIdentity,
  error: unknown,
): Promise<unknown> {
  // The call's own signal may have ended already.
  const call = { signal: AbortSignal.timeout(lastLookMs), progress: silentProgress };
  const found = await ports.driver.inspect(inputs.vmId, call).catch(() => undefined);
  // What cannot be looked at is not known to be gone: the keys stay for the next run.
  if (found === undefined) return error;
  if (found.state !== "absent") {
    return new InitFailed(inputs.vmId, asProperties(outputsOf(inputs, identity, found)), error);
  }
  await ports.identities.remove(inputs.vmId);
  return error;
}
