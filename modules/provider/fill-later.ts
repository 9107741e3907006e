import { spawn } from "node:child_process";
import { join } from "node:path";
import process from "node:process";
import { areAlike, type Driver } from "../hypervisors/driver.ts";
import { packageRoot } from "../system/package-root.ts";
import type { FillPoolLater } from "./ports.ts";

/**
 * A process of its own fills the pools, for the engine ends this one with the run: `stackhouse host fill`. It begins when this process has
 * ended, and so takes nothing from what the run still has to do.
 */
export function fillLater(
  driver: Pick<Driver, "listPools">,
  env: Readonly<Record<string, string | undefined>>,
): FillPoolLater {
  let begun = false;
  return async (kind, call) => {
    const pool = (await driver.listPools(call)).find((one) => areAlike(one.kind, kind));
    if (pool === undefined || pool.wanted === pool.waiting.length) return;
    call.progress.info(
      `${pool.waiting.length} of ${pool.wanted} clones wait for the next VM like it: that is put right in the background, when this run is over`,
    );
    if (begun) return;
    begun = true;
    // Whatever secrets the environment of this run holds are not for it.
    const { PATH, HOME, STACKHOUSE_HOME } = env;
    const argv = [join(packageRoot(), "bin", "stackhouse"), "host", "fill", "--after", `${process.pid}`];
    const filler = spawn(process.execPath, argv, {
      ...{ cwd: "/", detached: true, stdio: "ignore" },
      env: Object.fromEntries(
        Object.entries({ PATH, HOME, STACKHOUSE_HOME }).filter(([, value]) => value !== undefined),
      ),
    });
    // The VM is there all the same; the next run tries again.
    filler.on("error", (error) => call.progress.warn(`no clones will wait: ${error.message}`));
    filler.unref();
  };
}
