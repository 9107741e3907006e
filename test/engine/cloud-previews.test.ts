import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, jest, test } from "@jest/globals";
import { findEngine, type Engine } from "../../modules/engine/index.ts";
import { debianTools, missingTools } from "../../modules/images/index.ts";
import type { ProviderDefinition } from "../../modules/provider/kit/server.ts";
import { systemClock } from "../../modules/system/clock.ts";
import { homeFrom } from "../../modules/system/home.ts";
import { awsProvider } from "../support/clouds/aws/provider.ts";
import { cloudProject } from "../support/clouds/cloud-project.ts";
import { startApiDouble } from "../support/clouds/digitalocean/api-double.ts";
import { digitaloceanProvider } from "../support/clouds/digitalocean/provider.ts";
import { findMoto } from "../support/clouds/moto-install.ts";
import { startMoto } from "../support/clouds/moto.ts";
import { notRun } from "../support/not-run.ts";
import type { VmProject } from "../support/vm-project.ts";

/** Long, because the app's images may have to be made. */
jest.setTimeout(600_000);
const home = homeFrom(process.env);
const signal = AbortSignal.timeout(60_000);
const finding = await findEngine({ home, env: process.env, clock: systemClock, signal });
const missing = (await missingTools(debianTools(), process.env)).map(({ program }) => program);
const moto = await findMoto(home);
const token = "dop_v1_test";

type Cloud = AsyncDisposable & { readonly provider: ProviderDefinition };

const clouds: readonly Preview[] = [
  {
    host: "aws",
    reason: "reason" in moto ? moto.reason : undefined,
    async start() {
      if ("reason" in moto) throw new Error(moto.reason);
      const account = await startMoto(moto.python);
      return Object.assign(account, { provider: awsProvider(account) });
    },
    said: [
      "an EC2 instance t3.small (x86_64, debian-13)",
      "root disk 16 GiB gp3, encrypted",
      "data volume 8 GiB gp3, encrypted",
      "in eu-central-1",
    ],
  },
  {
    host: "digitalocean",
    reason: undefined,
    async start() {
      const double = await startApiDouble(token);
      return Object.assign(double, { provider: digitaloceanProvider({ url: double.url, token }) });
    },
    said: ["a droplet s-1vcpu-2gb (debian-13-x64) in fra1", "data volume 8 GiB"],
  },
];

interface Preview {
  readonly host: string;
  readonly reason: string | undefined;
  readonly start: () => Promise<Cloud>;
  /** What is to be made, in plain words. */
  readonly said: readonly string[];
}

for (const { host, reason, start, said } of clouds) {
  const suite = `stackhouse preview of stacks/${host}.ts`;
  const why = missing.length > 0 ? `missing for its images: ${missing.join(", ")}` : reason;
  if (why !== undefined) notRun(suite, why);
  else if (finding.kind !== "found") notRun(suite, finding.reason);
  else describe(suite, () => words(finding.engine, { host, start, said }));
}

function words(engine: Engine, { host, start, said }: Pick<Preview, "host" | "start" | "said">): void {
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
