import { describe, expect, it } from "@jest/globals";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { silentProgress } from "../../modules/base/progress.ts";
import { waitUntil } from "../../modules/base/wait.ts";
import type { Pool } from "../../modules/hypervisors/driver.ts";
import { fillLater, fillLog, type FillerPorts } from "../../modules/provider/fill-later.ts";
import { readFileIfPresent } from "../../modules/system/files.ts";
import { systemClock } from "../../modules/system/clock.ts";
import { homeFrom } from "../../modules/system/home.ts";
import { testFolder } from "../support/folder.ts";

const kind = { cpus: 1, memoryMiB: 512, diskGiB: 2, baseImage: "debian-13-0123456789abcdef" };
const full: Pool = { kind, wanted: 1, waiting: [{ name: "one", pid: 1, memoryMiB: 1 }] };

/** What a run with such a driver tells, and what the filler that it starts is told. */
async function told(
  listPools: FillerPorts["driver"]["listPools"],
  prepare: (home: string) => Promise<void> = () => Promise.resolve(),
) {
  await using folder = await testFolder();
  const home = homeFrom({ STACKHOUSE_HOME: folder.path });
  const script = join(folder.path, "filler.cjs");
  const arguments_ = join(folder.path, "arguments");
  await writeFile(script, `require("node:fs").appendFileSync(${JSON.stringify(arguments_)}, process.argv[3] + "\\n");`);
  await prepare(fillLog(home));
  const said: string[] = [];
  const progress = { ...silentProgress, warn: (text: string) => void said.push(text) };
  const call = { signal: AbortSignal.timeout(20_000), progress };
  const later = fillLater({ driver: { listPools }, home, env: process.env, script });
  await later(kind, call);
  await later(kind, call);
  if (said.length > 0) return { said };
  const filler = await waitUntil(
    async () => {
      const value = await readFileIfPresent(arguments_);
      return value === undefined ? { done: false, reason: "it is not" } : { done: true, value };
    },
    { ...call, clock: systemClock, what: "the filler to be begun", deadlineMs: 20_000, intervalMs: 20 },
  );
  return { said, filler, log: await readFile(fillLog(home), "utf8") };
}

describe("a run that has brought up a VM", () => {
  it("has a full pool looked at, too, and once: its clones may be of no use to the QEMU of today", async () => {
    expect(await told(() => Promise.resolve([full]))).toMatchObject({ said: [], filler: "fill\n" });
  });

  it("warns where the pools cannot be read, for the VM runs", async () => {
    const { said } = await told(() => Promise.reject(new Error("no such pool")));
    expect(new Set(said)).toEqual(new Set(["no clones will wait: no such pool"]));
  });

  it("warns where the filler's log cannot be written, for the VM runs", async () => {
    const { said } = await told(
      () => Promise.resolve([full]),
      async (log) => {
        await mkdir(dirname(log), { recursive: true });
        await mkdir(log);
      },
    );
    expect(said).toEqual([expect.stringMatching(/^no clones will wait: .*EISDIR/u)]);
  });
});
