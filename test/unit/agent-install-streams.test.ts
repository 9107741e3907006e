import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { connect } from "node:net";
import { Duplex, PassThrough } from "node:stream";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { createAgentClient } from "../../modules/agent-client/client.ts";
import type { AgentClient } from "../../modules/agent-client/types.ts";
import { installAgent } from "../../modules/agent-install/install.ts";
import { agentStreams, type AgentStreams } from "../../modules/agent-install/streams.ts";
import { StackhouseError } from "../../modules/base/errors.ts";
import { silentProgress } from "../../modules/base/progress.ts";
import type { SshSession } from "../../modules/ssh/types.ts";
import { systemClock as clock } from "../../modules/system/clock.ts";
import { fakeRuntime, startTestAgent, type TestAgent } from "../support/agent.ts";

const call = { signal: new AbortController().signal };
const agentSocket = "/run/stackhouse/agent.sock";

let agent: TestAgent;
let commands: ChildProcess[];
beforeEach(async () => {
  agent = await startTestAgent(fakeRuntime());
  commands = [];
});
afterEach(async () => {
  for (const command of commands) command.kill();
  await agent[Symbol.asyncDispose]();
});

/** A host whose sshd reaches these sockets, and what was asked of it. Commands are run for real, as whoever runs the tests. */
function hostWith(sockets: ReadonlySet<string>, user = "root"): { session: SshSession; asked: string[] } {
  const asked: string[] = [];
  const nowhere = (): never => {
    throw new Error("nobody asks for this");
  };
  const session: SshSession = {
    connection: { address: "203.0.113.1", port: 22, user, hostKey: "" },
    lost: false,
    openUnixSocket: async (path) => {
      if (!sockets.has(path)) throw new StackhouseError("ssh.command-failed", `nobody listens on ${path}`);
      asked.push(path);
      return path === agentSocket ? connect(agent.socket) : new PassThrough();
    },
    openCommand: async ([program = "", ...args], _call, { via } = {}) => {
      asked.push([...(via?.command ?? []), program].join(" "));
      const here = args.map((arg) => (arg === agentSocket ? agent.socket : arg));
      const { stdin, stdout } = commands[commands.push(spawn(process.execPath, here)) - 1]!;
      return Duplex.from({ readable: stdout!, writable: stdin! });
    },
    exec: nowhere,
    upload: nowhere,
    shell: nowhere,
    [Symbol.dispose]: () => undefined,
  };
  return { session, asked };
}

const nodePath = "/opt/stackhouse/current/node";
const clientOf = ({ open }: AgentStreams): AgentClient => createAgentClient({ open, clock });

describe("the way to the agent of a host", () => {
  it("is its socket, for root", async () => {
    const { session, asked } = hostWith(new Set([agentSocket]));
    using streams = agentStreams(session, clock);
    await clientOf(streams).info(call);
    expect(asked).toEqual([agentSocket]);
  });

  it.each([
    ["leads through sudo for others", new Set([agentSocket]), "deploy", `sudo -n ${nodePath}`],
    ["is a command where sshd forwards no unix sockets", new Set<string>(), "root", nodePath],
  ])("%s, which all streams share", async (_, sockets, user, command) => {
    const { session, asked } = hostWith(sockets, user);
    using streams = agentStreams(session, clock);
    const infos = await Promise.all(Array.from({ length: 20 }, () => clientOf(streams).info(call)));
    expect(new Set(infos.map(({ version }) => version))).toEqual(new Set(["1.2.3"]));
    await clientOf(streams).apps(call);
    expect(asked).toEqual([command]);
  });

  it("is none where sshd forwards sockets and nobody listens there: that is no matter of its settings", async () => {
    const sockets = new Set(["/run/systemd/journal/stdout"]);
    const { session, asked } = hostWith(sockets);
    using streams = agentStreams(session, clock);
    await expect(streams.open(call.signal)).rejects.toMatchObject({ code: "ssh.command-failed" });
    sockets.add(agentSocket);
    await clientOf(streams).info(call);
    expect(asked).toEqual(["/run/systemd/journal/stdout", agentSocket]);
  });
});

describe("a command that joins streams to an agent", () => {
  it("goes on while the agent starts again, and tells each stream that nobody is there", async () => {
    const { session, asked } = hostWith(new Set());
    using streams = agentStreams(session, clock);
    await clientOf(streams).info(call);
    await agent.stop();
    await expect(clientOf(streams).info(call)).rejects.toMatchObject({ code: "agent.unreachable" });
    await agent.start();
    expect(await clientOf(streams).info(call)).toMatchObject({ version: "1.2.3" });
    expect(asked).toEqual([nodePath]);
  });

  it("is started again where it has ended", async () => {
    const { session, asked } = hostWith(new Set());
    using streams = agentStreams(session, clock);
    await clientOf(streams).info(call);
    commands[0]!.kill();
    await once(commands[0]!, "exit");
    const again = async (): Promise<string> => (await clientOf(streams).info(call)).version;
    expect(await again().catch(again)).toBe("1.2.3");
    expect(asked).toEqual([nodePath, nodePath]);
  });

  it("serves an installation to its end", async () => {
    const { session, asked } = hostWith(new Set(), "deploy");
    const digest = "0".repeat(64);
    const text = Buffer.from("");
    const files = { script: text, launcher: text, launcherDigest: digest, unit: text, unitDigest: digest };
    const bundle = { version: "1.2.3", digest, ...files };
    const node = (): Promise<never> => Promise.reject(new Error("nothing is to be sent"));
    const ports = { session, bundle, node, clock, progress: silentProgress, ...call };
    expect(await installAgent({ ...ports, deadlineMs: 60_000 })).toMatchObject({ confirmed: true });
    expect(asked).toEqual([`sudo -n ${nodePath}`]);
  });

  it("ends with the streams that it was started for", async () => {
    const { session } = hostWith(new Set());
    const streams = agentStreams(session, clock);
    await clientOf(streams).info(call);
    streams[Symbol.dispose]();
    await once(commands[0]!, "exit");
    expect(commands[0]!.signalCode).toBeNull();
  });
});
