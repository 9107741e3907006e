import { afterAll, beforeAll, describe, expect, it, jest } from "@jest/globals";
import { createAgentClient } from "../../modules/agent-client/client.ts";
import { multiplex, type Multiplexed } from "../../modules/agent-client/multiplexed.ts";
import type { AgentClient } from "../../modules/agent-client/types.ts";
import type { AgentBundle } from "../../modules/agent-install/bundle.ts";
import { installAgent } from "../../modules/agent-install/install.ts";
import { findAgent } from "../../modules/agent-install/look.ts";
import { installedNodeBinary, type NodeBinary } from "../../modules/agent-install/node-binary.ts";
import { agentStreams } from "../../modules/agent-install/streams.ts";
import { uninstallAgent } from "../../modules/agent-install/uninstall.ts";
import { silentProgress } from "../../modules/base/progress.ts";
import { waitUntil } from "../../modules/base/wait.ts";
import type { AgentInfo } from "../../modules/protocol/api.ts";
import { createSshPool } from "../../modules/ssh/pool.ts";
import type { SshSession } from "../../modules/ssh/types.ts";
import { systemClock } from "../../modules/system/clock.ts";
import { bundleOfTheSources, scripted } from "../support/agent-bundle.ts";
import { notRun } from "../support/not-run.ts";
import { driverCall, startTestVm, whyNoVms, type TestVm } from "../support/vm.ts";

/** Long, because a busy machine emulates the guest's processors. */
const limitMs = 600_000;
jest.setTimeout(limitMs);
const signal = new AbortController().signal;
const call = { signal, deadlineMs: 120_000 };

const why = await whyNoVms();
if (why !== undefined) notRun("the host agent on a real VM", why);
else describe("the host agent on a real VM", installation);

