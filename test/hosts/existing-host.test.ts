import { rm } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, jest } from "@jest/globals";
import { createAgentClient } from "../../modules/agent-client/client.ts";
import type { AgentClient, JobCall } from "../../modules/agent-client/types.ts";
import { waitForFirstBoot } from "../../modules/agent-install/first-boot.ts";
import { installAgent } from "../../modules/agent-install/install.ts";
import { installedNodeBinary } from "../../modules/agent-install/node-binary.ts";
import { probeHost } from "../../modules/agent-install/probe.ts";
import { agentStreams } from "../../modules/agent-install/streams.ts";
import { uninstallAgent } from "../../modules/agent-install/uninstall.ts";
import { silentProgress } from "../../modules/base/progress.ts";
import type { DesiredApp } from "../../modules/protocol/app.ts";
import { userDataFor } from "../../modules/provider/resources/user-data.ts";
import { mintKeyPair } from "../../modules/ssh/keys.ts";
import { createSshPool } from "../../modules/ssh/pool.ts";
import type { SshSession } from "../../modules/ssh/types.ts";
import { waitForSsh } from "../../modules/ssh/wait.ts";
import { systemClock } from "../../modules/system/clock.ts";
import { systemRunner } from "../../modules/system/exec.ts";
import { homeFrom } from "../../modules/system/home.ts";
import { service } from "../support/agent.ts";
import { bundleOfTheSources } from "../support/agent-bundle.ts";
import { ensureMachineImage } from "../support/clouds/machines/image.ts";
import { boot, type RunningMachine } from "../support/clouds/machines/machine.ts";
import { testFolder } from "../support/folder.ts";
import { askForLong, longTests } from "../support/long-tests.ts";
import { notRun } from "../support/not-run.ts";
import { whyNoVms } from "../support/vm.ts";

/** Long, because a busy machine emulates the guest's processors, and the image may have to be made. */
const limitMs = 1_800_000;
jest.setTimeout(limitMs);
const signal = AbortSignal.timeout(limitMs);
const call = { signal, deadlineMs: 120_000 };

const suite = "a host with Debian 12 that runs containers of others";
const why = longTests ? await whyNoVms() : `it takes minutes: ${askForLong}`;
if (why !== undefined) notRun(suite, why);
else if (process.getuid?.() !== 0) notRun(suite, "port 22 of a loopback address needs root");
else describe(suite, life);

/** What others have on a host, as far as an installation could touch it: files, packages, services, firewall, containers. */
const inventory = `
find / -xdev \\( -path /proc -o -path /sys -o -path /run -o -path /tmp -o -path /var/log -o -path /var/lib/systemd \\
  -o -path /var/lib/docker -o -path /var/lib/containerd -o -path /var/lib/cloud -o -path /root/.cache \\) -prune \\
  -o -not -type d -printf '%y %m %u %g %s %p %l\\n' -o -type d -printf '%y %m %u %g %p\\n' | sort
dpkg-query --show
systemctl list-unit-files --no-legend --no-pager
iptables-save | grep -v '^#' | sed 's/\\[[0-9:]*\\]//'
docker ps --all --no-trunc --format '{{.ID}} {{.Image}} {{.Names}}'
docker inspect --format '{{.State.StartedAt}}' others
docker images --no-trunc --quiet | sort -u
docker network ls --no-trunc --format '{{.ID}} {{.Name}}'
docker volume ls --quiet`;

/** An image of two files: the host reaches no registry. */
const others = `
tar --create --dereference --directory / bin/sleep lib/x86_64-linux-gnu/libc.so.6 lib64/ld-linux-x86-64.so.2 |
  docker import - others:1
docker run --detach --name others --network none others:1 /bin/sleep infinity`;

const app: DesiredApp = {
  model: {
    name: "shop",
    services: { web: service("others:1", { command: ["/bin/sleep", "infinity"] }) },
    networks: { default: { name: "shop_default" } },
    volumes: {},
  },
  contents: {},
  registries: {},
};

/** One machine for all: each sentence starts from what the one before left. */
function life(): void {
  const resources = new AsyncDisposableStack();
  const pool = resources.use(createSshPool({ clock: systemClock }));
  let machine: RunningMachine;
  let session: SshSession;
  let before = "";

  beforeAll(async () => {
    const ports = { home: homeFrom(process.env), env: process.env, runner: systemRunner, clock: systemClock };
    const image = await ensureMachineImage({ ...ports, signal, progress: silentProgress }, "debian-12");
    const [host, login] = [mintKeyPair("host"), mintKeyPair("login")];
    const folder = await testFolder();
    resources.defer(() => rm(folder.path, { recursive: true, force: true }));
    const seed = {
      "user-data": await userDataFor({ host, publicKey: login.publicKey }),
      "meta-data": JSON.stringify({ "instance-id": "existing", "local-hostname": "existing" }),
    };
    machine = await boot(image, { id: "existing", rootGiB: 8, seed }, join(folder.path, "existing"));
    resources.defer(() => machine.kill());
    const address = "127.102.0.12";
    await machine.open([{ address, port: 22, protocol: "tcp" }]);
    const connection = { address, port: 22, user: "root", hostKey: host.publicKey, privateKey: login.privateKey };
    const waiting = { clock: systemClock, progress: silentProgress, signal };
    session = await waitForSsh(pool, connection, { ...waiting, deadlineMs: 600_000 });
    await waitForFirstBoot({ ...waiting, session, firstBootMs: 600_000 });
    await inGuest(others);
    before = await inGuest(inventory);
  });
  afterAll(() => resources.disposeAsync());

  const inGuest = async (script: string): Promise<string> => {
    const { exitCode, stdout, stderr } = await session.exec(["sh", "-euc", script], call);
    if (exitCode !== 0) throw new Error(`exit code ${exitCode}: ${stderr}`);
    return stdout;
  };
  const client = (): AgentClient =>
    createAgentClient({ open: agentStreams(session, systemClock).open, clock: systemClock });
  const job: JobCall = { signal, deadlineMs: 300_000, requestedBy: "a test", onEvent: () => undefined };

  it("is what it seems", async () => {
    expect(await probeHost(session, call)).toMatchObject({ system: "Debian 12", hasDocker: true, isPrivileged: true });
  });

  it("gets the agent, which runs an app there", async () => {
    const bundle = await bundleOfTheSources();
    const options = { node: installedNodeBinary, clock: systemClock, progress: silentProgress, signal };
    const info = await installAgent({ ...options, session, bundle, deadlineMs: 600_000 });
    expect(info).toMatchObject({
      confirmed: true,
      runtime: { kind: "docker" },
      facts: { os: expect.stringMatching("12") },
    });
    expect(await client().apply(app, job)).toMatchObject({ services: { web: { state: "running" } } });
    expect(await client().apps({ signal })).toEqual(["shop"]);
  });

  it("is as it was when app and agent are gone", async () => {
    await client().remove("shop", [], job);
    expect(await uninstallAgent({ session, clock: systemClock, signal, deadlineMs: 120_000 })).toEqual({
      kind: "removed",
    });
    const lines = (text: string): readonly string[] => text.split("\n");
    const after = await inGuest(inventory);
    expect(lines(after).filter((line) => !lines(before).includes(line))).toEqual([]);
    expect(lines(before).filter((line) => !lines(after).includes(line))).toEqual([]);
  });
}
