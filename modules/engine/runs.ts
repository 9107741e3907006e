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
  try {
    for (const name of (await namesIn(folder)).filter((one) => one.endsWith(".lock"))) {
      held.push(await acquireLock(join(folder, name), call));
    }
  } catch (error) {
    await releaseAll(held);
    throw error;
  }
  return {
    async [Symbol.asyncDispose]() {
      const [failed] = await releaseAll(held);
      if (failed !== undefined) throw failed.error;
    },
  };
}

/** One that fails keeps none of the others. */
async function releaseAll(held: readonly AsyncDisposable[]): Promise<readonly { readonly error: unknown }[]> {
  const ends = await Promise.allSettled(held.map((lock) => lock[Symbol.asyncDispose]()));
  return ends.flatMap((end) => (end.status === "rejected" ? [{ error: end.reason as unknown }] : []));
}