/** One VM for all: each sentence starts from what the one before left, as on a host that lives. */
function installation(): void {
  let vm: TestVm;
  let session: SshSession;
  let first: AgentBundle;
  const pool = createSshPool({ clock: systemClock });

  beforeAll(async () => {
    first = await bundleOfTheSources();
    vm = await startTestVm();
    session = await pool.connect(vm.connection, call);
  }, limitMs);
  afterAll(async () => {
    await pool[Symbol.asyncDispose]();
    await vm[Symbol.asyncDispose]();
  }, limitMs);

  const install = (
    bundle: AgentBundle,
    more: { readonly healthyMs?: number; readonly node?: () => Promise<NodeBinary> } = {},
  ): Promise<AgentInfo> =>
    installAgent({
      session,
      bundle,
      node: installedNodeBinary,
      clock: systemClock,
      progress: silentProgress,
      signal,
      deadlineMs: limitMs,
      ...more,
    });
  const inGuest = async (script: string): Promise<string> => {
    const { exitCode, stdout, stderr } = await session.exec(["sh", "-c", script], call);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
    return stdout.trim();
  };
  const running = (): Promise<AgentInfo | undefined> =>
    findAgent(createAgentClient({ open: agentStreams(session, systemClock).open, clock: systemClock }), signal);

  /** A client through the VM's own port, which ends with `use`. */
  const throughPort = async <T>(use: (client: AgentClient, port: Multiplexed) => Promise<T>): Promise<T> => {
    const stream = await vm.driver.openAgentPort(vm.id, driverCall());
    if (stream === undefined) throw new Error("the port leads nowhere");
    using port = multiplex(stream, systemClock);
    return await use(createAgentClient({ open: port.open, clock: systemClock }), port);
  };

  it("is not there before: the VM's port says so at once", async () => {
    // Less than the port has to answer.
    expect(await vm.driver.openAgentPort(vm.id, driverCall(8_000))).toBeUndefined();
  });

  it("is installed, answers and is confirmed", async () => {
    const info = await install(first);
    expect(info).toMatchObject({ bundleDigest: first.digest, slot: "a", confirmed: true, runtime: { kind: "docker" } });
    expect(await inGuest("systemctl is-enabled stackhouse-agent; readlink /opt/stackhouse/confirmed")).toBe(
      "enabled\na",
    );
  });

  it("is left alone when it is there: nothing is sent and nothing starts again", async () => {
    const before = await running();
    const node = (): Promise<NodeBinary> => Promise.reject(new Error("nobody needs Node"));
    expect((await install(first, { node })).startedAt).toBe(before?.startedAt);
  });

  it("answers through the VM's port too: to one client at a time, as often as one comes back", async () => {
    await throughPort(async (client) => {
      expect(await client.info({ signal })).toMatchObject({ bundleDigest: first.digest });
      expect(await vm.driver.openAgentPort(vm.id, driverCall())).toBeUndefined();
    });
    expect(await throughPort((client) => client.apps({ signal }))).toEqual([]);
  });

  it("tells who is at the VM's port when it stops, and serves who comes back", async () => {
    await throughPort(async (client, port) => {
      await client.info({ signal });
      await inGuest("systemctl restart stackhouse-agent");
      await expect(client.info({ signal })).rejects.toMatchObject({ code: "agent.unreachable" });
      expect(port.lost).toBe(true);
    });
    // Until it is up, the port rightly leads nowhere.
    await untilAnswers(running);
    expect(await throughPort((client) => client.info({ signal }))).toMatchObject({ bundleDigest: first.digest });
  });

  it("goes into the other slot when it is upgraded", async () => {
    const second = variant(first, "// a newer one");
    expect(await install(second)).toMatchObject({ bundleDigest: second.digest, slot: "b", confirmed: true });
    expect(await inGuest("readlink /opt/stackhouse/confirmed")).toBe("b");
  });

  it("falls back when the new one crashes, and the error shows its last words", async () => {
    const before = await running();
    const broken = { ...first, ...scripted(`console.error("the roof is missing"); process.exit(3);`) };
    await expect(install(broken)).rejects.toMatchObject({
      code: "agent.crashed",
      details: expect.arrayContaining(["the roof is missing"]),
    });
    await expect(untilAnswers(running)).resolves.toMatchObject({ bundleDigest: before?.bundleDigest, slot: "b" });
  });

  it("falls back when the new one starts and never answers", async () => {
    const before = await running();
    const mute = { ...first, ...scripted(`console.error("I say nothing"); setInterval(() => {}, 1e6);`) };
    await expect(install(mute, { healthyMs: 8_000 })).rejects.toMatchObject({
      code: "agent.crashed",
      details: expect.arrayContaining(["I say nothing"]),
    });
    await expect(untilAnswers(running)).resolves.toMatchObject({ bundleDigest: before?.bundleDigest, slot: "b" });
  });

  it("comes back by itself after a kill -9", async () => {
    const before = await running();
    await inGuest("systemctl kill --signal=KILL stackhouse-agent");
    const after = await untilAnswers(running, (info) => info.startedAt !== before?.startedAt);
    expect(after).toMatchObject({ bundleDigest: before?.bundleDigest, confirmed: true });
  });

  it("is ended and started again by its host where it hangs, and is left alone where it does not", async () => {
    const dropIn = "/run/systemd/system/stackhouse-agent.service.d";
    const lastSign = "systemctl show --property WatchdogTimestampMonotonic --value stackhouse-agent";
    await inGuest(
      `mkdir -p ${dropIn} && printf '[Service]\\nEnvironment=STACKHOUSE_WATCHDOG=30000\\n' >${dropIn}/soon.conf && ` +
        "systemctl daemon-reload && systemctl restart stackhouse-agent",
    );
    const before = await untilAnswers(running);
    for (let sign = 1; sign <= 3; sign += 1) {
      const last = await inGuest(lastSign);
      await until("another sign of life", async () => (await inGuest(lastSign)) !== last);
    }
    expect((await running())?.startedAt).toBe(before.startedAt);

    await inGuest("systemctl kill --kill-whom=main --signal=STOP stackhouse-agent");
    const unlessItHangs = (): Promise<AgentInfo | undefined> => running().catch(() => undefined);
    const after = await untilAnswers(unlessItHangs, (info) => info.startedAt !== before.startedAt);
    expect(after).toMatchObject({ bundleDigest: before.bundleDigest, confirmed: true });
    expect(await inGuest("journalctl --unit stackhouse-agent --output cat")).toContain("Watchdog timeout");
    await inGuest(`rm -r ${dropIn} && systemctl daemon-reload && systemctl restart stackhouse-agent`);
    await untilAnswers(running);
  });

  it("gets its Node uploaded where the base image brought none, and one that nobody runs on goes", async () => {
    await inGuest("rm -rf /opt/stackhouse/nodes/* && touch /opt/stackhouse/nodes/unused");
    const third = variant(first, "// a third one");
    expect(await install(third)).toMatchObject({ bundleDigest: third.digest, slot: "a", confirmed: true });
    const { digest } = await installedNodeBinary();
    expect(await inGuest("cd /opt/stackhouse/nodes && sha256sum *")).toBe(`${digest}  ${digest}`);
  });

  it("is refused by a user who cannot become root, and nothing is changed", async () => {
    await inGuest(
      "useradd --create-home --password '*' guest && mkdir ~guest/.ssh && " +
        "cat /root/.ssh/authorized_keys /etc/ssh/stackhouse_authorized_keys > ~guest/.ssh/authorized_keys 2>/dev/null; true",
    );
    using guest = await pool.connect({ ...vm.connection, user: "guest" }, call);
    const options = {
      node: installedNodeBinary,
      clock: systemClock,
      progress: silentProgress,
      signal,
      deadlineMs: limitMs,
    };
    await expect(installAgent({ ...options, session: guest, bundle: first })).rejects.toMatchObject({
      code: "agent.install-failed",
      details: ["the user guest cannot become root: sudo -n is refused"],
    });
  });

  it("is taken off with all that is its own, as often as one likes", async () => {
    await uninstallAgent({ session, clock: systemClock, signal, deadlineMs: limitMs });
    await uninstallAgent({ session, clock: systemClock, signal, deadlineMs: limitMs });
    expect(await running()).toBeUndefined();
    expect(
      await inGuest(
        "ls -d /opt/stackhouse/a /opt/stackhouse/confirmed /var/lib/stackhouse /run/stackhouse " +
          "/etc/systemd/system/stackhouse-agent.service 2>/dev/null; true",
      ),
    ).toBe("");
    expect(await inGuest("ls /opt/stackhouse/nodes")).toBe((await installedNodeBinary()).digest);
  });
}

function variant(bundle: AgentBundle, comment: string): AgentBundle {
  return { ...bundle, ...scripted(`${Buffer.from(bundle.script).toString()}\n${comment}\n`) };
}

/** What answers, once something does: systemd needs a moment to start an agent. */
function untilAnswers(
  look: () => Promise<AgentInfo | undefined>,
  isIt: (info: AgentInfo) => boolean = () => true,
): Promise<AgentInfo> {
  return waitUntil(
    async () => {
      const info = await look();
      return info !== undefined && isIt(info) ? { done: true, value: info } : { done: false, reason: "not yet" };
    },
    { clock: systemClock, signal, progress: silentProgress, what: "the agent", deadlineMs: 180_000, intervalMs: 500 },
  );
}

async function until(what: string, isSo: () => Promise<boolean>): Promise<void> {
  await waitUntil<undefined>(
    async () => ((await isSo()) ? { done: true, value: undefined } : { done: false, reason: "not yet" }),
    { clock: systemClock, signal, progress: silentProgress, what, deadlineMs: 120_000, intervalMs: 500 },
  );
}
