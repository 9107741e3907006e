import { rm } from "node:fs/promises";
import { isStackhouseError, messageOf, StackhouseError } from "../../../base/errors.ts";
import type { DriverCall, VmRunning, VmSpec, VmStart } from "../../driver.ts";
import { asRunning, boot, withForwards, type Starting } from "./boot.ts";
import { identifyClone } from "./identify.ts";
import { loadClone, unlinkMemory } from "../template/load.ts";
import { imageUnder } from "./create.ts";
import { endVm } from "../program/end.ts";
import type { ProcessRecord, VmFolder } from "../folder.ts";
import { fromTemplate } from "../template/take.ts";
import { linkTemplate } from "../template/link.ts";
import { mappedOrStreamed, type MemoryWay } from "../template/mapping.ts";
import { MemberEnded, takeMember } from "../pool/take.ts";
import type { QemuPorts } from "../ports.ts";
import { createOverlay } from "../disks/qemu-img.ts";
import { openMonitor } from "../program/qmp.ts";
import { timeStages, type Stages } from "./stages.ts";
import { requireNoFailure } from "../template/failure.ts";
import { keyOf, type EnsuredTemplate } from "../template/ensure.ts";
import { applyForwards } from "../network/usernet.ts";
import { canSave, cannotSave } from "../program/version.ts";

/** A VM that starts for the first time. */
export interface Beginning extends Starting {
  readonly qemuVersion: string;
}

/** As a clone where that can be, quickly or less so, else by booting, with the reason. */
export async function beginAsClone(begin: Beginning, ports: QemuPorts, call: DriverCall): Promise<VmRunning> {
  const { spec } = begin;
  try {
    return await clone(begin, ports, call);
  } catch (error) {
    if (call.signal.aborted) await endNobody(begin, ports, call);
    call.signal.throwIfAborted();
    await discardAfter(error, begin, ports, call);
    // Booting would not find it free either.
    if (spec.start === "warm" || isStackhouseError(error, "vm.port-taken")) throw error;
    call.progress.warn(`${spec.id} boots, because it cannot be cloned: ${messageOf(error)}`);
    return await boot(begin, messageOf(error), ports, call);
  }
}

/** A beginning on one rung of the ladder. */
interface Cloning extends Beginning, MemoryWay {}

async function clone(begin: Beginning, ports: QemuPorts, call: DriverCall): Promise<VmRunning> {
  const { qemuVersion } = begin;
  if (!canSave(qemuVersion)) throw cannotSave(qemuVersion);
  const attempt = async (way: MemoryWay): Promise<VmRunning> => {
    // Nothing is left of the attempt before.
    if (way.memory === "streamed") await discardClone(begin, ports, call);
    return await cloneFromTemplate({ ...begin, ...way }, ports, call);
  };
  return await mappedOrStreamed(attempt, ports, call);
}

async function cloneFromTemplate(begin: Cloning, ports: QemuPorts, call: DriverCall): Promise<VmRunning> {
  const { folder, spec, machine, qemuVersion, memory, refusal } = begin;
  const { accelerator, kernelArguments } = machine;
  const image = { ...(await imageUnder(folder, spec)), kernelArguments };
  const request = { spec, image, accelerator, qemuVersion, memory, refusal };
  const key = keyOf(request);
  const pool = await beginFromPool(begin, key, ports, call);
  if (pool.running !== undefined) return pool.running;
  const cloning = { ...begin, because: `${begin.because}${pool.because}` };
  // What must be a clone has nothing better to do than to try.
  if (spec.start !== "warm") await requireNoFailure(key, ports);
  const taking = {
    folder,
    take: (ensured: EnsuredTemplate) => cloneOf(ensured, cloning, ports, call),
    giveUp: (failure: unknown) => discardAfter(failure, begin, ports, call),
  };
  // What fails from then on, as of ports, says nothing of the template.
  return await goOnAsVm(await fromTemplate(request, taking, ports, call), ports, call);
}

interface FromPool {
  readonly running?: VmRunning;
  /** Why not, as the end of a sentence, where clones waited that were of no use. */
  readonly because: string;
}

