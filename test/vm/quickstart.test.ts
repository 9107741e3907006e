import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import type { ChildProcess } from "node:child_process";
import { readdir } from "node:fs/promises";
import * as z from "zod";
import { findEngine, type Engine } from "../../modules/engine/index.ts";
import { systemClock } from "../../modules/system/clock.ts";
import { homeFrom } from "../../modules/system/home.ts";
import { notRun } from "../support/not-run.ts";
import { processExists, whyNoVms } from "../support/vm.ts";
import { vmProject, type VmProject } from "../support/vm-project.ts";

const vmsSchema = z.tuple([z.object({ name: z.string() })]);
const visitsSchema = z.object({ greeting: z.string(), visits: z.number() });

const finding = await findEngine({
  home: homeFrom(process.env),
  env: process.env,
  clock: systemClock,
  signal: AbortSignal.timeout(60_000),
});
const why = await whyNoVms();
if (why !== undefined) notRun("the quickstart app on a local VM", why);
else if (finding.kind !== "found") notRun("the quickstart app on a local VM", finding.reason);
else describe("the quickstart app on a local VM", () => quickstart(finding.engine));

/** A new container is being started, and its health is to be waited for. */
const midway = /App quickstart: updating .*: step \d+ of \d+: (start|wait)/u;

/** One VM for all: each sentence starts from what the one before left, as a user's day does. */
function quickstart(engine: Engine): void {
  let project: VmProject;
  let url: string;

  beforeAll(async () => {
    project = await vmProject(engine);
  });
  afterAll(async () => {
    await project[Symbol.asyncDispose]();
  });

  async function visit(): Promise<z.infer<typeof visitsSchema>> {
    const answer = await fetch(new URL("/api/visits", url), { method: "POST" });
    expect(answer.status).toBe(200);
    return visitsSchema.parse(await answer.json());
  }

  async function up(): Promise<string> {
    const { code, stdout, stderr } = await project.stackhouse("up", "--yes");
    expect({ code, log: code === 0 ? "" : `${stdout}\n${stderr}` }).toEqual({ code: 0, log: "" });
    url = /http:\/\/127\.0\.0\.1:\d+/.exec(stdout)?.[0] ?? "";
    return `${stdout}\n${stderr}`;
  }

  it("shows its containers in a preview before the VM exists", async () => {
    const { code, stdout, stderr } = await project.stackhouse("preview");
    expect({ code, log: code === 0 ? "" : `${stdout}\n${stderr}` }).toEqual({ code: 0, log: "" });
    for (const service of ["web", "api", "cache"]) expect(stdout).toContain(`quickstart-${service}-1`);
    expect(await readdir(project.vms).catch(() => [])).toEqual([]);
  });

  it("goes on after a kill -9 in the middle of the first up: with one VM, and HTTP 200", async () => {
    await project.when(/Agent house-agent: creating/u, (command) => command.kill("SIGKILL"), "up", "--yes");
    const [pid] = await project.vmProcesses();
    await up();
    expect(await project.vmProcesses()).toEqual([pid]);
    expect((await fetch(url)).status).toBe(200);
  });

  it("counts", async () => {
    expect((await visit()).visits).toBe(1);
    const { stdout } = await project.stackhouse("exec", "-T", "cache", "--", "redis-cli", "get", "visits");
    expect(stdout.trim()).toBe("1");
  });

  it("is paused to the disk and resumed with its containers, which do not start again", async () => {
    const runOfCache = async (): Promise<string | undefined> => {
      const { stdout } = await project.stackhouse("exec", "-T", "cache", "--", "redis-cli", "info", "server");
      // Drawn when it starts.
      return /^run_id:(\w+)/mu.exec(stdout)?.[1];
    };
    const before = await runOfCache();
    expect(before).toMatch(/^\w+$/u);
    const [pid = 0] = await project.vmProcesses();
    const [vm] = vmsSchema.parse(JSON.parse((await project.stackhouse("host", "list", "--json")).stdout));
    expect(await project.stackhouse("host", "pause", vm.name)).toMatchObject({ code: 0 });
    expect(await processExists(pid)).toBe(false);
    await expect(fetch(url)).rejects.toThrow();
    expect(await project.stackhouse("host", "resume", vm.name)).toMatchObject({ code: 0 });
    expect(await runOfCache()).toBe(before);
    expect((await fetch(url)).status).toBe(200);
  });

  it("changes nothing in a second up, and says so", async () => {
    expect(await up()).toMatch(/Nothing changed/u);
    expect((await visit()).visits).toBe(2);
  });

  it("is the same for plain pulumi up", async () => {
    const { code, stdout, stderr } = await project.pulumi("up", "--yes", "--stack", "dev", "--non-interactive");
    expect({ code, log: code === 0 ? "" : `${stdout}\n${stderr}` }).toEqual({ code: 0, log: "" });
    expect(stdout).toMatch(/[1-9] unchanged/u);
    expect(stdout).not.toMatch(/[1-9] (created|updated|replaced|deleted)/u);
  });

  it("shows the container that an edit replaces", async () => {
    await project.edit("Hello from your house", "Hello again");
    const preview = await project.stackhouse("preview");
    expect(preview.stdout).toContain("quickstart-api-1");
    expect(preview.stdout).not.toContain("quickstart-cache-1");
  });

  it("replaces it and keeps the count, also when the agent is killed in the middle of the up", async () => {
    let killed: Promise<boolean> | undefined;
    const kill = async (command: ChildProcess): Promise<boolean> => {
      const { code } = await project.stackhouse("ssh", "--", "systemctl kill --signal=KILL stackhouse-agent");
      return code === 0 && command.exitCode === null;
    };
    await project.when(midway, (command) => (killed = kill(command)), "up", "--yes");
    expect(await killed).toBe(true);
    await up();
    expect(await visit()).toEqual({ greeting: "Hello again", visits: 3 });
  });

  it("ends well after the VM was killed in the middle of an up, with its disk", async () => {
    await project.edit("Hello again", "Hello at last");
    const [pid = 0] = await project.vmProcesses();
    await project.when(midway, () => process.kill(pid, "SIGKILL"), "up", "--yes");
    expect((await project.stackhouse("status")).stdout).toMatch(/stopped/u);
    await up();
    expect(await visit()).toEqual({ greeting: "Hello at last", visits: 4 });
  });

  it("takes everything away with destroy", async () => {
    const processes = await project.vmProcesses();
    const { code } = await project.stackhouse("destroy", "--yes");
    expect(code).toBe(0);
    expect((await readdir(project.vms, { withFileTypes: true })).filter((entry) => entry.isDirectory())).toEqual([]);
    for (const pid of processes) expect(await processExists(pid)).toBe(false);
    await expect(fetch(url)).rejects.toThrow();
  });
}
