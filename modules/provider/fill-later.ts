import { spawn, type ChildProcess } from "node:child_process";
import { mkdir, open, type FileHandle } from "node:fs/promises";
import { dirname, join } from "node:path";
import process from "node:process";
import { messageOf } from "../base/errors.ts";
import { areAlike, type Driver, type DriverCall, type VmKind } from "../hypervisors/driver.ts";
import type { Home } from "../system/home.ts";
import { packageRoot } from "../system/package-root.ts";
import type { FillPoolLater } from "./ports.ts";

/** What the processes have said that fill pools, one after the other. */
export function fillLog({ state }: Home): string {
  return join(state.root, "pool-fill.log");
}

export interface FillerPorts {
  readonly driver: Pick<Driver, "listPools">;
  readonly home: Home;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The script of the command line. Default: that of this package. */
  readonly script?: string;
}

/**
 * A process of its own fills the pools, for the engine ends this one with the run: `stackhouse host fill`. It begins when this process has
 * ended, and so takes nothing from what the run still has to do.
 */
export function fillLater(ports: FillerPorts): FillPoolLater {
  let begun = false;
  return async (kind, call) => {
    // The VM is there all the same; the next run tries again.
    const notFilled = (error: unknown): void => call.progress.warn(`no clones will wait: ${messageOf(error)}`);
    try {
      if (!(await isToBeLookedAt(kind, ports, call)) || begun) return;
      begun = true;
      (await startFiller(ports)).on("error", notFilled).unref();
    } catch (error) {
      notFilled(error);
    }
  };
}

/** Also where as many wait as are asked for: they may be of no use to the QEMU of today, which the filler finds out. */
async function isToBeLookedAt(kind: VmKind, { driver, home }: FillerPorts, call: DriverCall): Promise<boolean> {
  const pool = (await driver.listPools(call)).find((one) => areAlike(one.kind, kind));
  if (pool === undefined) return false;
  if (pool.wanted !== pool.waiting.length) {
    call.progress.info(
      `${pool.waiting.length} of ${pool.wanted} clones wait for the next VM like it: that is put right in the background, when this run is over; ${fillLog(home)} says how that goes`,
    );
  }
  return true;
}

async function startFiller({ home, env, script }: FillerPorts): Promise<ChildProcess> {
  // Whatever secrets the environment of this run holds are not for it.
  const { PATH, HOME, STACKHOUSE_HOME } = env;
  const argv = [script ?? join(packageRoot(), "bin", "stackhouse"), "host", "fill", "--after", `${process.pid}`];
  await using log = await openLog(fillLog(home));
  await log.write(`${new Date().toISOString()} after process ${process.pid}\n`);
  return spawn(process.execPath, argv, {
    ...{ cwd: "/", detached: true, stdio: ["ignore", log.fd, log.fd] },
    env: Object.fromEntries(Object.entries({ PATH, HOME, STACKHOUSE_HOME }).filter(([, value]) => value !== undefined)),
  });
}

const mostBytes = 64 * 1024;

/** Another filler may be writing to it. */
async function openLog(path: string): Promise<FileHandle> {
  await mkdir(dirname(path), { recursive: true });
  const log = await open(path, "a", 0o600);
  if ((await log.stat()).size > mostBytes) await log.truncate();
  return log;
}
