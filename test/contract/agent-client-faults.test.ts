import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { afterEach, beforeEach, describe, expect, it, jest } from "@jest/globals";
import { createAgentClient } from "../../modules/agent-client/client.ts";
import { multiplex } from "../../modules/agent-client/multiplexed.ts";
import type { AgentClient } from "../../modules/agent-client/types.ts";
import { findAgent } from "../../modules/agent-install/look.ts";
import { StackhouseError } from "../../modules/base/errors.ts";
import { protocolHeader } from "../../modules/protocol/api.ts";
import type { JobEvent } from "../../modules/protocol/jobs.ts";
import { systemClock } from "../../modules/system/clock.ts";
import { fakeRuntime, shop, startTestAgent, type TestAgent } from "../support/agent.ts";
import { clientOf, endless, jobCall, openSocket } from "../support/agent-client.ts";
import { fastClock } from "../support/fast-clock.ts";
import { startUnixRelay, type UnixRelay } from "../support/unix-relay.ts";

jest.setTimeout(60_000);
const signal = new AbortController().signal;
const call = { signal };

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "agent-client-"));
});
afterEach(() => rm(directory, { recursive: true }));

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
      code: "agent.silent",
      message: "the host agent did not answer GET /v1/info within 0.3 s",
    });
  });

  it("is not looked for where its host was never reached: whoever opens the way has waited long enough", async () => {
    let tries = 0;
    const open = (): Promise<never> => {
      tries += 1;
      return Promise.reject(new StackhouseError("ssh.unreachable", "cannot reach root@192.0.2.7:22", { hint: "look" }));
    };
    const client = createAgentClient({ open, clock: systemClock });
    await expect(client.remove("shop", [], jobCall())).rejects.toMatchObject({
      code: "ssh.unreachable",
      message: "shop: cannot reach root@192.0.2.7:22",
      hint: "look",
    });
    expect(tries).toBe(1);
  });

  describe("that hangs, and nobody says how long it may", () => {
    const clock = fastClock(100);
    let agent: TestAgent;
    let relay: UnixRelay;
    beforeEach(async () => {
      agent = await startTestAgent(fakeRuntime(endless), { heartbeatMs: 50 });
      relay = await startUnixRelay(join(directory, "relay.sock"), agent.socket);
    });
    afterEach(async () => {
      await relay[Symbol.asyncDispose]();
      await agent[Symbol.asyncDispose]();
    });
    const client = (): AgentClient => createAgentClient({ open: openSocket(relay.path), clock, reconnectMs: 5_000 });
    const lost = {
      code: "agent.silent",
      message: "shop: the host agent did not come back within 5 s",
      details: ["the host agent was silent for 60 s"],
    };
    const hour = { deadlineMs: 3_600_000 };

    it("is given up after half a minute", async () => {
      relay.freeze();
      await expect(client().info(call)).rejects.toMatchObject({
        code: "agent.silent",
        message: "the host agent did not answer GET /v1/info within 30 s",
      });
    });

    it("is lost when it does not take a job", async () => {
      relay.freeze();
      await expect(client().apply(shop(), jobCall(hour))).rejects.toMatchObject(lost);
    });

    it("is lost when it falls silent in the middle of a job", async () => {
      const onEvent = ({ type }: JobEvent): void => {
        if (type === "step-started") relay.freeze();
      };
      await expect(client().apply(shop(), jobCall({ ...hour, onEvent }))).rejects.toMatchObject({
        ...lost,
        hint: expect.stringContaining("the job goes on without us"),
      });
    });

    it("is lost when it takes images and says nothing of them", async () => {
      relay.freeze();
      const archive = { digest: "b".repeat(64), open: () => Readable.from(["images"]) };
      await expect(client().loadImages(archive, call)).rejects.toMatchObject({
        code: "agent.silent",
        message: "the host agent was silent for 60 s",
      });
    });

    it("is lost to a shared connection too, and opens no stream there", async () => {
      relay.freeze();
      using port = multiplex(await openSocket(relay.path)(signal), clock);
      await expect(port.open(signal)).rejects.toMatchObject({
        code: "agent.silent",
        message: "the host agent opened no stream within 20 s",
      });
      while (!port.lost) await new Promise(setImmediate);
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

  it("is not taken for none where it is not understood: it may have apps", async () => {
    await using server = await serve(answers(200, "{}", "2.0"));
    await expect(findAgent(clientOf(server.path), signal)).rejects.toMatchObject({ code: "agent.protocol" });
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
