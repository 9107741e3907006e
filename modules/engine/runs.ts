import { join } from "node:path";
import { namesIn } from "../system/files.ts";
import type { Home } from "../system/home.ts";
import { acquireLock, type LockOptions } from "../system/lock.ts";

/** Where the locks and journals of runs are. */
export function runsFolder({ state }: Home): string {
  return join(state.root, "runs");
}

/**
 * Takes the locks of all Pulumi stacks that a run holds or held: until they are released, no run is at work on one of these.
 *
 * @throws `lock.held`, naming a run that is
 */
export async function holdRuns(home: Home, call: LockOptions): Promise<AsyncDisposable> {
  const folder = runsFolder(home);
  const held: AsyncDisposable[] = [];
  const all = {
    async [Symbol.asyncDispose]() {
      for (let lock = held.pop(); lock !== undefined; lock = held.pop()) await lock[Symbol.asyncDispose]();
    },
  };
  try {
    for (const name of (await namesIn(folder)).filter((one) => one.endsWith(".lock"))) {
      held.push(await acquireLock(join(folder, name), call));
    }
    return all;
  } catch (error) {
    await all[Symbol.asyncDispose]();
    throw error;
  }
}
