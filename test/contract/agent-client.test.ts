import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import { createReadStream } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { Readable, type Duplex } from "node:stream";
import { buffer, text } from "node:stream/consumers";
import { afterEach, beforeEach, describe, expect, it, jest } from "@jest/globals";
import { pack } from "tar-stream";
import { createAgentClient } from "../../modules/agent-client/client.ts";
import { multiplex, type Multiplexed } from "../../modules/agent-client/multiplexed.ts";
import type { AgentClient, JobCall, OpenStream } from "../../modules/agent-client/types.ts";
import { agentPaths, protocolHeader } from "../../modules/protocol/api.ts";
import type { JobEvent } from "../../modules/protocol/jobs.ts";
import { createSshPool } from "../../modules/ssh/pool.ts";
import { systemClock } from "../../modules/system/clock.ts";
import { fakeRuntime, sha256, shop, startTestAgent, type TestAgent } from "../support/agent.ts";
import { startSshd } from "../support/sshd.ts";
import { startTcpProxy } from "../support/tcp-proxy.ts";
import { startUnixRelay } from "../support/unix-relay.ts";

jest.setTimeout(60_000);
const signal = new AbortController().signal;
const call = { signal };

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "agent-client-"));
});
afterEach(() => rm(directory, { recursive: true }));

const openSocket =
  (path: string) =>
  async (abort: AbortSignal): Promise<Duplex> => {
    const socket = connect(path);
    await once(socket, "connect", { signal: abort });
    return socket;
  };
/** As through the port of a VM: one connection, and another one when that is lost. */
const openShared = (path: string): OpenStream => {
  let shared: Multiplexed | undefined;
  return async (abort) => {
    if (shared?.lost !== false) shared = multiplex(await openSocket(path)(abort), systemClock);
    return shared.open(abort);
  };
};
const clientWith =
  (open: (path: string) => OpenStream) =>
  (path: string, reconnectMs = 5_000): AgentClient =>
    createAgentClient({ open: open(path), clock: systemClock, reconnectMs });
const clientOf = clientWith(openSocket);

const ways = [
  { name: "a connection for each stream", socketOf: ({ socket }: TestAgent) => socket, clientOf },
  {
    name: "one connection for all streams",
    socketOf: ({ socket }: TestAgent) => join(dirname(socket), agentPaths.streams),
    clientOf: clientWith(openShared),
  },
];

const jobCall = (more: Partial<JobCall> = {}): JobCall => ({
  signal,
  deadlineMs: 30_000,
  requestedBy: "a test",
  onEvent: () => undefined,
  ...more,
});

