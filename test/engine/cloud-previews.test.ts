import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, jest, test } from "@jest/globals";
import { findEngine, type Engine } from "../../modules/engine/index.ts";
import { debianTools, missingTools } from "../../modules/images/index.ts";
import { systemClock } from "../../modules/system/clock.ts";
import { homeFrom } from "../../modules/system/home.ts";
import { cloudProject } from "../support/clouds/cloud-project.ts";
import { cloudNames, findCloud, type Cloud, type CloudName } from "../support/clouds/emulated-clouds.ts";
import { notRun } from "../support/not-run.ts";
import type { VmProject } from "../support/vm-project.ts";

/** Long, because the app's images may have to be made. */
jest.setTimeout(600_000);
const home = homeFrom(process.env);
const signal = AbortSignal.timeout(60_000);
const finding = await findEngine({ home, env: process.env, clock: systemClock, signal });
const missing = (await missingTools(debianTools(), process.env)).map(({ program }) => program);

/** What is to be made, in plain words. */
const previews: Readonly<Record<CloudName, readonly string[]>> = {
  aws: [
    "an EC2 instance t3.small (x86_64, debian-13)",
    "root disk 16 GiB gp3, encrypted",
    "data volume 8 GiB gp3, encrypted",
    "in eu-central-1",
  ],
  digitalocean: ["a droplet s-1vcpu-2gb (debian-13-x64) in fra1", "data volume 8 GiB"],
};

for (const host of cloudNames) {
  const suite = `stackhouse preview of stacks/${host}.ts`;
  const cloud = await findCloud(host, home);
  if (missing.length > 0) notRun(suite, `missing for its images: ${missing.join(", ")}`);
  else if ("reason" in cloud) notRun(suite, cloud.reason);
  else if (finding.kind !== "found") notRun(suite, finding.reason);
  else describe(suite, () => words(finding.engine, { host, start: cloud.start, said: previews[host] }));
}

interface Preview {
  readonly host: CloudName;
  readonly start: () => Promise<Cloud>;
  readonly said: readonly string[];
}

function words(engine: Engine, { host, start, said }: Preview): void {
  const resources = new AsyncDisposableStack();
  let project: VmProject;
  beforeAll(async () => {
    const { provider } = resources.use(await start());
    project = resources.use(await cloudProject(engine, { host, provider }));
  });
  afterAll(() => resources.disposeAsync());

  const preview = async (): Promise<string> => {
    const { code, stdout, stderr } = await project.stackhouse("preview");
    const all = `${stdout}\n${stderr}`;
    expect({ code, log: code === 0 ? "" : all }).toEqual({ code: 0, log: "" });
    return all;
  };

  test("says what will be made, and what is opened to whom", async () => {
    const all = await preview();
    for (const part of said) expect(all).toContain(part);
    expect(all).toContain("22/tcp open to 127.0.0.0/8");
    expect(all).toContain("quickstart opens 80/tcp to the whole world");
    expect(all).not.toContain("SSH is open to the world");
  });

  test("warns of SSH that the whole world may reach", async () => {
    const settings = join(project.path, "Pulumi.dev.yaml");
    const text = await readFile(settings, "utf8");
    await writeFile(settings, text.replace(/^.*sshFrom.*\n/mu, ""));
    const all = await preview();
    expect(all).toContain("22/tcp open to the whole world");
    expect(all).toContain('SSH is open to the world, for its key alone; sshFrom: ["YOUR.ADDRESS/32"] lets only you in');
  });
}
