import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { silentProgress } from "../../modules/base/progress.ts";
import { downloadEngine, type DownloadOutcome } from "../../modules/engine/download.ts";
import type { EnginePorts } from "../../modules/engine/index.ts";
import { systemClock } from "../../modules/system/clock.ts";
import { systemRunner } from "../../modules/system/exec.ts";
import { processStart } from "../../modules/system/lock.ts";
import { homeFrom } from "../../modules/system/home.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "stackhouse-download-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Downloads from a site whose installer is this script, where `$3` is the root that it is to install to. */
async function download(script: string, more: Partial<EnginePorts> = {}): Promise<DownloadOutcome> {
  const server = createServer((request, response) => {
    response.writeHead(request.url === "/install.sh" ? 200 : 404).end(script);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const ports: EnginePorts = {
    home: homeFrom({ STACKHOUSE_HOME: folder }),
    runner: systemRunner,
    clock: systemClock,
    signal: new AbortController().signal,
    progress: silentProgress,
    env: { PATH: process.env["PATH"] },
    ...more,
  };
  try {
    return await downloadEngine(join(folder, "engine.new"), ports, `http://127.0.0.1:${port}`);
  } finally {
    server.close();
    server.closeAllConnections();
  }
}

test("what the installer made is there as a whole, and nothing else", async () => {
  expect(await download('mkdir -p "$3/bin"; echo "$5" > "$3/bin/pulumi"')).toEqual({ done: true });
  expect(await readdir(folder)).toEqual(["engine.new"]);
  expect(await readFile(join(folder, "engine.new", "bin", "pulumi"), "utf8")).toMatch(/^3\./u);
});

test("an installer that fails leaves nothing, and says why", async () => {
  const outcome = await download('mkdir -p "$3/bin"; echo "no such release" >&2; exit 1');
  expect(outcome).toMatchObject({ done: false, reason: expect.stringContaining("failed: no such release") });
  expect(await readdir(folder)).toEqual([]);
});

test("after an abort nothing of the installer goes on", async () => {
  const pid = join(folder, "pid");
  const abort = new AbortController();
  const slow = download(`sleep 600 & echo $! > ${pid}.new; mv ${pid}.new ${pid}; wait`, { signal: abort.signal });
  const ended = expect(slow).rejects.toThrow("cancelled");
  let child = "";
  while (child === "") child = await readFile(pid, "utf8").catch(() => "");
  abort.abort(new Error("cancelled"));
  await ended;
  expect(await processStart(Number(child))).toBeUndefined();
  expect(await readdir(folder)).toEqual(["pid"]);
});

test("a site without installer counts as unreachable", async () => {
  const ports = { signal: AbortSignal.timeout(60_000) };
  const outcome = await downloadEngine(
    join(folder, "engine.new"),
    { ...ports, home: homeFrom({}), runner: systemRunner, clock: systemClock, progress: silentProgress, env: {} },
    "http://127.0.0.1:1",
  );
  expect(outcome).toMatchObject({ done: false, reason: expect.stringContaining("can not be reached") });
});
