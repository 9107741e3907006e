import { randomUUID } from "node:crypto";
import { link, mkdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import * as z from "zod";
import type { Clock } from "../base/clock.ts";
import { StackhouseError } from "../base/errors.ts";
import type { Progress } from "../base/progress.ts";
import { waitUntil } from "../base/wait.ts";
import { isErrno, readFileIfPresent } from "./files.ts";

const ownerSchema = z.object({
  id: z.string(),
  pid: z.number().int(),
  /** Start time of the process in clock ticks since boot: with the pid it names one process for ever. */
  startedTicks: z.string(),
  purpose: z.string(),
  since: z.string(),
});
type Owner = z.infer<typeof ownerSchema>;

export interface LockOptions {
  /** What the holder does, as the next one is told: `building the base image`. */
  readonly purpose: string;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly progress: Progress;
  /** How long to wait for another holder, milliseconds. 0 refuses at once. */
  readonly deadlineMs: number;
}

/** Breaking a dead holder's lock takes microseconds; a breaker older than this died in the middle. */
const breakerStaleMs = 10_000;

/**
 * Takes an exclusive lock between processes of one machine. The lock of a process that died (kill -9 too) is taken over at
 * once. Fails with `lock.held`, naming the holder, when the deadline passes.
 *
 * @example await using _lock = await acquireLock(join(home.state.root, "up.lock"), { purpose: "up", ... });
 */
export async function acquireLock(path: string, options: LockOptions): Promise<AsyncDisposable> {
  await mkdir(dirname(path), { recursive: true });
  const owner: Owner = {
    id: randomUUID(),
    pid: process.pid,
    startedTicks: (await processStart(process.pid)) ?? "unknown",
    purpose: options.purpose,
    since: new Date(options.clock.now()).toISOString(),
  };
  await waitUntil(
    async () => {
      if (await tryTake(path, owner)) return { done: true, value: undefined };
      const holder = await readOwner(path);
      if (holder === undefined || !(await isAlive(holder))) {
        await breakLock(path, holder, options.clock);
        return { done: false, reason: "taking over the lock of a process that died" };
      }
      return { done: false, reason: describe(holder) };
    },
    {
      ...options,
      what: "a lock",
      intervalMs: 50,
      onDeadline: (holder) =>
        new StackhouseError("lock.held", `another run is at work: ${holder}`, {
          hint: "wait for it to end, or stop that process, then run this again",
        }),
    },
  );
  return {
    async [Symbol.asyncDispose]() {
      if ((await readOwner(path))?.id === owner.id) await rm(path, { force: true });
    },
  };
}

function describe(owner: Owner): string {
  return `${owner.purpose}, process ${owner.pid}, since ${owner.since}`;
}

/** Links a complete file into place: the lock either exists with its owner or not at all. */
async function tryTake(path: string, owner: Owner): Promise<boolean> {
  const draft = `${path}.${owner.id}`;
  await writeFile(draft, JSON.stringify(owner));
  try {
    await link(draft, path);
    return true;
  } catch (error) {
    if (isErrno(error, "EEXIST")) return false;
    throw error;
  } finally {
    await rm(draft, { force: true });
  }
}

async function readOwner(path: string): Promise<Owner | undefined> {
  const text = await readFileIfPresent(path);
  if (text === undefined) return undefined;
  try {
    return ownerSchema.parse(JSON.parse(text));
  } catch {
    return undefined; // A foreign or damaged file holds no living owner.
  }
}

/** Removes a dead owner's lock; a breaker file makes sure that no two processes do so, one of them removing a new lock. */
async function breakLock(path: string, dead: Owner | undefined, clock: Clock): Promise<void> {
  const breaker = `${path}.break`;
  try {
    await writeFile(breaker, "", { flag: "wx" });
  } catch (error) {
    if (!isErrno(error, "EEXIST")) throw error;
    const age = await stat(breaker).then(
      (found) => clock.now() - found.mtimeMs,
      () => 0,
    );
    if (age > breakerStaleMs) await rm(breaker, { force: true });
    return;
  }
  try {
    if ((await readOwner(path))?.id === dead?.id) await rm(path, { force: true });
  } finally {
    await rm(breaker, { force: true });
  }
}

async function isAlive(owner: Owner): Promise<boolean> {
  try {
    process.kill(owner.pid, 0);
  } catch (error) {
    if (isErrno(error, "ESRCH")) return false;
  }
  const started = await processStart(owner.pid);
  if (started === undefined) return process.platform !== "linux";
  return owner.startedTicks === "unknown" || started === owner.startedTicks;
}

/**
 * Start time of a process in clock ticks since boot, from /proc; undefined where there is no such process or no /proc. One that
 * has ended and was not yet waited for (state Z) is no process any more.
 * Source: proc_pid_stat(5), fields 3 and 22. The command name may hold spaces and brackets, so fields count from the last bracket.
 */
export async function processStart(pid: number): Promise<string | undefined> {
  try {
    const text = await readFile(`/proc/${pid}/stat`, "utf8");
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    return fields[0] === "Z" ? undefined : fields[19];
  } catch {
    return undefined;
  }
}
