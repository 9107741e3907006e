import { PassThrough } from "node:stream";
import { describe, expect, it } from "@jest/globals";
import { agentStreams } from "../../modules/agent-install/streams.ts";
import { StackhouseError } from "../../modules/base/errors.ts";
import type { SshSession } from "../../modules/ssh/types.ts";

const { signal } = new AbortController();
const agentSocket = "/run/stackhouse/agent.sock";

/** A host whose sshd reaches these sockets, and what was asked of it. */
function hostWith(sockets: ReadonlySet<string>, user = "root"): { session: SshSession; asked: string[] } {
  const asked: string[] = [];
  const open = (what: string): PassThrough => {
    asked.push(what);
    return new PassThrough();
  };
  const nowhere = (): never => {
    throw new Error("nobody asks for this");
  };
  const session: SshSession = {
    connection: { address: "203.0.113.1", port: 22, user, hostKey: "" },
    lost: false,
    openUnixSocket: async (path) => {
      if (sockets.has(path)) return open(path);
      throw new StackhouseError("ssh.command-failed", `nobody listens on ${path}`);
    },
    openCommand: async ([program = ""], _call, { via } = {}) => open([...(via?.command ?? []), program].join(" ")),
    exec: nowhere,
    upload: nowhere,
    shell: nowhere,
    [Symbol.dispose]: () => undefined,
  };
  return { session, asked };
}

const node = "/opt/stackhouse/current/node";

describe("the way to the agent of a host", () => {
  it("is its socket, for root", async () => {
    const { session, asked } = hostWith(new Set([agentSocket]));
    await agentStreams(session)(signal);
    expect(asked).toEqual([agentSocket]);
  });

  it("leads through sudo for others", async () => {
    const { session, asked } = hostWith(new Set([agentSocket]), "deploy");
    await agentStreams(session)(signal);
    expect(asked).toEqual([`sudo -n ${node}`]);
  });

  it("is a command where sshd forwards no unix sockets, and that is found out once", async () => {
    const { session, asked } = hostWith(new Set());
    const open = agentStreams(session);
    await open(signal);
    await open(signal);
    expect(asked).toEqual([node, node]);
  });

  it("is none where sshd forwards them and nobody listens there: that is no matter of its settings", async () => {
    const sockets = new Set(["/run/systemd/journal/stdout"]);
    const { session, asked } = hostWith(sockets);
    const open = agentStreams(session);
    await expect(open(signal)).rejects.toMatchObject({ code: "ssh.command-failed" });
    sockets.add(agentSocket);
    await open(signal);
    expect(asked).toEqual(["/run/systemd/journal/stdout", agentSocket]);
  });
});
