import { rm } from "node:fs/promises";
import { StackhouseError, messageOf } from "../../base/errors.ts";
import { currentBaseImageKey, findBaseImage } from "../../images/index.ts";
import { acquireLock } from "../../system/lock.ts";
import type { Driver, DriverCall, DriverProbe, VmKind, VmSpec } from "../driver.ts";
import { findAccelerator } from "./program/accelerator.ts";
import { openAgentPort } from "./guest/agent-port.ts";
import { createVm, imageUnder, requireImage } from "./life/create.ts";
import { endVm } from "./program/end.ts";
import { listVmFolders, vmFolder, type VmFolder } from "./folder.ts";
import { setForwards, whoHasPortOf } from "./network/forward.ts";
import { problemWithAddress } from "./network/host-ports.ts";
import { inspectVm } from "./life/inspect.ts";
import { mappedOrStreamed, mappingRefusal, type MemoryWay } from "./template/mapping.ts";
import { tailOf } from "./program/lines.ts";
import type { QemuPorts } from "./ports.ts";
import { fillPool } from "./pool/fill.ts";
import { vmsAskingFor } from "./pool/folder.ts";
import { listPools } from "./pool/list.ts";
import { trimPools } from "./pool/trim.ts";
import { flattenDisk } from "./disks/qemu-img.ts";
import { resizeVm } from "./life/resize.ts";
import { problemWithMemory, requireMemory } from "./program/resources.ts";
import { disksToRetain, retainDisks } from "./disks/retained.ts";
import { endWritingBack, stopVm } from "./life/shut-down.ts";
import { startVm } from "./life/start.ts";
import { forgetMemory, pauseVm } from "./life/pause.ts";
import { notedFailures } from "./template/failure.ts";
import { ensureTemplate, type TemplateRequest } from "./template/ensure.ts";
import { kernelArgumentsHere } from "./program/tsc.ts";
import { canSave, cannotSave, requireQemu } from "./program/version.ts";

export type { QemuPorts } from "./ports.ts";
export { kvmRefusal } from "./program/accelerator.ts";
export { idsWithKeptDisks, removeRetained, retainedDisks, type OutlivingDisk } from "./disks/retained.ts";
export { makingKind } from "./template/making.ts";
export { poolKinds } from "./pool/trim.ts";
export { removeKilledTemplates } from "./template/ensure.ts";
export { vmRuntimeTools } from "./program/version.ts";

/** Others may be stopping the VM, which takes its grace, or saving its memory. */
const lockDeadlineMs = 240_000;

/**
 * Local VMs by QEMU, run by whoever runs this: user-mode network, no root, no daemon of ours. A VM is a folder under
 * `state/vms` and, while it runs, a detached process that outlives us and is found again.
 */
