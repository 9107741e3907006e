import { mkdir, mkdtemp, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Home } from "../system/home.ts";
import { isRunning, processStart } from "../system/lock.ts";

/**
 * A folder for what a run of the engine has while it lasts, such as the pipes between a program and its language host, which a
 * kill would leave in `/tmp` for ever. What killed runs left here goes first.
 */
export async function openRunFolder(home: Home): Promise<AsyncDisposable & { readonly path: string }> {
  const parent = join(home.state.root, "tmp");
  await mkdir(parent, { recursive: true, mode: 0o700 });
  for (const name of await readdir(parent)) {
    const [pid = "", startedTicks] = name.split("-");
    if (!(await isRunning(Number(pid), startedTicks))) await rm(join(parent, name), { recursive: true, force: true });
  }
  const path = await mkdtemp(join(parent, `${process.pid}-${(await processStart(process.pid)) ?? ""}-`));
  return {
    path,
    async [Symbol.asyncDispose]() {
      await rm(path, { recursive: true, force: true });
    },
  };
}
