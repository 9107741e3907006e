import { rm } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import * as z from "zod";
import type { Clock } from "../base/clock.ts";
import { StackhouseError } from "../base/errors.ts";
import type { Progress } from "../base/progress.ts";
import { waitUntil } from "../base/wait.ts";
import { namesIn, readFileIfPresent } from "../system/files.ts";
import { isRunning } from "../system/lock.ts";
import type { UnfinishedRun } from "./journal.ts";
import { parseJson } from "../system/json.ts";

/** Source: lockContent in pkg/backend/diy/lock.go, github.com/pulumi/pulumi. */
const lockSchema = z.looseObject({
  pid: z.number().int(),
  username: z.string(),
  hostname: z.string(),
  timestamp: z.string(),
});
type BackendLock = z.infer<typeof lockSchema> & { readonly path: string };

export interface LockPorts {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly progress: Progress;
  readonly deadlineMs: number;
  /** The engine of a run of ours that was killed: its number may belong to another process by now. */
  readonly deadEngine: UnfinishedRun["engine"];
}

/**
 * Waits until no living process holds the Pulumi stack in our own backend. A lock that was made on this machine by a process
 * that is gone is removed; any other one is waited for, and named at the deadline.
 */
export async function clearBackendLocks(folder: string, ports: LockPorts): Promise<void> {
  await waitUntil(
    async () => {
      const held: BackendLock[] = [];
      for (const lock of await readLocks(folder)) {
        if (await isDead(lock, ports.deadEngine)) {
          ports.progress.info(`removing the lock of pulumi process ${lock.pid}, which is gone`);
          await rm(lock.path, { force: true });
        } else held.push(lock);
      }
      const [first] = held;
      return first === undefined ? { done: true, value: undefined } : { done: false, reason: describe(first) };
    },
    {
      ...ports,
      what: "the Pulumi stack",
      onDeadline: (holder) =>
        new StackhouseError("lock.held", `the Pulumi stack is held by ${holder}`, {
          hint: "wait for it to end; `pulumi cancel` removes the lock if you know that it is gone",
        }),
    },
  );
}

async function readLocks(folder: string): Promise<readonly BackendLock[]> {
  const locks: BackendLock[] = [];
  for (const name of await namesIn(folder)) {
    const path = join(folder, name);
    const text = await readFileIfPresent(path);
    if (text === undefined || !name.endsWith(".json")) continue;
    const content = lockSchema.safeParse(parseJson(text));
    // A lock that says nothing is left to the engine, which will name it.
    if (content.success) locks.push({ ...content.data, path });
  }
  return locks;
}

/** Provably gone: made on this machine, and its process has ended. Without proof a lock stands. */
async function isDead(lock: BackendLock, deadEngine: LockPorts["deadEngine"]): Promise<boolean> {
  if (lock.hostname !== hostname()) return false;
  return !(await isRunning(lock.pid, lock.pid === deadEngine?.pid ? deadEngine.startedTicks : undefined));
}

function describe(lock: BackendLock): string {
  return `pulumi process ${lock.pid} of ${lock.username} on ${lock.hostname}, since ${lock.timestamp}`;
}
