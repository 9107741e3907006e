import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { isErrno, namesIn } from "../system/files.ts";

/** A Pulumi stack in our own file backend, where the organization is always `organization`. */
export interface OwnStack {
  readonly backend: string;
  readonly project: string;
  readonly stack: string;
}

/** A Pulumi stack by its name as people give it: `dev`, `organization/dev` or `organization/shop/dev`. */
export function ownStack(backend: string, project: string, name: string): OwnStack {
  const [stack = name, named] = name.split("/").reverse();
  const isQualified = name.split("/").length === 3 && named !== undefined;
  return { backend, project: isQualified ? named : project, stack };
}

/** All Pulumi stacks that are stored there, damaged ones too. */
export async function storedStacks(backend: string): Promise<readonly OwnStack[]> {
  const projects = join(backend, ".pulumi", "stacks");
  const found = await Promise.all(
    [...(await namesIn(projects))].sort().map(async (project) => {
      const files = await namesIn(join(projects, project));
      const names = files.flatMap((file) => /^(.+)\.json(?:\.gz)?$/su.exec(file)?.[1] ?? []);
      return [...new Set(names.sort())].map((stack) => ({ backend, project, stack }));
    }),
  );
  return found.flat();
}

/** Its state. Source: pkg/backend/diy/store.go, github.com/pulumi/pulumi. */
function stateFile({ backend, project, stack }: OwnStack): string {
  return join(backend, ".pulumi", "stacks", project, `${stack}.json`);
}

/** Folder of its locks. Source: pkg/backend/diy/lock.go, github.com/pulumi/pulumi. */
export function locksFolder({ backend, project, stack }: OwnStack): string {
  return join(backend, ".pulumi", "locks", "organization", project, stack);
}

/** Whether the Pulumi stack is there, without the engine. */
export async function isStored(own: OwnStack): Promise<boolean> {
  return (await newestState(own)) !== undefined;
}

/** What the Pulumi stack's state says, as text, without the engine; undefined where it is not there. Secrets are ciphertext. */
export async function storedState(own: OwnStack): Promise<string | undefined> {
  const path = await newestState(own);
  if (path === undefined) return undefined;
  const content = await readFile(path);
  return (path.endsWith(".gz") ? await promisify(gunzip)(content) : content).toString("utf8");
}

/** A user may have the engine compress states, and change their mind. The engine takes the newest too: stackPath in store.go. */
async function newestState(own: OwnStack): Promise<string | undefined> {
  const plain = stateFile(own);
  const [plainAt, compressedAt] = await Promise.all([changedAt(plain), changedAt(`${plain}.gz`)]);
  if (plainAt === undefined && compressedAt === undefined) return undefined;
  return (plainAt ?? 0) > (compressedAt ?? 0) ? plain : `${plain}.gz`;
}

async function changedAt(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).mtimeMs;
  } catch (error) {
    if (isErrno(error, "ENOENT")) return undefined;
    throw error;
  }
}
