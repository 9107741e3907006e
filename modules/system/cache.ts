import { lstat, mkdtemp, rename, rm, utimes } from "node:fs/promises";
import type { Stats } from "node:fs";
import { basename, dirname, join } from "node:path";
import { isStackhouseError, StackhouseError } from "../base/errors.ts";
import { isErrno, namesIn } from "./files.ts";
import { acquireLock, isLockHeld, type LockOptions } from "./lock.ts";
import { programsBelow } from "./running.ts";

/** Entries of the cache that are alike, as the room that makes them describes them. */
export interface CacheKind {
  /** As a person is told: `VM template`. */
  readonly what: string;
  readonly folder: string;
  /** Whether a name in the folder is that of a whole entry: locks and work that goes on lie beside them. */
  readonly isEntry: (name: string) => boolean;
  /** Of which entry a name in the folder is the unfinished work, where it is that. It is removed under the lock of that entry. */
  readonly draftOf?: (name: string) => string | undefined;
  /** The file of an entry that VMs stand on, by links of their own; other files are linked by what is merely alike. */
  readonly disk?: string;
  /** The lock that whoever makes the entry holds; undefined where entries are made of themselves. */
  readonly lockOf?: (name: string) => string;
  /** Whether an entry holds programs that runs start, and is not to go while one is at work. */
  readonly holdsPrograms?: true;
  /** How an entry is taken away that is a VM, with its process. The caller holds the lock. */
  readonly end?: (name: string, call: CacheCall) => Promise<void>;
  /**
   * Whether entries are of use to the run alone that holds their lock: one whose lock no run holds was left by a run that was killed, and
   * goes however new it is.
   */
  readonly ofRuns?: true;
}

export type CacheCall = Pick<LockOptions, "clock" | "signal" | "progress">;

/** A whole entry: a file, or a folder with all below it. */
export interface CacheEntry {
  readonly kind: CacheKind;
  readonly name: string;
  readonly path: string;
  /** Milliseconds since 1970. */
  readonly usedAt: number;
  readonly files: readonly CachedFile[];
}

/** The same file may be linked from several entries, and from what was made of them. */
export interface CachedFile {
  /** Its name in the entry; empty where it is the entry. */
  readonly name: string;
  /** The same for all links to it. */
  readonly id: string;
  /** What it takes on the disk. */
  readonly bytes: number;
  /** Names that it has anywhere. */
  readonly links: number;
}

/** Source: stat(2), st_blocks. */
const blockBytes = 512;

/** What is in the cache of these kinds. What others take away meanwhile is not. */
export async function listCache(kinds: readonly CacheKind[]): Promise<readonly CacheEntry[]> {
  const lists = await Promise.all(
    kinds.map(async (kind) => {
      const names = (await namesIn(kind.folder)).filter((name) => kind.isEntry(name)).sort();
      const entries = await Promise.all(names.map((name) => look(kind, name)));
      return entries.filter((entry) => entry !== undefined);
    }),
  );
  return lists.flat();
}

async function look(kind: CacheKind, name: string): Promise<CacheEntry | undefined> {
  const path = join(kind.folder, name);
  const own = await statIfPresent(path);
  if (own === undefined) return undefined;
  return { kind, name, path, usedAt: own.mtimeMs, files: await filesOf(path, "", own) };
}

async function filesOf(root: string, name: string, found: Stats): Promise<readonly CachedFile[]> {
  if (!found.isDirectory()) {
    return [{ name, id: `${found.dev}:${found.ino}`, bytes: found.blocks * blockBytes, links: found.nlink }];
  }
  const below = await Promise.all(
    (await namesIn(join(root, name))).map(async (inner) => {
      const relative = join(name, inner);
      const status = await statIfPresent(join(root, relative));
      return status === undefined ? [] : await filesOf(root, relative, status);
    }),
  );
  return below.flat();
}

/** Bytes that are free when these entries are gone, and nothing else: files that have other names stay. */
export function freedBy(entries: readonly CacheEntry[]): number {
  const counted = countLinks(entries);
  return [...counted.values()].reduce((sum, { file, links }) => sum + (links >= file.links ? file.bytes : 0), 0);
}

