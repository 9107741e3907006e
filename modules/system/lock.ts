import { createHash, randomUUID } from "node:crypto";
import { link, mkdir, readFile, readlink, rm, stat, symlink, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import * as z from "zod";
import type { Clock } from "../base/clock.ts";
import { StackhouseError } from "../base/errors.ts";
import type { Progress } from "../base/progress.ts";
import { waitUntil, type Attempt } from "../base/wait.ts";
import { isErrno, readFileIfPresent } from "./files.ts";

const ownerSchema = z.object({
  id: z.string(),
  pid: z.number().int(),
  /** Start time of the process in clock ticks since boot: with the pid it names one process for ever. */
  startedTicks: z.string(),
  purpose: z.string(),
  since: z.string().optional(),
});
type Owner = z.infer<typeof ownerSchema>;

// A lock is a file that says who holds it. On a full disk it is a symbolic link that leads nowhere and says less: as short as this it lies in the
// inode of the link, and takes no room. Source: Linux, Documentation/filesystems/ext4/ifork.rst, "Symbolic Links"; mm/shmem.c.
const linkedOwner = /^([0-9a-f-]{36}) (\d+) (\d+|unknown)$/u;

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
  await waitUntil(() => attempt(path, owner, options.clock), {
    ...options,
    what: "a lock",
    intervalMs: 50,
    onDeadline: (holder) =>
      new StackhouseError("lock.held", `another run is at work: ${holder}`, {
        hint: "wait for it to end, or stop that process, then run this again",
      }),
  });
  return {
    async [Symbol.asyncDispose]() {
      if (ownerIn((await readLock(path)) ?? "")?.id === owner.id) await rm(path, { force: true });
    },
  };
}

/** Whether a living process holds a lock, as far as can be seen without taking it. */
export async function isLockHeld(path: string): Promise<boolean> {
  const holder = ownerIn((await readLock(path)) ?? "");
  return holder !== undefined && (await isAlive(holder));
}

async function attempt(path: string, owner: Owner, clock: Clock): Promise<Attempt<undefined>> {
  for (;;) {
    if (await tryTake(path, owner)) return { done: true, value: undefined };
    const found = await readLock(path);
    // Released between the two looks. What is there by now is another's, so this is not a lock to break.
    if (found === undefined) continue;
    const holder = ownerIn(found);
    if (holder !== undefined && (await isAlive(holder))) return { done: false, reason: describe(holder) };
    if (await breakLock(path, found, clock)) continue;
    return { done: false, reason: "another run takes over the lock of a process that died" };
  }
}

function describe(owner: Owner): string {
  const since = owner.since === undefined ? "" : `, since ${timeOfDay(owner.since)}`;
  return `${owner.purpose}, process ${owner.pid}${since}`;
}

/** As the clock on the wall shows it. */
function timeOfDay(iso: string): string {
  return new Date(iso).toLocaleTimeString("en-GB");
}

/** Links a complete file into place: the lock either exists with its owner or not at all. */
async function tryTake(path: string, owner: Owner): Promise<boolean> {
  const draft = `${path}.${owner.id}`;
  try {
    await writeFile(draft, JSON.stringify(owner));
    return await unlessThere(() => link(draft, path));
  } catch (error) {
    // What frees room takes locks, too.
    if (isErrno(error, "ENOSPC") || isErrno(error, "EDQUOT")) return await unlessThere(() => takeByLink(path, owner));
    throw error;
  } finally {
    await rm(draft, { force: true });
  }
}

async function takeByLink(path: string, { id, pid, startedTicks }: Owner): Promise<void> {
  await symlink(`${id} ${pid} ${startedTicks}`, path);
}

async function unlessThere(make: () => Promise<void>): Promise<boolean> {
  try {
    await make();
    return true;
  } catch (error) {
    if (isErrno(error, "EEXIST")) return false;
    throw error;
  }
}

/** What a lock says of who holds it; undefined where nobody does. */
async function readLock(path: string): Promise<string | undefined> {
  try {
    return await readlink(path);
  } catch (error) {
    if (isErrno(error, "ENOENT")) return undefined;
    // It is a file.
    if (!isErrno(error, "EINVAL")) throw error;
    return await readFileIfPresent(path);
  }
}

function ownerIn(text: string): Owner | undefined {
  const [, id, pid, startedTicks] = linkedOwner.exec(text) ?? [];
  if (id !== undefined && startedTicks !== undefined) {
    return { id, pid: Number(pid), startedTicks, purpose: "work on a disk that was full" };
  }
  try {
    return ownerSchema.parse(JSON.parse(text));
  } catch {
    return undefined; // A foreign or damaged file holds no living owner.
  }
}

/**
 * Removes the lock that was read, for its owner is dead; a breaker file makes sure that no two processes do so, one of them
 * removing a new lock. A breaker belongs to this one dead lock and is never removed while that is there: the breaker after one that
 * died is another file. False while another process does so.
 */
async function breakLock(path: string, dead: string, clock: Clock): Promise<boolean> {
  const digest = createHash("sha256").update(dead).digest("hex").slice(0, 12);
  const breaker = (turn: number): string => `${path}.break.${digest}.${turn}`;
  let turn = 0;
  while (!(await tryCreate(breaker(turn)))) {
    if ((await ageOf(breaker(turn), clock)) <= breakerStaleMs) return false;
    turn += 1;
  }
  if ((await readLock(path)) === dead) await rm(path, { force: true });
  for (let past = 0; past <= turn; past += 1) await rm(breaker(past), { force: true });
  return true;
}

async function tryCreate(path: string): Promise<boolean> {
  return await unlessThere(() => writeFile(path, "", { flag: "wx" }));
}

/** 0 where it is gone. */
async function ageOf(path: string, clock: Clock): Promise<number> {
  return stat(path).then(
    (found) => clock.now() - found.mtimeMs,
    () => 0,
  );
}

async function isAlive({ pid, startedTicks }: Owner): Promise<boolean> {
  return isRunning(pid, startedTicks === "unknown" ? undefined : startedTicks);
}

/**
 * Whether a process runs, and is the one that started then, where that is given. One that has ended and was not yet waited for
 * does not run. In doubt, where /proc is missing or hides the processes of others, it does.
 */
export async function isRunning(pid: number, startedTicks?: string): Promise<boolean> {
  const signal = signalTo(pid);
  if (signal === "no-process") return false;
  const started = await processStart(pid);
  if (started !== undefined) return startedTicks === undefined || started === startedTicks;
  return signal === "not-allowed" || (await processStart(process.pid)) === undefined;
}

function signalTo(pid: number): "possible" | "not-allowed" | "no-process" {
  try {
    process.kill(pid, 0);
    return "possible";
  } catch (error) {
    return isErrno(error, "ESRCH") ? "no-process" : "not-allowed";
  }
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
