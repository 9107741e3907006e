import { messageOf, StackhouseError } from "../../../base/errors.ts";
import type { BoundForward, DriverCall, Forward, ForwardOwner } from "../../driver.ts";
import { problemWithForwards } from "../../forwards.ts";
import { listVmFolders, vmFolder, type StoredForward, type VmFolder } from "../folder.ts";
import { choosePorts, sameGuestEnd, whoHasPort, type PortChoice, type WantedForward } from "./host-ports.ts";
import type { QemuPorts } from "../ports.ts";
import { findProcess } from "../program/process.ts";
import { openMonitor } from "../program/qmp.ts";
import { applyForwards, ForwardRefused } from "./usernet.ts";

/** How often another program may take a port between our choice and QEMU's bind. */
const attempts = 5;

export const sshForward: WantedForward = {
  owner: "ssh",
  guestPort: 22,
  protocol: "tcp",
  hostAddress: "127.0.0.1",
  hostPort: 0,
  fixed: false,
};

/** Forwards of one owner become exactly these, live where the VM runs. The caller holds the VM's lock. */
export async function setForwards(
  folder: VmFolder,
  wanted: { readonly owner: string; readonly forwards: readonly Forward[] },
  ports: QemuPorts,
  call: DriverCall,
): Promise<readonly BoundForward[]> {
  const { owner } = wanted;
  if (owner === sshForward.owner) throw new StackhouseError("input.invalid", "the forward of SSH is the VM's own");
  const problem = problemWithForwards(wanted.forwards);
  if (problem !== undefined) throw new StackhouseError("input.invalid", problem);
  const before = await folder.readForwards();
  const rest = before.filter((forward) => forward.owner !== owner);
  const mine = before.filter((forward) => forward.owner === owner);
  if (mine.length + wanted.forwards.length === 0) return [];
  // No port leads to what has no identity yet.
  const running = (await findProcess(folder)).state === "running" && !(await folder.isUnborn());
  const choice: PortChoice = {
    before: mine,
    held: running ? mine : [],
    others: [
      ...rest.map((forward) => ({ ...forward, vm: folder.id })),
      ...(await forwardsOfOthers(folder, ports, call)),
    ],
  };
  const asked = wanted.forwards.map((forward) => ({ ...forward, owner, fixed: forward.hostPort !== 0 }));
  for (let attempt = 1; ; attempt++) {
    const chosen = await choosePorts(asked, choice);
    try {
      if (running) {
        await using monitor = await openMonitor(folder.path, call.signal);
        await applyForwards(monitor, [...rest, ...chosen]);
      }
      await folder.writeForwards([...rest, ...chosen]);
      return chosen.map(asBound);
    } catch (error) {
      if (!(error instanceof ForwardRefused)) throw error;
      if (attempt < attempts) continue; // Choosing again finds another port, or says who has the fixed one.
      throw new StackhouseError(
        "vm.port-taken",
        `port ${error.forward.hostPort} cannot be forwarded: ${error.message}`,
      );
    }
  }
}

/** See `Driver.whoHasPort`. */
export async function whoHasPortOf(
  port: Omit<Forward, "guestPort">,
  own: readonly ForwardOwner[],
  ports: QemuPorts,
): Promise<string | undefined> {
  const { vms } = ports.home.state;
  const held: StoredForward[] = [];
  const others: (StoredForward & { readonly vm: string })[] = [];
  for (const vm of await listVmFolders(vms)) {
    const folder = vmFolder(vms, vm);
    const running = (await findProcess(folder)).state === "running";
    // Of one whose record is damaged only what is open is known: nobody else can bind it.
    for (const forward of await folder.readForwards().catch(() => [])) {
      const isOwn = own.some(({ vmId, owner }) => vmId === vm && owner === forward.owner);
      if (!isOwn) others.push({ ...forward, vm });
      else if (running) held.push(forward);
    }
  }
  return whoHasPort(port, { held, others });
}

/** Ports for all forwards of a VM that is about to start, recorded. */
export async function forwardsForStart(
  folder: VmFolder,
  ports: QemuPorts,
  call: DriverCall,
): Promise<readonly StoredForward[]> {
  const before = await folder.readForwards();
  const wanted = before.some(({ owner }) => owner === sshForward.owner) ? before : [sshForward, ...before];
  const others = await forwardsOfOthers(folder, ports, call);
  const chosen = await choosePorts(wanted, { before, held: [], others });
  for (const forward of chosen) {
    const { fixed, owner, hostPort } = forward;
    const old = before.find((one) => sameGuestEnd(one, forward));
    if (fixed || old === undefined || old.hostPort === hostPort) continue;
    call.progress.warn(`port ${old.hostPort} was taken meanwhile: ${owner} on ${folder.id} is at ${hostPort} now`);
  }
  await folder.writeForwards(chosen);
  return chosen;
}

export function asBound({ owner, guestPort, protocol, hostAddress, hostPort }: StoredForward): BoundForward {
  return { owner, guestPort, protocol, hostAddress, hostPort };
}

async function forwardsOfOthers(folder: VmFolder, ports: QemuPorts, call: DriverCall): Promise<PortChoice["others"]> {
  const { vms } = ports.home.state;
  const ids = (await listVmFolders(vms)).filter((id) => id !== folder.id);
  const all = await Promise.all(
    ids.map(async (vm) => {
      const forwards = await vmFolder(vms, vm)
        .readForwards()
        .catch((error: unknown) => {
          // It cannot keep this one from its ports: what it has open nobody else can bind.
          call.progress.warn(`a port of the VM ${vm} may be given away, where that is stopped: ${messageOf(error)}`);
          return [];
        });
      return forwards.map((forward) => ({ ...forward, vm }));
    }),
  );
  return all.flat();
}