/** Whether something outside of the cache, a VM, has a link to the disk of an entry. `all` is the whole cache. */
export function isLinkedOutside(entry: CacheEntry, all: readonly CacheEntry[]): boolean {
  const counted = countLinks(all);
  return entry.files.some(({ name, id, links }) => name === entry.kind.disk && links > (counted.get(id)?.links ?? 0));
}

function countLinks(
  entries: readonly CacheEntry[],
): ReadonlyMap<string, { readonly file: CachedFile; readonly links: number }> {
  const counted = new Map<string, { file: CachedFile; links: number }>();
  for (const file of entries.flatMap(({ files }) => files)) {
    counted.set(file.id, { file, links: (counted.get(file.id)?.links ?? 0) + 1 });
  }
  return counted;
}

/** Notes that an entry is in use: what was not for long goes first. */
export async function markUsed(path: string): Promise<void> {
  const now = new Date();
  await utimes(path, now, now);
}

/** A run that was just given an entry starts its programs soon, milliseconds; between two of them, a user may be asked. */
const betweenProgramsMs = 5 * 60_000;

/** Whether a run is at work with an entry, as far as can be seen. */
export async function isBusy(entry: CacheEntry, now: number): Promise<boolean> {
  const { ofRuns, lockOf } = entry.kind;
  if (ofRuns !== undefined && lockOf !== undefined) return await isLockHeld(lockOf(entry.name));
  return await runsPrograms(entry, now);
}

async function runsPrograms({ kind, path }: CacheEntry, now: number): Promise<boolean> {
  if (kind.holdsPrograms === undefined) return false;
  const usedAt = (await statIfPresent(path))?.mtimeMs ?? 0;
  if (now - usedAt < betweenProgramsMs) return true;
  return (await programsBelow(path)).length > 0;
}

/**
 * Removes an entry that nobody makes or works with at the moment.
 *
 * @throws `lock.held`
 */
export async function removeEntry(entry: CacheEntry, call: CacheCall): Promise<void> {
  const { lockOf, end } = entry.kind;
  const lock = lockOf?.(entry.name);
  await using _lock =
    lock === undefined ? undefined : await acquireLock(lock, { ...call, purpose: "cleaning the cache", deadlineMs: 0 });
  if (await runsPrograms(entry, call.clock.now())) throw new StackhouseError("lock.held", "a run is at work with it");
  if (end === undefined) await discard(entry.path);
  else await end(entry.name, call);
}

/** Takes a file or folder away at once, as others see it, and then its content. */
export async function discard(path: string): Promise<void> {
  let gone: string;
  try {
    gone = await mkdtemp(join(dirname(path), gonePrefix));
  } catch (error) {
    if (isErrno(error, "ENOENT")) return;
    throw error;
  }
  try {
    await rename(path, join(gone, basename(path)));
  } catch (error) {
    if (!isErrno(error, "ENOENT")) throw error;
  }
  await rm(gone, { recursive: true, force: true });
}

const gonePrefix = ".gone-";
/** Taking one away takes seconds; what is older was left by a run that was killed. */
const goneMs = 10 * 60_000;

/** Takes away what killed runs had begun to take away. */
export async function sweep(folder: string, now: number): Promise<void> {
  for (const name of (await namesIn(folder)).filter((entry) => entry.startsWith(gonePrefix))) {
    const age = now - ((await statIfPresent(join(folder, name)))?.mtimeMs ?? now);
    if (age > goneMs) await rm(join(folder, name), { recursive: true, force: true });
  }
}

/** Takes away the unfinished work of killed runs, for whatever entry it was. What somebody is at work with stays. */
export async function sweepDrafts({ folder, draftOf, lockOf }: CacheKind, call: CacheCall): Promise<void> {
  if (draftOf === undefined || lockOf === undefined) return;
  for (const name of await namesIn(folder)) {
    const entry = draftOf(name);
    if (entry === undefined) continue;
    try {
      const purpose = "removing what a killed run left";
      await using _lock = await acquireLock(lockOf(entry), { ...call, purpose, deadlineMs: 0 });
      await discard(join(folder, name));
    } catch (error) {
      if (!isStackhouseError(error, "lock.held")) throw error;
    }
  }
}

async function statIfPresent(path: string): Promise<Stats | undefined> {
  try {
    // A link that leads nowhere is an entry, too.
    return await lstat(path);
  } catch (error) {
    if (isErrno(error, "ENOENT")) return undefined;
    throw error;
  }
}
