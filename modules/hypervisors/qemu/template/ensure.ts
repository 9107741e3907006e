import { randomBytes } from "node:crypto";
import { mkdir, rename } from "node:fs/promises";
import { showElapsed } from "../../../base/elapsed.ts";
import { isStackhouseError, messageOf, StackhouseError } from "../../../base/errors.ts";
import { findTemplate, storeTemplate, templateKind, verifyTemplate } from "../../../images/index.ts";
import type { BaseImage, FoundTemplate, VmTemplate } from "../../../images/index.ts";
import { sweep } from "../../../system/cache.ts";
import { writeFileAtomic } from "../../../system/files.ts";
import { acquireLock } from "../../../system/lock.ts";
import type { DriverCall, VmSpec } from "../../driver.ts";
import { templateDocument } from "../../identity.ts";
import { qemuArguments } from "../machine/argv.ts";
import type { Accelerator } from "../program/accelerator.ts";
import { discard, discardAtLast, endVm } from "../program/end.ts";
import { vmFolder, type VmFolder } from "../folder.ts";
import { userNetwork } from "../guest/identity.ts";
import { launch } from "../program/launch.ts";
import { linkOrCopy } from "../disks/link.ts";
import { requireTrueClock } from "../guest/clock.ts";
import { namesInMaking } from "./making.ts";
import { makingFolder } from "../program/trial.ts";
import { tailOf } from "../program/lines.ts";
import { saveState } from "../program/migration.ts";
import { openPorter } from "../guest/porter.ts";
import type { QemuPorts } from "../ports.ts";
import { createOverlay } from "../disks/qemu-img.ts";
import { openMonitor } from "../program/qmp.ts";
import { requireDisk } from "../program/resources.ts";
import { restoring } from "./restoring.ts";
import type { MemoryWay } from "./mapping.ts";
import { forgetFailure, noteFailure } from "./failure.ts";
import { templateKey, templateRecipe, type TemplateRecipe } from "./key.ts";

/** Another process may be making the same one. */
const lockDeadlineMs = 10 * 60_000;
/** From power on until the container engine is up. Measured: 20 s under emulation; the rest is for busy machines. */
const bootDeadlineMs = 240_000;
/** Enough to take over the lock of a process that died. */
const sweepLockMs = 300;
const serialLines = 12;

export interface TemplateRequest extends Pick<MemoryWay, "memory" | "refusal"> {
  readonly spec: Pick<VmSpec, "cpus" | "memoryMiB" | "diskGiB">;
  /** What the disk of the VM stands on. */
  readonly image: Pick<BaseImage, "key" | "kernel" | "initrd" | "disk" | "kernelArguments">;
  readonly accelerator: Accelerator;
  readonly qemuVersion: string;
  /** One that QEMU did not take: it is made anew, unless somebody has done so. */
  readonly refused?: RefusedTemplate | undefined;
}

export interface RefusedTemplate {
  readonly made: string;
  /** What QEMU said. */
  readonly reason: string;
}

export interface EnsuredTemplate {
  readonly template: VmTemplate;
  /** Why there was one that was made anew, as the end of a sentence; empty where there was none. */
  readonly anew: string;
}

export function keyOf(request: TemplateRequest): string {
  return templateKey(recipeOf(request));
}

function recipeOf(request: TemplateRequest): TemplateRecipe {
  const { key: image, kernelArguments } = request.image;
  return templateRecipe({ ...request, image, kernelArguments });
}

/**
 * The template of such VMs: found in the cache, or made by booting one without an identity until its container engine is up. What
 * a killed run left of making it is removed.
 */
export async function ensureTemplate(
  request: TemplateRequest,
  ports: QemuPorts,
  call: DriverCall,
): Promise<EnsuredTemplate> {
  const { home, clock } = ports;
  const key = keyOf(request);
  const isRefused = ({ made }: VmTemplate): boolean => made === request.refused?.made;
  const known = await findTemplate(home, key);
  if (known !== undefined && !isRefused(known)) return { template: known, anew: "" };
  await mkdir(home.cache.templates, { recursive: true, mode: 0o700 });
  await using _lock = await acquireLock(templateKind(home).lockOf(key), {
    ...call,
    clock,
    purpose: "making a VM template",
    deadlineMs: lockDeadlineMs,
  });
  call.progress.status("checking the template of such VMs");
  const found = await look(key, ports);
  if (found.state === "whole" && !isRefused(found.template)) return { template: found.template, anew: "" };
  const reason = reasonFor(found, request);
  // One that was refused has been told.
  if (found.state === "damaged") call.progress.warn(`the template ${key} is made anew, as ${found.reason}`);
  await removeKilledTemplates(ports, call);
  const folder = vmFolder(makingFolder(home), key);
  await discard(folder, ports, call);
  const status = (text: string): void => call.progress.status(`making a template of such VMs, once: ${text}`);
  const named = { ...call, progress: { ...call.progress, status } };
  try {
    await boot(folder, request, ports, named);
    await save(folder, request, ports, named);
    const recipe = recipeOf(request);
    const template = await storeTemplate(home, { key, recipe, memory: request.memory, work: folder.path });
    await forgetFailure(key, ports);
    return { template, anew: reason === undefined ? "" : `, which was made anew, as ${reason}` };
  } catch (error) {
    if (!call.signal.aborted) await noteFailure(key, { error, folder }, request, ports);
    throw error;
  } finally {
    await discardAtLast(folder, ports, call);
  }
}

