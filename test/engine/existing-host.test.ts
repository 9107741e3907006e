import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, jest, test } from "@jest/globals";
import { debianTools, missingTools } from "../../modules/images/index.ts";
import { findEngine, type Engine } from "../../modules/engine/index.ts";
import { systemClock } from "../../modules/system/clock.ts";
import { homeFrom } from "../../modules/system/home.ts";
import {
  startExistingMachine,
  whyNoExistingMachine,
  type ExistingMachine,
} from "../support/existing-machine/machine.ts";
import { notRun } from "../support/not-run.ts";
import { stacksProject } from "../support/stacks-project.ts";
import type { VmProject } from "../support/vm-project.ts";

/** Long, because the app's images may have to be made, and Node goes to the machine. */
jest.setTimeout(600_000);
const suite = "stacks/ssh.ts on a machine that exists";

const missing = await missingTools(debianTools(), process.env);
const why =
  missing.length > 0
    ? `missing for its images: ${missing.map(({ program }) => program).join(", ")}`
    : await whyNoExistingMachine();
const signal = AbortSignal.timeout(60_000);
const finding = await findEngine({ home: homeFrom(process.env), env: process.env, clock: systemClock, signal });
if (why !== undefined) notRun(suite, why);
else if (finding.kind !== "found") notRun(suite, finding.reason);
else describe(suite, () => life(finding.engine));

/** Docker Engine of Debian 12 does not know it: the checks are made as often all the time. */
async function withoutStartInterval(stackFile: string): Promise<void> {
  const text = await readFile(stackFile, "utf8");
  await writeFile(
    stackFile,
    text.replaceAll(/^ +start_interval: .*\n/gmu, "").replaceAll("interval: 30s", "interval: 1s"),
  );
}

/** The life of one host, told in order, with the command line, the engine, the provider's executable and sshd as users have them. */
function life(engine: Engine): void {
  const resources = new AsyncDisposableStack();
  let machine: ExistingMachine;
  let project: VmProject;
  let before: readonly string[];

  beforeAll(async () => {
    machine = resources.use(await startExistingMachine());
    before = await machine.written();
    const { address, port, hostKey } = machine.connection;
    const { privateKeyFile } = machine;
    const settings = { address, port: String(port), hostKey, privateKeyFile };
    project = resources.use(await stacksProject(engine, { host: "ssh", settings }));
    await withoutStartInterval(join(project.path, "templates/quickstart/compose.yaml"));
  });
  afterAll(() => resources.disposeAsync());

  const done = async (running: ReturnType<VmProject["stackhouse"]>): Promise<string> => {
    const { code, stdout, stderr } = await running;
    expect({ code, log: code === 0 ? "" : `${stdout}\n${stderr}` }).toEqual({ code: 0, log: "" });
    return `${stdout}\n${stderr}`;
  };

  test("preview shows its containers, and puts nothing on the machine", async () => {
    const said = await done(project.stackhouse("preview"));
    for (const service of ["web", "api", "cache"]) expect(said).toContain(`quickstart-${service}-1`);
    expect(await machine.written()).toEqual(before);
  });

  test("up ends with the app's answer from the machine", async () => {
    const said = await done(project.stackhouse("up", "--yes"));
    const url = /http:\/\/127\.0\.0\.1:\d+/.exec(said)?.[0] ?? "";
    expect(JSON.parse(await machine.get(`${url}/api/visits`))).toMatchObject({ visits: 0 });
    expect(await machine.agents()).toHaveLength(1);
  });

  test("then a preview is empty, and so is a refresh", async () => {
    expect(await done(project.stackhouse("preview"))).toMatch(/Nothing to do/u);
    const flags = ["--yes", "--non-interactive", "--stack", "dev", "--expect-no-changes"];
    await done(project.pulumi("refresh", ...flags));
  });

  test("an agent that hangs is told by a refresh and kept with its app, and up starts it anew with that as it was", async () => {
    await machine.hangAgent();
    const flags = ["--yes", "--non-interactive", "--stack", "dev"];
    const refreshed = await done(project.pulumi("refresh", ...flags));
    for (const type of ["Agent", "App"]) {
      expect(refreshed).toMatch(
        new RegExp(`stackhouse:index:${type} .*:\\s+warning: .*what is known of it stays`, "u"),
      );
    }
    const [before] = await machine.agents();
    const said = await done(project.stackhouse("up", "--yes"));
    const url = /http:\/\/127\.0\.0\.1:\d+/.exec(said)?.[0] ?? "";
    expect(JSON.parse(await machine.get(`${url}/api/visits`))).toMatchObject({ visits: 0 });
    expect(await machine.agents()).toEqual([expect.not.stringContaining(before ?? "")]);
  });

  test("destroy takes the agent off, and leaves the machine as it was", async () => {
    await done(project.stackhouse("destroy", "--yes"));
    expect(await machine.agents()).toEqual([]);
    expect(await machine.written()).toEqual(before);
  });
}
