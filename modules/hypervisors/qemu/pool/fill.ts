import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { writeFileAtomic } from "../../../system/files.ts";
import { acquireLock } from "../../../system/lock.ts";
import { areAlike, type DriverCall, type VmKind } from "../../driver.ts";
import { memberDocument } from "../../identity.ts";
import { loadClone, unlinkMemory } from "../template/load.ts";
import { discardAtLast, endVm } from "../program/end.ts";
import { vmFolder } from "../folder.ts";
import { fromTemplate } from "../template/take.ts";
import { userNetwork } from "../guest/identity.ts";
import { linkTemplate } from "../template/link.ts";
import { moveMember, readKind, waitingMembers, wantedOf, writeKind } from "./folder.ts";
import { endOrTell, trimPools } from "./trim.ts";
import type { QemuPorts } from "../ports.ts";
import { createOverlay } from "../disks/qemu-img.ts";
import { rehearse } from "./rehearse.ts";
import { availableMiB, requireDisk } from "../program/resources.ts";
import { requireNoFailure } from "../template/failure.ts";
import { keyOf, type EnsuredTemplate, type TemplateRequest } from "../template/ensure.ts";

/** Another run may be filling one, and making its template first. Who waits is in the background, and nobody waits for it. */
const lockMs = 30 * 60_000;

/**
 * Makes clones that wait, until there are as many as are asked for. The workstation has to have the memory that one may use; without it
 * there are fewer, which is told.
 */
export async function fillPool(
  kind: VmKind,
  request: TemplateRequest,
  ports: QemuPorts,
  call: DriverCall,
): Promise<void> {
  const { home, clock } = ports;
  const filling = { ...call, clock, purpose: "filling a pool of VMs", deadlineMs: lockMs };
  await using _lock = await acquireLock(join(home.state.pool, ".filling.lock"), filling);
  await trimPools(ports, call);
  await endOutdated(kind, keyOf(request), ports, call);
  for (;;) {
    const [wanted, waiting] = [await wantedOf(kind, home), (await waitingMembers(home, keyOf(request))).length];
    if (waiting >= wanted) break;
    const available = await availableMiB();
    if (available !== undefined && available < kind.memoryMiB) {
      call.progress.warn(
        `${waiting} of ${wanted} clones wait for the next VM: each may use ${kind.memoryMiB} MiB of memory, ${available} MiB are available`,
      );
      break;
    }
    call.progress.status(`making a clone that waits for the next VM, ${waiting + 1} of ${wanted}`);
    await makeMember(kind, request, ports, call);
  }
  // The last VM that asked for them may have gone meanwhile.
  await trimPools(ports, call);
}

/** Those of another template, as of an older QEMU, are taken by nobody any more. */
async function endOutdated(kind: VmKind, key: string, ports: QemuPorts, call: DriverCall): Promise<void> {
  const current = (await waitingMembers(ports.home, key)).map(({ id }) => id);
  for (const member of await waitingMembers(ports.home)) {
    const own = await readKind(member);
    if (own !== undefined && areAlike(own, kind) && !current.includes(member.id)) await endOrTell(member, ports, call);
  }
}

/** Nothing is left of one that cannot be made. */
async function makeMember(kind: VmKind, request: TemplateRequest, ports: QemuPorts, call: DriverCall): Promise<void> {
  const { pool } = ports.home.state;
  const key = keyOf(request);
  await requireNoFailure(key, ports);
  const name = `${key}-${randomBytes(4).toString("hex")}`;
  const folder = vmFolder(pool, `new-${name}`);
  const making = { ...call, clock: ports.clock, purpose: "making a clone that waits", deadlineMs: 0 };
  await using _lock = await acquireLock(folder.lock, making);
  try {
    await folder.make();
    await requireDisk(folder.path);
    await writeKind(folder, kind);
    const document = memberDocument({ network: userNetwork, seed: randomBytes(256) });
    await writeFileAtomic(folder.identity, document, 0o600);
    const { accelerator, image } = request;
    const { kernelArguments } = image;
    const machine = { spec: { ...kind, id: `pool-${name}` }, kernelArguments, accelerator, dataDisks: [] };
    const take = async ({ template }: EnsuredTemplate): Promise<void> => {
      await linkTemplate(template, folder);
      await createOverlay({ folder, diskGiB: kind.diskGiB, on: "template.qcow2" }, ports, call);
      await loadClone(template.memory, { folder, machine }, ports, call);
    };
    const giveUp = () => endVm(folder, 0, ports, call);
    await fromTemplate(request, { folder, take, giveUp }, ports, call);
    await unlinkMemory(folder);
    await rehearse(folder, ports, call);
    await moveMember(folder, join(pool, name));
  } finally {
    await discardAtLast(folder, ports, call);
  }
}
