import { afterAll, beforeAll, describe, expect, jest, test } from "@jest/globals";
import { createDockerRuntime } from "../../host-agent/runtime/docker/runtime.ts";
import { findEngine, type Engine } from "../../modules/engine/index.ts";
import { stackhouseProvider } from "../../modules/provider/stackhouse.ts";
import { systemClock } from "../../modules/system/clock.ts";
import { homeFrom } from "../../modules/system/home.ts";
import { emptyCloudProject } from "../support/clouds/cloud-project.ts";
import { cloudNames, findCloud, type Cloud, type CloudName } from "../support/clouds/emulated-clouds.ts";
import { busyboxArchive } from "../support/busybox-image.ts";
import {
  startExistingMachine,
  whyNoExistingMachine,
  type ExistingMachine,
} from "../support/existing-machine/machine.ts";
import { startWorld } from "../support/provider/world.ts";
import { notRun } from "../support/not-run.ts";
import { emptyProject, vmProject, type VmProject } from "../support/vm-project.ts";

/** Long, because Node goes to the machine. */
const limitMs = 300_000;
jest.setTimeout(limitMs);
const signal = AbortSignal.timeout(limitMs);
const home = homeFrom(process.env);
const finding = await findEngine({ home, env: process.env, clock: systemClock, signal });
const why = await whyNoExistingMachine();
const suites = {
  local: "the program that stackhouse init --host local writes",
  ssh: "the program that stackhouse init --host ssh writes",
};
const inCloud: Readonly<Record<CloudName, { readonly region: string; readonly said: readonly string[] }>> = {
  aws: { region: "eu-central-1", said: ["an EC2 instance t3.small (x86_64, debian-13)", "in eu-central-1"] },
  digitalocean: { region: "ams3", said: ["a droplet s-1vcpu-2gb (debian-13-x64) in ams3"] },
};

if (finding.kind !== "found") notRun(suites.local, finding.reason);
else describe(suites.local, () => onLocalVm(finding.engine));
if (finding.kind !== "found") notRun(suites.ssh, finding.reason);
else if (why !== undefined) notRun(suites.ssh, why);
else describe(suites.ssh, () => onExistingMachine(finding.engine));
for (const host of cloudNames) {
  const suite = `the program that stackhouse init --host ${host} writes`;
  const cloud = await findCloud(host, home);
  if (finding.kind !== "found") notRun(suite, finding.reason);
  else if ("reason" in cloud) notRun(suite, cloud.reason);
  else describe(suite, () => onCloud(finding.engine, host, cloud.start));
}

async function done(running: ReturnType<VmProject["stackhouse"]>): Promise<string> {
  const { code, stdout, stderr } = await running;
  expect({ code, log: code === 0 ? "" : `${stdout}\n${stderr}` }).toEqual({ code: 0, log: "" });
  return `${stdout}\n${stderr}`;
}

/** Its app comes from a registry, which VMs of tests do not reach: test/vm has such a host with another app. */
function onLocalVm(engine: Engine): void {
  test("is previewed unchanged: a VM and its app", async () => {
    await using project = await vmProject(engine, emptyProject);
    await done(project.stackhouse("init", "--name", "shop"));
    const said = await done(project.stackhouse("preview"));
    expect(said).toMatch(/LocalVm +host/u);
    expect(said).toContain("shop-web-1");
  });
}

/** Without a machine behind it, but for what is in memory: test/hosts has the same components of `stacks/` on machines, from their first boot to their end. */
function onCloud(engine: Engine, host: CloudName, start: () => Promise<Cloud>): void {
  const { region, said: wanted } = inCloud[host];

  test("is previewed unchanged, with what the cloud will make and what is opened", async () => {
    await using cloud = await start();
    await using project = await emptyCloudProject(engine, cloud.provider);
    await done(project.stackhouse("init", "--host", host, "--name", "shop", "--region", region));
    const said = await done(project.stackhouse("preview"));
    for (const part of [...wanted, "data volume 8 GiB", "shop opens 8080/tcp to the whole world", "shop-web-1"])
      expect(said).toContain(part);
    expect(said).toContain("SSH is open to the world");
  });

  test("runs unchanged: up ends with its app on the host, a preview after it is empty, and destroy leaves nothing", async () => {
    await using cloud = await start();
    // What is on the machines is in memory: agents, and the engine of containers with the image that the stack file names.
    await using world = await startWorld();
    world.runtime.world.images.set("nginx:1.29-alpine", "sha256:nginx");
    await using project = await emptyCloudProject(engine, cloud.provider, stackhouseProvider(world.ports));
    await done(project.stackhouse("init", "--host", host, "--name", "shop", "--region", region));
    const said = await done(project.stackhouse("up", "--yes"));
    expect(said).toMatch(/http:\/\/127\.\d+\.\d+\.\d+:8080/u);
    const containers = [...world.runtime.world.containers.values()].map(({ spec }) => spec?.app);
    expect(containers).toEqual(["shop"]);
    expect(await cloud.inventory()).not.toEqual([]);
    expect(await done(project.stackhouse("preview"))).toMatch(/Nothing to do/u);
    await done(project.stackhouse("destroy", "--yes"));
    expect(await cloud.inventory()).toEqual([]);
  });
}

function onExistingMachine(engine: Engine): void {
  const resources = new AsyncDisposableStack();
  let machine: ExistingMachine;
  let project: VmProject;

  beforeAll(async () => {
    machine = resources.use(await startExistingMachine());
    await giveNginx(machine);
    project = resources.use(await vmProject(engine, emptyProject));
  });
  afterAll(() => resources.disposeAsync());

  test("runs unchanged: up ends with the page of its stack file", async () => {
    const { address, port, user, hostKey } = machine.connection;
    const way = ["--address", address, "--port", String(port), "--user", user, "--host-key", hostKey];
    await done(
      project.stackhouse("init", "--host", "ssh", "--name", "shop", ...way, "--identity", machine.privateKeyFile),
    );
    const said = await done(project.stackhouse("up", "--yes"));
    const url = /http:\/\/127\.0\.0\.1:\d+/.exec(said)?.[0] ?? "";
    expect(await machine.get(url)).toContain("Hello from your house");
    expect(await done(project.stackhouse("preview"))).toMatch(/Nothing to do/u);
  });

  test("is taken away by destroy", async () => {
    await done(project.stackhouse("destroy", "--yes"));
    expect(await machine.agents()).toEqual([]);
  });
}

/** The image that the stack file names, where no registry is: another web server, with its page in the same place. */
async function giveNginx({ engine }: ExistingMachine): Promise<void> {
  const command = ["httpd", "-f", "-p", "80", "-h", "/usr/share/nginx/html"];
  const archive = await busyboxArchive({ reference: "nginx:1.29-alpine", command });
  const runtime = createDockerRuntime({
    socketPath: engine.socketPath,
    filesDirectory: engine.directory,
    clock: systemClock,
  });
  const bytes = (async function* () {
    yield await Promise.resolve(archive);
  })();
  await runtime.loadImages(bytes, { signal, deadlineMs: 60_000, onProgress: () => undefined });
}