describe.each(ways)("over $name", (way) => {
  describe("the agent's answers", () => {
    it("say what the agent is, and confirm it", async () => {
      await using agent = await startTestAgent(fakeRuntime());
      const client = way.clientOf(way.socketOf(agent));
      expect(await client.info(call)).toMatchObject({ version: "1.2.3", slot: "a", confirmed: false });
      expect(await client.confirm(call)).toMatchObject({ confirmed: true });
    });

    it("follow an app from nothing to its removal", async () => {
      await using agent = await startTestAgent(fakeRuntime());
      const client = way.clientOf(way.socketOf(agent));
      expect(await client.status("shop", call)).toBeUndefined();
      expect((await client.plan(shop(), call)).steps.map(({ kind }) => kind)).toContain("create-container");
      const applied = await client.apply(shop(), jobCall());
      expect(applied.services["web"]).toMatchObject({ state: "running" });
      expect(await client.apps(call)).toEqual(["shop"]);
      expect((await client.status("shop", call))?.services["db"]).toMatchObject({ state: "running" });
      expect((await client.plan(shop(), call)).steps).toEqual([]);
      await client.remove("shop", [], jobCall());
      expect(await client.status("shop", call)).toBeUndefined();
      expect(await client.apps(call)).toEqual([]);
    });

    it("name the images that are there, and load others from an archive", async () => {
      await using agent = await startTestAgent(fakeRuntime());
      const client = way.clientOf(way.socketOf(agent));
      expect(await client.images(["web:1", "new:1"], call)).toEqual({ "web:1": "sha256:web:1" });
      const content = await buffer(archiveOf("new:1"));
      const archive = { digest: sha256(content), open: () => Readable.from([content]) };
      const told: string[] = [];
      const onProgress = (line: string): void => void told.push(line);
      expect(await client.loadImages(archive, { signal, onProgress })).toEqual(["new:1"]);
      expect(told).toEqual(["loaded new:1"]);
      expect(Object.keys(await client.images(["new:1"], call))).toEqual(["new:1"]);
      expect(await client.archives([archive.digest, "f".repeat(64)], call)).toEqual({
        [archive.digest]: [{ reference: "new:1", present: true }],
      });
    });

    const digest = "b".repeat(64);

    it("refuse an archive that is none", async () => {
      await using agent = await startTestAgent(fakeRuntime());
      const noise = Readable.from(Array.from({ length: 100 }, () => Buffer.alloc(64 * 1024, "x")));
      await expect(
        way.clientOf(way.socketOf(agent)).loadImages({ digest, open: () => noise }, call),
      ).rejects.toMatchObject({
        code: "input.invalid",
      });
    });

    it("refuse an archive that is not the one that was announced, and do not take it for that one", async () => {
      await using agent = await startTestAgent(fakeRuntime());
      const client = way.clientOf(way.socketOf(agent));
      await expect(client.loadImages({ digest, open: () => archiveOf("new:1") }, call)).rejects.toMatchObject({
        code: "input.invalid",
        message: expect.stringMatching(/changed on its way/u),
      });
      expect(await client.archives([digest], call)).toEqual({});
    });

    it("are not waited for when the archive cannot be read", async () => {
      await using agent = await startTestAgent(fakeRuntime());
      const broken = new Readable({ read: () => void broken.destroy(new Error("the disk broke")) });
      await expect(
        way.clientOf(way.socketOf(agent)).loadImages({ digest, open: () => broken }, call),
      ).rejects.toMatchObject({
        code: "input.invalid",
        message: "the archive cannot be read: the disk broke",
      });
    });

    it("are refused when the archive is not there", async () => {
      await using agent = await startTestAgent(fakeRuntime());
      const open = (): Readable => createReadStream("/nowhere/images.tar");
      await expect(way.clientOf(way.socketOf(agent)).loadImages({ digest, open }, call)).rejects.toMatchObject({
        code: "input.invalid",
        message: expect.stringContaining("ENOENT"),
      });
    });

    it("are not opened where there is no way to the agent", async () => {
      const opened: string[] = [];
      const client = createAgentClient({ open: () => Promise.reject(new Error("no way")), clock: systemClock });
      const open = (): Readable => {
        opened.push("opened");
        return Readable.from([]);
      };
      await expect(client.loadImages({ digest, open }, call)).rejects.toMatchObject({ code: "agent.unreachable" });
      expect(opened).toEqual([]);
    });
  });

  describe("a job", () => {
    it("tells each event once and in order", async () => {
      await using agent = await startTestAgent(fakeRuntime());
      const events: JobEvent[] = [];
      await way.clientOf(way.socketOf(agent)).apply(shop(), jobCall({ onEvent: (event) => events.push(event) }));
      expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1));
      expect([events[0]?.type, events.at(-1)?.type]).toEqual(["planned", "succeeded"]);
    });

    it("fails with the agent's problem and its evidence", async () => {
      const health = { state: "unhealthy", output: "no answer on port 80" } as const;
      await using agent = await startTestAgent(fakeRuntime({ services: { db: { health } } }));
      await expect(way.clientOf(way.socketOf(agent)).apply(shop(), jobCall())).rejects.toMatchObject({
        code: "app.unhealthy",
        details: expect.arrayContaining([expect.stringContaining("no answer on port 80")]),
      });
    });

    /** The database becomes healthy after a while, so that there is a middle of the job. */
    const slow = { services: { db: { health: { state: "healthy", afterMs: 800 } } } } as const;
    const whenStarted = (act: () => void) => {
      const events: JobEvent[] = [];
      const onEvent = (event: JobEvent): void => {
        events.push(event);
        if (event.type === "step-started" && events.filter(({ type }) => type === event.type).length === 3) act();
      };
      return { events, onEvent };
    };

    it("is followed on through a cut in the middle of its events, and none is missed", async () => {
      await using agent = await startTestAgent(fakeRuntime(slow));
      await using relay = await startUnixRelay(join(directory, "relay.sock"), way.socketOf(agent));
      const { events, onEvent } = whenStarted(() => {
        relay.close();
        setTimeout(() => relay.open(), 300);
      });
      const status = await way.clientOf(relay.path).apply(shop(), jobCall({ onEvent }));
      expect(status.services["web"]).toMatchObject({ state: "running" });
      expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1));
    });

    it("is followed on through a restart of the agent, which takes it up again", async () => {
      await using agent = await startTestAgent(fakeRuntime(slow));
      const { onEvent } = whenStarted(() => void agent.stop().then(() => agent.start()));
      const status = await way.clientOf(way.socketOf(agent)).apply(shop(), jobCall({ onEvent }));
      expect(status.services["web"]).toMatchObject({ state: "running" });
    });

    it("is not lost when the cut comes before the agent has answered", async () => {
      await using agent = await startTestAgent(fakeRuntime());
      await using relay = await startUnixRelay(join(directory, "relay.sock"), way.socketOf(agent));
      relay.close();
      setTimeout(() => relay.open(), 300);
      expect(await way.clientOf(relay.path).apply(shop(), jobCall())).toMatchObject({ name: "shop" });
    });

    it("is given up when the agent does not come back", async () => {
      await using agent = await startTestAgent(fakeRuntime(slow));
      await using relay = await startUnixRelay(join(directory, "relay.sock"), way.socketOf(agent));
      const { onEvent } = whenStarted(() => relay.close());
      await expect(way.clientOf(relay.path, 400).apply(shop(), jobCall({ onEvent }))).rejects.toMatchObject({
        code: "agent.unreachable",
        message: "shop: the host agent did not come back within 0 s",
      });
    });

    it("is cancelled on the host when the caller aborts", async () => {
      const health = { state: "healthy", afterMs: 4_000 } as const;
      await using agent = await startTestAgent(fakeRuntime({ services: { db: { health } } }));
      const abort = new AbortController();
      const { onEvent } = whenStarted(() => abort.abort(new Error("stopped by the user")));
      const client = way.clientOf(way.socketOf(agent));
      await expect(client.apply(shop(), jobCall({ onEvent, signal: abort.signal }))).rejects.toThrow(
        "stopped by the user",
      );
      // The app is free again: the next job does not wait for the first.
      await client.remove("shop", [], jobCall({ deadlineMs: 5_000 }));
    });

    it("ends at its deadline, with what it waited for", async () => {
      const health = { state: "healthy", afterMs: 30_000 } as const;
      await using agent = await startTestAgent(fakeRuntime({ services: { db: { health } } }));
      await expect(
        way.clientOf(way.socketOf(agent)).apply(shop(), jobCall({ deadlineMs: 3_000 })),
      ).rejects.toMatchObject({
        code: "app.unhealthy",
      });
    });
  });

  describe("log lines", () => {
    const prints = [
      { stream: "stdout", line: "ready" },
      { stream: "stderr", line: "żółć" },
    ] as const;

    it("come in order and end", async () => {
      await using agent = await startTestAgent(fakeRuntime({ services: { web: { prints } } }));
      const client = way.clientOf(way.socketOf(agent));
      await client.apply(shop(), jobCall());
      const lines: string[] = [];
      for await (const { service, line } of client.logs("shop", { services: ["web"], follow: false }, signal)) {
        lines.push(`${service}: ${line}`);
      }
      expect(lines).toEqual(["web: ready", "web: żółć"]);
    });

    it("are followed until the reader has enough", async () => {
      await using agent = await startTestAgent(fakeRuntime({ services: { web: { prints } } }));
      const client = way.clientOf(way.socketOf(agent));
      await client.apply(shop(), jobCall());
      for await (const { line } of client.logs("shop", { services: [], follow: true }, signal)) {
        if (line === "ready") break;
      }
    });

    it("are followed until the signal aborts", async () => {
      await using agent = await startTestAgent(fakeRuntime({ services: { web: { prints } } }));
      const client = way.clientOf(way.socketOf(agent));
      await client.apply(shop(), jobCall());
      const abort = new AbortController();
      const read = async (): Promise<void> => {
        for await (const { line } of client.logs("shop", { services: [], follow: true }, abort.signal)) {
          if (line === "ready") abort.abort(new Error("enough"));
        }
      };
      await expect(read()).rejects.toThrow("enough");
    });

    it("of an app that is not there are an error", async () => {
      await using agent = await startTestAgent(fakeRuntime());
      const logs = way.clientOf(way.socketOf(agent)).logs("nothing", { services: [], follow: false }, signal);
      await expect(logs[Symbol.asyncIterator]().next()).rejects.toMatchObject({ code: "app.not-found" });
    });
  });

  describe("a command in a container", () => {
    const exec = ({ command, input }: { command: readonly string[]; input: string }) => ({
      exitCode: 3,
      stdout: `${command.join(" ")}: ${input.length}`,
      stderr: "warning",
    });
    const request = { service: "web", command: ["count", "it"], tty: false, env: {} };

    it("gets stdin, gives both outputs and its exit code", async () => {
      await using agent = await startTestAgent(fakeRuntime({ services: { web: { exec } } }));
      const client = way.clientOf(way.socketOf(agent));
      await client.apply(shop(), jobCall());
      const running = await client.exec("shop", request, signal);
      running.resize(100, 30);
      running.stdin.end("x".repeat(3_000_000));
      const [stdout, stderr, code] = await Promise.all([text(running.stdout), text(running.stderr), running.exited]);
      expect({ stdout, stderr, code }).toEqual({ stdout: "count it: 3000000", stderr: "warning", code: 3 });
    });

    it("cannot run where no container is", async () => {
      await using agent = await startTestAgent(fakeRuntime());
      const client = way.clientOf(way.socketOf(agent));
      await client.apply(shop(), jobCall());
      const running = await client.exec("shop", { ...request, service: "cache" }, signal);
      await expect(running.exited).rejects.toMatchObject({
        code: "app.not-found",
        message: "shop has no container of cache",
      });
    });

    it("ends with the reason of an abort", async () => {
      await using agent = await startTestAgent(fakeRuntime({ services: { web: { exec } } }));
      const client = way.clientOf(way.socketOf(agent));
      await client.apply(shop(), jobCall());
      const abort = new AbortController();
      const running = await client.exec("shop", request, abort.signal);
      abort.abort(new Error("stopped by the user"));
      await expect(running.exited).rejects.toThrow("stopped by the user");
    });
  });
});

