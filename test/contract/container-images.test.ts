import { describe, expect, it } from "@jest/globals";
import { spawn } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { silentProgress } from "../../modules/base/progress.ts";
import { waitUntil } from "../../modules/base/wait.ts";
import { ensureContainerImages } from "../../modules/container-images/index.ts";
import { debianTools, missingTools, removeKilledBuilds } from "../../modules/images/index.ts";
import { systemClock as clock } from "../../modules/system/clock.ts";
import { systemRunner, type Runner } from "../../modules/system/exec.ts";
import { homeFrom, type Home } from "../../modules/system/home.ts";
import { testFolder } from "../support/folder.ts";
import { notRun } from "../support/not-run.ts";

const recipe = `
suite: trixie
images:
  one: { reference: "test/one:1", packages: [busybox-static] }
  two: { reference: "test/two:1", packages: [dash] }
`;
const builder = fileURLToPath(new URL("../support/build-container-images.ts", import.meta.url));
const limitMs = 120_000;

const missing = (await missingTools(debianTools(), process.env)).map(({ program }) => program);
if (missing.length > 0) notRun("container images from Debian packages", `missing: ${missing.join(", ")}`);
else describe("builds of container images", builds);

function builds(): void {
  it(
    "leave no process and no file outside of the cache when who builds them is killed",
    async () => {
      await using place = await testFolder({ "images.yaml": recipe });
      const home = homeFrom({ STACKHOUSE_HOME: join(place.path, "home") });
      const before = await outside();
      const building = spawn(process.execPath, [builder, join(place.path, "images.yaml")], {
        env: { PATH: process.env["PATH"], STACKHOUSE_HOME: home.root },
        stdio: "ignore",
      });
      await eventually("packages being fetched", async () => (await programsOf(home)).includes("apt-get"));
      building.kill("SIGKILL");
      await eventually("the end of all builds", async () => (await programsOf(home)).length === 0);

      await removeKilledBuilds(home, call());
      expect((await outside()).filter((name) => !before.includes(name))).toEqual([]);
    },
    limitMs,
  );

  it(
    "end at once when they are cancelled, and leave nothing",
    async () => {
      await using place = await testFolder({ "images.yaml": recipe });
      const home = homeFrom({ STACKHOUSE_HOME: join(place.path, "home") });
      const before = await outside();
      const cancel = new AbortController();
      const built = ensureContainerImages(join(place.path, "images.yaml"), {
        ...{ ...call(), home, runner: marked(home), env: process.env },
        signal: cancel.signal,
      });
      const ended = expect(built).rejects.toThrow("enough");
      await eventually("packages being fetched", async () => (await programsOf(home)).includes("apt-get"));
      cancel.abort(new Error("enough"));
      await ended;
      await eventually("the end of all builds", async () => (await programsOf(home)).length === 0);
      expect(await readdir(home.cache.archives)).toEqual([]);
      expect((await outside()).filter((name) => !before.includes(name))).toEqual([]);
    },
    limitMs,
  );
}

/** What it runs is found by `programsOf`. */
function marked({ root }: Home): Runner {
  return {
    exec: (program, args, options) =>
      systemRunner.exec(program, args, { ...options, env: { ...options?.env, STACKHOUSE_HOME: root } }),
  };
}

const call = () => ({ clock, signal: AbortSignal.timeout(limitMs), progress: silentProgress });

/** Programs that run for a home, by name: each has it in its environment. */
async function programsOf(home: Home): Promise<readonly string[]> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/u.test(name));
  const names = await Promise.all(
    pids.map(async (pid) => {
      const environment = await readFile(`/proc/${pid}/environ`, "utf8").catch(() => "");
      if (!environment.includes(`STACKHOUSE_HOME=${home.root}`)) return [];
      return [(await readFile(`/proc/${pid}/comm`, "utf8").catch(() => "")).trim()];
    }),
  );
  return names.flat();
}

/** Where builds unpack. */
async function outside(): Promise<readonly string[]> {
  const lists = await Promise.all(
    ["/dev/shm", "/var/tmp", tmpdir()].map(async (folder) => (await readdir(folder)).map((name) => join(folder, name))),
  );
  return lists.flat().filter((path) => /\/(mmdebstrap\.|stackhouse-[0-9a-f]{12}-)/u.test(path));
}

async function eventually(what: string, holds: () => Promise<boolean>): Promise<void> {
  await waitUntil(
    async () => ((await holds()) ? { done: true, value: undefined } : { done: false, reason: "not yet" }),
    { ...call(), what, deadlineMs: limitMs / 3 },
  );
}