export function createQemuDriver(ports: QemuPorts): Driver {
  const { home, runner, clock } = ports;
  const folderOf = (id: string): VmFolder => vmFolder(home.state.vms, id);
  const lock = (folder: VmFolder, doing: string, call: DriverCall): Promise<AsyncDisposable> =>
    acquireLock(folder.lock, {
      ...call,
      clock,
      purpose: `${doing} the VM ${folder.id}`,
      deadlineMs: lockDeadlineMs,
    });

  const beginningWith = async (version: string, call: DriverCall): Promise<string> => {
    if (!canSave(version)) {
      const { message, hint } = cannotSave(version);
      return `by booting, and are not paused: ${message}; ${hint}`;
    }
    const refusal = await mappingRefusal(ports, call);
    const clones = "as clones of a template, which the first of a kind makes";
    const way = refusal === undefined ? "" : `, reading its memory because QEMU cannot map it: ${refusal}`;
    const failures = (await notedFailures(ports)).map(
      (failure) => `; those of one kind boot, as its template ${failure}`,
    );
    return [clones, way, ...failures].join("");
  };

  return {
    name: "qemu",

    async probe(call): Promise<DriverProbe> {
      try {
        const version = await requireQemu(runner, call.signal);
        const image = await findBaseImage(home, await currentBaseImageKey());
        const found = await findAccelerator({ kernel: image?.kernel, qemuVersion: version }, ports, call);
        const hypervisorClass = found.accelerator === "kvm" ? "type-1" : "emulation";
        return {
          available: true,
          hypervisorClass,
          reason: found.reason,
          beginning: await beginningWith(version, call),
          version,
        };
      } catch (error) {
        call.signal.throwIfAborted();
        return { available: false, hypervisorClass: "emulation", reason: messageOf(error), beginning: "", version: "" };
      }
    },

    problemWithMemory,

    problemWithAddress,

    async create(spec, call) {
      await requireQemu(runner, call.signal);
      const folder = folderOf(spec.id);
      await using _lock = await lock(folder, "making", call);
      await createVm(folder, spec, ports, call);
    },

    async prepare(kind, call) {
      const request = await templateRequest(kind, () => requireImage(kind, ports), ports, call);
      if (request === undefined) return;
      await mappedOrStreamed((way) => ensureTemplate({ ...request, ...way }, ports, call), ports, call);
    },

    async fillPool(kind, call) {
      await trimPools(ports, call);
      const [asking] = await vmsAskingFor(kind, home);
      if (asking === undefined) return;
      const request = await templateRequest(kind, () => imageUnder(folderOf(asking.id), asking), ports, call);
      if (request === undefined) return;
      await mappedOrStreamed((way) => fillPool(kind, { ...request, ...way }, ports, call), ports, call);
    },

    listPools: () => listPools(ports),

    async start(id, call) {
      const folder = folderOf(id);
      await using _lock = await lock(folder, "starting", call);
      return await startVm(folder, await requireSpec(folder), ports, call);
    },

    async resize(id, call) {
      const folder = folderOf(id);
      await using _lock = await lock(folder, "resizing", call);
      await resizeVm(folder, await requireSpec(folder), ports, call);
    },

    async stop(id, graceMs, call) {
      const folder = folderOf(id);
      await using _lock = await lock(folder, "stopping", call);
      await stopVm(folder, graceMs, ports, call);
    },

    async kill(id, call) {
      const folder = folderOf(id);
      await using _lock = await lock(folder, "killing", call);
      await stopVm(folder, 0, ports, call);
    },

    async pause(id, call) {
      const folder = folderOf(id);
      await using _lock = await lock(folder, "pausing", call);
      await pauseVm(folder, await requireSpec(folder), ports, call);
    },

    async destroy(id, call) {
      const folder = folderOf(id);
      await using _lock = await lock(folder, "destroying", call);
      const outliving = await disksToRetain(folder, call);
      const names = outliving.map(({ name }) => name);
      if (names.length > 0) await endWritingBack(folder, names, ports, call);
      else await endVm(folder, 0, ports, call);
      // Where the rest is cut, it boots from its disk.
      await forgetMemory(folder);
      await retainDisks(outliving, folder, ports, call);
      // First: without it, what a kill leaves is a half-made VM, and no VM without a disk.
      await rm(folder.file("spec.json"), { force: true });
      await folder.remove();
      await trimPools(ports, call);
    },

    inspect: (id, call) => inspectVm(folderOf(id), ports, call),

    list: () => listVmFolders(home.state.vms),

    async forward(id, owner, forwards, call) {
      const folder = folderOf(id);
      await using _lock = await lock(folder, "forwarding ports of", call);
      await requireSpec(folder);
      return await setForwards(folder, { owner, forwards }, ports, call);
    },

    whoHasPort: (port, own) => whoHasPortOf(port, own, ports),

    async exportDisk(id, path, call) {
      const folder = folderOf(id);
      await using _lock = await lock(folder, "exporting the disk of", call);
      await requireSpec(folder);
      await requireStopped(folder, ports, call);
      await flattenDisk(folder, path, ports, call);
    },

    openAgentPort: (id, call) => openAgentPort(folderOf(id), ports, call),

    console: (id, lines) => tailOf(folderOf(id).serialLog, lines),
  };
}

/** What VMs of a kind begin from; undefined where they can only boot. */
async function templateRequest(
  kind: VmKind,
  findImage: () => Promise<TemplateRequest["image"]>,
  ports: QemuPorts,
  call: DriverCall,
): Promise<Omit<TemplateRequest, keyof MemoryWay> | undefined> {
  const qemuVersion = await requireQemu(ports.runner, call.signal);
  if (!canSave(qemuVersion)) return undefined;
  requireMemory(kind.memoryMiB);
  const image = await findImage();
  const { accelerator } = await findAccelerator({ kernel: image.kernel, qemuVersion }, ports, call);
  const machine = { accelerator, qemuVersion };
  const kernelArguments = await kernelArgumentsHere(image.kernelArguments, machine, ports, call);
  return { spec: kind, image: { ...image, kernelArguments }, ...machine };
}

async function requireStopped(folder: VmFolder, ports: QemuPorts, call: DriverCall): Promise<void> {
  const { state } = await inspectVm(folder, ports, call);
  if (state === "stopped") return;
  throw new StackhouseError("internal", `the disk of the VM ${folder.id} cannot be exported: it is ${state}`);
}

async function requireSpec(folder: VmFolder): Promise<VmSpec> {
  const spec = await folder.readSpec();
  if (spec !== undefined) return spec;
  throw new StackhouseError("vm.not-found", `there is no VM ${folder.id} on this workstation`);
}