describe("an agent that does not answer as it should", () => {
  it("is unreachable where nobody listens", async () => {
    await expect(clientOf(join(directory, "nobody.sock")).info(call)).rejects.toMatchObject({
      code: "agent.unreachable",
      hint: expect.stringContaining("systemctl"),
    });
  });

  it("is unreachable when it hangs up", async () => {
    await using agent = await startTestAgent(fakeRuntime());
    await using relay = await startUnixRelay(join(directory, "relay.sock"), agent.socket);
    relay.close();
    await expect(clientOf(relay.path).info(call)).rejects.toMatchObject({ code: "agent.unreachable" });
  });

  it("is given up at the deadline when it hangs", async () => {
    await using agent = await startTestAgent(fakeRuntime());
    await using relay = await startUnixRelay(join(directory, "relay.sock"), agent.socket);
    relay.freeze();
    await expect(clientOf(relay.path).info({ signal, deadlineMs: 300 })).rejects.toMatchObject({
      code: "deadline",
      message: "the host agent did not answer GET /v1/info within 0.3 s",
    });
  });

  const answers =
    (status: number, body: string, protocol = "1.7"): RequestListener =>
    (_, response) =>
      response.writeHead(status, { [protocolHeader]: protocol }).end(body);

  it.each([
    ["speaks another major version", answers(200, "{}", "2.0"), "it speaks protocol 2.0, this client 1.0"],
    ["is no agent at all", answers(200, "<html>", ""), "it speaks protocol , this client 1.0"],
    ["does not answer JSON", answers(200, "<html>"), "no JSON from /v1/info"],
    ["answers something else", answers(200, `{"version":1}`), "/v1/info"],
    ["has a problem that is none", answers(500, `{"oops":true}`), "/v1/info"],
  ])("is not understood when it %s", async (_, listener, what) => {
    await using server = await serve(listener);
    await expect(clientOf(server.path).info(call)).rejects.toMatchObject({
      code: "agent.protocol",
      message: `the agent's answer is not understood: ${what}`,
    });
  });

  it("may be newer: fields and events that are new to us are passed over", async () => {
    const at = "2026-01-01T00:00:00.000Z";
    const job = {
      id: "1",
      app: "shop",
      kind: "apply",
      state: "running",
      requestedBy: "x",
      createdAt: at,
      mood: "fine",
    };
    const status = { name: "shop", services: {}, networks: [], volumes: [], weather: "sunny" };
    const events = [
      { type: "sang", seq: 1, at, song: "la" },
      { type: "succeeded", seq: 2, at, status },
    ];
    await using server = await serve((request, response) => {
      response.setHeader(protocolHeader, "1.9");
      if (request.method === "PUT") response.writeHead(202).end(JSON.stringify(job));
      else
        response.end(
          events.map((event) => `id: ${event.seq}\nevent: job\ndata: ${JSON.stringify(event)}\n\n`).join(""),
        );
    });
    expect(await clientOf(server.path).apply(shop(), jobCall())).toMatchObject({ name: "shop" });
  });

  it("is not asked for ever how a job ended that it knows no last event of", async () => {
    const job = { id: "1", app: "shop", kind: "apply", requestedBy: "x", createdAt: "2026-01-01T00:00:00.000Z" };
    let states = 0;
    await using server = await serve((request, response) => {
      response.setHeader(protocolHeader, "1.0");
      if (request.method === "PUT") response.writeHead(202).end(JSON.stringify({ ...job, state: "queued" }));
      else if (request.url?.endsWith("/events") === true) response.end();
      else response.end(JSON.stringify({ ...job, state: (states += 1) === 1 ? "running" : "succeeded" }));
    });
    await expect(clientOf(server.path).apply(shop(), jobCall())).rejects.toMatchObject({
      code: "app.job-failed",
      message: "shop: the job ended as succeeded, but its last event is lost",
    });
    expect(states).toBe(2);
  });

  const serve = async (listener: RequestListener): Promise<AsyncDisposable & { path: string }> => {
    const path = join(directory, "other.sock");
    const server = createServer(listener).listen(path);
    await once(server, "listening");
    return {
      path,
      async [Symbol.asyncDispose]() {
        server.close();
        await once(server, "close");
      },
    };
  };
});

