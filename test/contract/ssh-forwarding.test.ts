import { mkdir, symlink } from "node:fs/promises";
import { createServer } from "node:net";
import { dirname, join } from "node:path";
import { describe, expect, it, jest } from "@jest/globals";
import { deferred } from "../../modules/base/deferred.ts";
import { createAgentClient } from "../../modules/agent-client/client.ts";
import type { AgentClient } from "../../modules/agent-client/types.ts";
import { findAgent } from "../../modules/agent-install/look.ts";
import { agentStreams } from "../../modules/agent-install/streams.ts";
import { uninstallAgent } from "../../modules/agent-install/uninstall.ts";
import { createAgentRoutes, type AgentRoutesOptions } from "../../modules/agent-routes/routes.ts";
import { unlessAborted } from "../../modules/base/deadline.ts";
import type { JobEvent } from "../../modules/protocol/jobs.ts";
import { createSshPool } from "../../modules/ssh/pool.ts";
import { systemClock as clock } from "../../modules/system/clock.ts";
import { fakeRuntime, shop, startTestAgent, type TestAgent } from "../support/agent.ts";
import { endless } from "../support/agent-client.ts";
import { testFolder } from "../support/folder.ts";
import { listening } from "../support/listening.ts";
import { notRun } from "../support/not-run.ts";
import { startSshd, type TestSshd } from "../support/sshd.ts";

jest.setTimeout(60_000);
const { signal } = new AbortController();

const suite = "an sshd and what it forwards";
if (process.getuid?.() === 0) describe(suite, withMounts);
else notRun(suite, "mounting folders needs root");

function withMounts(): void {
  it.each([
    ["all", []],
    ["no unix sockets", ["AllowStreamLocalForwarding no"]],
    ["unix sockets of clients alone", ["AllowStreamLocalForwarding remote"]],
    ["nothing at all", ["DisableForwarding yes"]],
  ])("leads to the agent, though it forwards %s", async (_, settings) => {
    await using agent = await startTestAgent(fakeRuntime());
    await using host = await hostWith(agent, settings);
    await using pool = createSshPool({ clock });
    using session = await pool.connect(host.sshd.connection, { signal, deadlineMs: 20_000 });
    using streams = agentStreams(session, clock);
    const client = createAgentClient({ open: streams.open, clock });
    expect(await findAgent(client, signal)).toMatchObject({ version: "1.2.3" });
    await client.apply(shop(), { signal, deadlineMs: 30_000, requestedBy: "a test", onEvent: () => undefined });
    expect(await uninstallAgent({ session, clock, signal, deadlineMs: 20_000 })).toEqual({
      kind: "stays",
      apps: ["shop"],
    });
    await agent.stop();
    expect(await findAgent(client, signal)).toBeUndefined();
  });

  it("answers beside more jobs than it has sessions for, where it forwards nothing", async () => {
    await using agent = await startTestAgent(fakeRuntime(endless));
    await using host = await hostWith(agent, ["DisableForwarding yes"]);
    await using pool = createSshPool({ clock });
    await using routes = createAgentRoutes({ pool, driver: noVms, clock, connectMs: 20_000 });
    const clientOf = (): AgentClient => createAgentClient({ ...routes.to(host.sshd.connection), clock });
    const leave = new AbortController();
    const names = Array.from({ length: 12 }, (_, index) => `app${index}`);
    const jobs = names.map((name) => {
      const begun = deferred<JobEvent>();
      const desired = shop({}, name);
      const onEvent = (event: JobEvent): void => {
        if (event.type === "step-started") begun.resolve(event);
      };
      const over = clientOf().apply(desired, {
        signal: leave.signal,
        deadlineMs: 60_000,
        requestedBy: "a test",
        onEvent,
      });
      return { begun: Promise.race([begun.promise, over]), over };
    });
    const late = AbortSignal.timeout(20_000);
    await unlessAborted(late, Promise.all(jobs.map(({ begun }) => begun)));
    expect(await clientOf().apps({ signal: late })).toEqual(names.toSorted());
    leave.abort(new Error("seen enough"));
    await Promise.allSettled(jobs.map(({ over }) => over));
  });
}

/** A workstation without VMs. */
const noVms: AgentRoutesOptions["driver"] = {
  inspect: () => Promise.resolve({ state: "absent" }),
  openAgentPort: () => Promise.resolve(undefined),
};

/** A host as far as the way to its agent needs one: the agent's socket, its Node, and systemd's journal. */
async function hostWith(
  agent: TestAgent,
  settings: readonly string[],
): Promise<AsyncDisposable & { readonly sshd: TestSshd }> {
  const resources = new AsyncDisposableStack();
  const folder = resources.use(await testFolder());
  const [run, opt] = [join(folder.path, "run"), join(folder.path, "opt")];
  for (const path of ["sshd", "stackhouse", "systemd/journal"]) await mkdir(join(run, path), { recursive: true });
  await mkdir(join(opt, "stackhouse/current"), { recursive: true });
  await symlink(process.execPath, join(opt, "stackhouse/current/node"));
  resources.use(await listening(createServer(), join(run, "systemd/journal/stdout")));
  const mounts = [
    [run, "/run"],
    [dirname(agent.socket), "/run/stackhouse"],
    [opt, "/opt"],
  ] as const;
  const sshd = resources.use(await startSshd({ settings, mounts }));
  return { sshd, [Symbol.asyncDispose]: () => resources.disposeAsync() };
}