async function look(key: string, { home }: QemuPorts): Promise<FoundTemplate> {
  const template = await findTemplate(home, key);
  return template === undefined ? await verifyTemplate(home, key) : { state: "whole", template };
}

/** Why a template is made anew; undefined where there is none yet. */
function reasonFor(found: FoundTemplate, { refused }: TemplateRequest): string | undefined {
  switch (found.state) {
    case "damaged":
      return found.reason;
    case "whole":
      return refused?.reason;
    case "absent":
      return undefined;
  }
}

/** Ends what killed runs have left of making templates, of whatever key, and of trials. */
export async function removeKilledTemplates(ports: QemuPorts, call: DriverCall): Promise<void> {
  const { templates } = ports.home.cache;
  await mkdir(templates, { recursive: true, mode: 0o700 });
  await sweep(templates, ports.clock.now());
  for (const key of await namesInMaking(ports.home)) {
    try {
      const held = { ...call, clock: ports.clock, purpose: "removing what a killed run left", deadlineMs: sweepLockMs };
      await using _lock = await acquireLock(templateKind(ports.home).lockOf(key), held);
      await discard(vmFolder(makingFolder(ports.home), key), ports, call);
    } catch (error) {
      if (!isStackhouseError(error, "lock.held")) throw error;
    }
  }
}

async function boot(folder: VmFolder, request: TemplateRequest, ports: QemuPorts, call: DriverCall): Promise<void> {
  const { image, spec, accelerator } = request;
  await folder.make();
  // Its memory is a file, or part of one.
  await requireDisk(folder.path, spec.memoryMiB);
  await linkOrCopy(image.kernel, folder.kernel);
  await linkOrCopy(image.initrd, folder.initrd);
  await linkOrCopy(image.disk, folder.base);
  await createOverlay({ folder, diskGiB: spec.diskGiB, on: "base.qcow2" }, ports, call);
  const machineId = randomBytes(16).toString("hex");
  const guest = { hostname: "template", machineId, network: userNetwork, seed: randomBytes(256) };
  await writeFileAtomic(folder.identity, templateDocument(guest), 0o600);
  const { kernelArguments } = image;
  const machine = { spec: { ...spec, id: folder.id }, kernelArguments, accelerator, dataDisks: [] } as const;
  call.progress.status("starting");
  const memory = restoring[request.memory].made;
  await launch(folder, qemuArguments({ ...machine, memory, forwards: [], mark: await folder.mark() }), ports, call);
  await untilComplete(folder, ports, call);
}

async function untilComplete(folder: VmFolder, ports: QemuPorts, call: DriverCall): Promise<void> {
  try {
    await using porter = await openPorter(folder.path, { answerMs: bootDeadlineMs, signal: call.signal });
    const shown = { ...ports, progress: call.progress };
    const kind = await showElapsed(
      () => "waiting for its container engine",
      shown,
      () => porter.hello(),
    );
    if (kind !== "template") throw new StackhouseError("internal", `the guest of a template calls itself ${kind}`);
    // Its clones would have that clock, too.
    await requireTrueClock(porter, ports, call.signal);
  } catch (error) {
    call.signal.throwIfAborted();
    throw new StackhouseError("vm.unreachable", `the VM that was to be a template cannot be one: ${messageOf(error)}`, {
      cause: error,
      details: await tailOf(folder.serialLog, serialLines),
    });
  }
}

async function save(folder: VmFolder, { memory }: TemplateRequest, ports: QemuPorts, call: DriverCall): Promise<void> {
  call.progress.status("saving the template");
  {
    await using monitor = await openMonitor(folder.path, call.signal);
    await saveState(
      monitor,
      { path: folder.file("state"), memory: restoring[memory].saved },
      { ...call, clock: ports.clock },
    );
  }
  // Stopped and flushed: nothing is lost with its process.
  await endVm(folder, 0, ports, call);
  await rename(folder.file("disk.qcow2"), folder.file("template.qcow2"));
}
