import { connect } from "node:net";
import { Duplex } from "node:stream";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { createAgentClient } from "../../modules/agent-client/client.ts";
import { installAgent } from "../../modules/agent-install/install.ts";
import { findAgent } from "../../modules/agent-install/look.ts";
import { agentStreams } from "../../modules/agent-install/streams.ts";
import { uninstallAgent } from "../../modules/agent-install/uninstall.ts";
import { silentProgress } from "../../modules/base/progress.ts";
import type { SshSession } from "../../modules/ssh/types.ts";
import { fakeRuntime, startTestAgent, type TestAgent } from "../support/agent.ts";
import { fastClock } from "../support/fast-clock.ts";

const { signal } = new AbortController();
const clock = fastClock(20);
const digest = "0".repeat(64);
const text = Buffer.from("");
const bundle = {
  version: "1.2.3",
  ...{ script: text, digest, launcher: text, launcherDigest: digest, unit: text, unitDigest: digest },
};
const probe = [
  ...["architecture=x86_64", "system=Debian 13", "memoryKiB=2000000", "libc=glibc 2.41", "hasSystemd=yes"],
  ...["hasDocker=yes", "isPrivileged=yes", "freeKiB=9000000", "confirmed=a"],
  `${digest}  /opt/stackhouse/a/agent.js`,
  `${digest}  /opt/stackhouse/launch`,
  `${digest}  /etc/systemd/system/stackhouse-agent.service`,
].join("\n");

let agent: TestAgent;
beforeEach(async () => {
  agent = await startTestAgent(fakeRuntime());
});
afterEach(async () => {
  await agent[Symbol.asyncDispose]();
});

const silence = (): Duplex => new Duplex({ read: () => undefined, write: (_chunk, _encoding, done) => done() });

/** A host whose agent takes connections and says nothing, until systemd is told to end its process. */
function hostWithHangingAgent(): { session: SshSession; asked: string[] } {
  const asked: string[] = [];
  let hangs = true;
  const nowhere = (): never => {
    throw new Error("nobody asks for this");
  };
  const session: SshSession = {
    connection: { address: "203.0.113.1", port: 22, user: "root", hostKey: "" },
    lost: false,
    openUnixSocket: async () => (hangs ? silence() : connect(agent.socket)),
    exec: async ([, , , name = "", ...args]) => {
      asked.push(name);
      if (args.includes("restart")) hangs = false;
      return { exitCode: 0, stdout: name === "stackhouse-probe" ? probe : "kept\n", stderr: "" };
    },
    openCommand: nowhere,
    upload: nowhere,
    shell: nowhere,
    [Symbol.dispose]: () => undefined,
  };
  return { session, asked };
}

describe("an agent that takes connections and hangs", () => {
  it("is told from one that is not there", async () => {
    const { session } = hostWithHangingAgent();
    const client = createAgentClient({ open: () => session.openUnixSocket("", { signal, deadlineMs: 1 }), clock });
    await expect(findAgent(client, signal)).rejects.toMatchObject({
      code: "agent.silent",
      message: "the host agent did not answer GET /v1/info within 20 s",
    });
  });

  it("is started again by an installation of the same bundle, and nothing is sent", async () => {
    const { session, asked } = hostWithHangingAgent();
    const node = (): Promise<never> => Promise.reject(new Error("nothing is to be sent"));
    const ports = { session, bundle, node, clock, progress: silentProgress, signal };
    expect(await installAgent({ ...ports, deadlineMs: 300_000 })).toMatchObject({ bundleDigest: digest });
    expect(asked).toEqual(["stackhouse-probe", "stackhouse-start"]);
  });

  it("is taken off, and its record stays: nobody knows whether it had apps", async () => {
    const { session, asked } = hostWithHangingAgent();
    expect(await uninstallAgent({ session, clock, signal, deadlineMs: 60_000 })).toEqual({ kind: "removed-unasked" });
    expect(asked).toEqual(["stackhouse-uninstall"]);
  });

  it("is no such thing where the caller's own time is over", async () => {
    const { session } = hostWithHangingAgent();
    const over = new AbortController();
    using streams = agentStreams(session, clock);
    const client = createAgentClient({ open: streams.open, clock });
    const finding = findAgent(client, over.signal);
    over.abort(new Error("enough"));
    await expect(finding).rejects.toThrow("enough");
  });
});
