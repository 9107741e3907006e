import { join } from "node:path";
import { isStackhouseError, messageOf } from "../../../base/errors.ts";
import { namesIn } from "../../../system/files.ts";
import { acquireLock } from "../../../system/lock.ts";
import type { CacheKind } from "../../../system/cache.ts";
import { areAlike, vmName, type DriverCall, type VmKind } from "../../driver.ts";
import { vmFolder, type VmFolder } from "../folder.ts";
import { discard } from "../program/end.ts";
import { isReady, moveMember, readKind, unreadyMembers, waitingMembers, wantedOf } from "./folder.ts";
import type { QemuPorts } from "../ports.ts";
import { findProcess } from "../program/process.ts";

/** Enough to take over the lock of a process that died. */
const lockMs = 300;

/**
 * Ends clones that wait and that no VM asks for, and those whose process has ended; of each kind as many stay as are asked for. What a
 * run that was killed has left of making or ending one goes, too. What cannot be ended is told, and stays for the next time.
 */
export async function trimPools(ports: QemuPorts, call: DriverCall): Promise<void> {
  const { home } = ports;
  if ((await namesIn(home.state.pool)).length === 0) return;
  const kept: VmKind[] = [];
  for (const member of await waitingMembers(home)) {
    const kind = await readKind(member);
    const lives = (await findProcess(member)).state === "running";
    const alike = kept.filter((other) => kind !== undefined && areAlike(other, kind)).length;
    if (kind !== undefined && lives && alike < (await wantedOf(kind, home))) kept.push(kind);
    else await endOrTell(member, ports, call);
  }
  for (const left of await unreadyMembers(home)) {
    await orTell(left, call, () => unlessHeld(left, ports, call, () => discard(left, ports, call)));
  }
}

/** Ends a clone that waits, if that can be: whoever has no use for it has other work. */
export async function endOrTell(member: VmFolder, ports: QemuPorts, call: DriverCall): Promise<void> {
  await orTell(member, call, () => endMember(member, ports, call));
}

async function orTell({ id }: VmFolder, call: DriverCall, end: () => Promise<void>): Promise<void> {
  try {
    await end();
  } catch (error) {
    call.signal.throwIfAborted();
    call.progress.warn(
      `the clone ${id}, which waits for no VM any more, was not ended, and the next fill of the pool tries again: ${messageOf(error)}`,
    );
  }
}

/** Ends a clone that waits. One that somebody has taken meanwhile is theirs. */
async function endMember(member: VmFolder, ports: QemuPorts, call: DriverCall): Promise<void> {
  const { pool } = ports.home.state;
  const ending = vmFolder(pool, `end-${member.id}`);
  await unlessHeld(ending, ports, call, async () => {
    if (await moveMember(member, join(pool, ending.id))) await discard(ending, ports, call);
  });
}

/** Clones that wait as entries of the cache: they are made anew where a VM asks for them; and what killed runs have left of making them. */
export function poolKinds(ports: QemuPorts): readonly CacheKind[] {
  const { pool } = ports.home.state;
  return [
    {
      what: "clone that waits",
      folder: pool,
      isEntry: isReady,
      end: (name, call) => endMember(vmFolder(pool, name), ports, call),
    },
    {
      what: "unfinished clone that waits",
      folder: pool,
      isEntry: (name) => vmName.test(name) && !isReady(name),
      lockOf: (name) => vmFolder(pool, name).lock,
      ofRuns: true,
      end: (name, call) => discard(vmFolder(pool, name), ports, call),
    },
  ];
}

async function unlessHeld(
  folder: VmFolder,
  { clock }: QemuPorts,
  call: DriverCall,
  work: () => Promise<void>,
): Promise<void> {
  try {
    const held = { ...call, clock, purpose: "ending a clone of the pool", deadlineMs: lockMs };
    await using _lock = await acquireLock(folder.lock, held);
    await work();
  } catch (error) {
    if (!isStackhouseError(error, "lock.held")) throw error;
  }
}