/** As a clone that waits, where there is one. Those that are of no use are thrown away. */
async function beginFromPool(begin: Cloning, key: string, ports: QemuPorts, call: DriverCall): Promise<FromPool> {
  const { folder, spec } = begin;
  let because = "";
  for (;;) {
    const stages = timeStages(ports.clock);
    try {
      const record = await takeMember(folder, key, ports);
      if (record === undefined) return { because };
      stages.over("process");
      const how = { rung: "pool", reason: `clone of ${key} that waited${begin.because}` } as const;
      const clone = await identify({ folder, spec, record, how, stages }, ports, call);
      return { running: await goOnAsVm(clone, ports, call), because };
    } catch (error) {
      if (call.signal.aborted || isStackhouseError(error, "vm.port-taken")) throw error;
      because = `, because one that waited was of no use: ${messageOf(error)}`;
      call.progress.warn(`${spec.id}: a clone that waited is thrown away: ${messageOf(error)}`);
      await discardAfter(error, begin, ports, call);
      // All that wait are alike: what one cannot do, none could. Whether that is the template's fault, a fresh clone tells.
      if (!(error instanceof MemberEnded)) return { because };
    }
  }
}

async function cloneOf(
  { template, anew }: EnsuredTemplate,
  { folder, spec, machine, because }: Cloning,
  ports: QemuPorts,
  call: DriverCall,
): Promise<Identified> {
  await linkTemplate(template, folder);
  await createOverlay({ folder, diskGiB: spec.diskGiB, on: "template.qcow2" }, ports, call);
  const stages = timeStages(ports.clock);
  const loading = { folder, machine, onLaunched: () => stages.over("process") };
  const record = await loadClone(template.memory, loading, ports, call);
  const rung = template.memory === "mapped" ? "template" : "stream";
  const how = { rung, reason: `clone of ${template.key}${anew}${because}` } as const;
  return await identify({ folder, spec, record, how, stages }, ports, call);
}

/** A process that is to go on as a VM. */
interface Loaded {
  readonly folder: VmFolder;
  readonly spec: VmSpec;
  readonly record: ProcessRecord;
  readonly how: Pick<VmStart, "rung" | "reason">;
  readonly stages: Stages;
}

/** One whose guest knows who it is. */
interface Identified {
  readonly folder: VmFolder;
  readonly record: ProcessRecord;
}

async function identify(
  { folder, spec, record, how, stages }: Loaded,
  ports: QemuPorts,
  call: DriverCall,
): Promise<Identified> {
  await identifyClone({ folder, spec, stages }, ports, call);
  return { folder, record: { ...record, start: { ...how, ...stages.took() } } };
}

async function goOnAsVm({ folder, record }: Identified, ports: QemuPorts, call: DriverCall): Promise<VmRunning> {
  await folder.writeProcess(record);
  await unlinkMemory(folder);
  return await withForwards(folder, ports, call, async (forwards) => {
    await using monitor = await openMonitor(folder.path, call.signal);
    await applyForwards(monitor, forwards);
    return { ...asRunning(record, forwards), answered: true };
  });
}

const endMs = 15_000;

/** A clone that was given up has no identity, and may not run on. */
async function endNobody({ folder }: Beginning, ports: QemuPorts, call: DriverCall): Promise<void> {
  await endVm(folder, 0, ports, { ...call, signal: AbortSignal.timeout(endMs) });
}

/** Of a clone that failed. Where that fails too, the first failure is told with it. */
async function discardAfter(failure: unknown, begin: Beginning, ports: QemuPorts, call: DriverCall): Promise<void> {
  try {
    await discardClone(begin, ports, call);
  } catch (error) {
    call.signal.throwIfAborted();
    throw new StackhouseError(
      isStackhouseError(error) ? error.code : "internal",
      `${begin.spec.id} cannot be cloned: ${messageOf(failure)}; nor can what is left of the attempt be thrown away: ${messageOf(error)}`,
      { cause: new AggregateError([failure, error]) },
    );
  }
}

/** What a clone that failed has written is thrown away: its VM begins anew. */
async function discardClone({ folder, spec }: Beginning, ports: QemuPorts, call: DriverCall): Promise<void> {
  await endVm(folder, 0, ports, call);
  await rm(folder.file("disk.qcow2"), { force: true });
  await createOverlay({ folder, diskGiB: spec.diskGiB, on: "base.qcow2" }, ports, call);
  await rm(folder.file("template.qcow2"), { force: true });
  await unlinkMemory(folder);
}