describe("over SSH", () => {
  it("many requests share one connection, and a job survives its loss", async () => {
    const slow = { services: { db: { health: { state: "healthy", afterMs: 800 } } } } as const;
    await using agent = await startTestAgent(fakeRuntime(slow));
    await using sshd = await startSshd();
    await using proxy = await startTcpProxy(sshd.connection.port);
    await using pool = createSshPool({ clock: systemClock });
    const connection = { ...sshd.connection, port: proxy.port };
    const open = async (abort: AbortSignal): Promise<Duplex> => {
      const bounds = { signal: abort, deadlineMs: 10_000 };
      const session = await pool.connect(connection, bounds);
      const stream = await session.openUnixSocket(agent.socket, bounds);
      stream.once("close", () => session[Symbol.dispose]());
      return stream;
    };
    const client = createAgentClient({ open, clock: systemClock, reconnectMs: 5_000 });
    await Promise.all(Array.from({ length: 20 }, () => client.info(call)));
    expect(proxy.accepted).toBe(1);
    const events: JobEvent[] = [];
    const onEvent = (event: JobEvent): void => {
      events.push(event);
      if (events.length === 4) proxy.cut();
    };
    expect(await client.apply(shop(), jobCall({ onEvent }))).toMatchObject({ name: "shop" });
    expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1));
  });

  it("a job ends as out of reach where its host is that, before it or in the middle of it", async () => {
    const slow = { services: { db: { health: { state: "healthy", afterMs: 60_000 } } } } as const;
    await using agent = await startTestAgent(fakeRuntime(slow));
    await using sshd = await startSshd();
    await using proxy = await startTcpProxy(sshd.connection.port);
    await using pool = createSshPool({ clock: systemClock, keepaliveMs: 50 });
    const connection = { ...sshd.connection, port: proxy.port };
    const open = async (abort: AbortSignal): Promise<Duplex> => {
      const session = await pool.connect(connection, { signal: abort, deadlineMs: 1_000 });
      const stream = await session.openUnixSocket(agent.socket, { signal: abort, deadlineMs: 10_000 });
      stream.once("close", () => session[Symbol.dispose]());
      return stream;
    };
    const client = createAgentClient({ open, clock: systemClock, reconnectMs: 500 });
    const outOfReach = {
      code: "ssh.unreachable",
      message: expect.stringMatching(/^shop: cannot reach .*: no SSH banner within 1 s$/u),
    };
    const onEvent = ({ seq }: JobEvent): void => {
      if (seq === 2) proxy.freeze();
    };
    await expect(client.apply(shop(), jobCall({ onEvent }))).rejects.toMatchObject({
      ...outOfReach,
      hint: expect.stringContaining("the job goes on without us"),
    });
    await expect(client.remove("shop", [], jobCall())).rejects.toMatchObject({
      ...outOfReach,
      hint: expect.not.stringContaining("the job"),
    });
  });

  it("looks for a lost agent no longer than until it is known that its host is gone", async () => {
    const slow = { services: { db: { health: { state: "healthy", afterMs: 60_000 } } } } as const;
    await using agent = await startTestAgent(fakeRuntime(slow));
    const streams = new Set<Duplex>();
    const open = async (abort: AbortSignal): Promise<Duplex> => {
      const stream = await openSocket(agent.socket)(abort);
      streams.add(stream);
      return stream;
    };
    const client = createAgentClient({ open, clock: systemClock, reconnectMs: 60_000 });
    const onEvent = (): void => streams.forEach((stream) => stream.destroy());
    const whyLost = (): Promise<string> => Promise.resolve("the VM box stopped");
    await expect(client.apply(shop(), jobCall({ onEvent, whyLost }))).rejects.toMatchObject({
      code: "agent.unreachable",
      message: "shop: the VM box stopped",
    });
  });
});

/** A `docker save` archive that holds one image without layers. */
function archiveOf(reference: string): Readable {
  const tar = pack();
  tar.entry({ name: "config.json" }, "{}");
  tar.entry({ name: "manifest.json" }, JSON.stringify([{ Config: "config.json", RepoTags: [reference], Layers: [] }]));
  tar.finalize();
  return Readable.from(tar);
}
