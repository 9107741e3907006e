import { once } from "node:events";
import http from "node:http";
import { Duplex } from "node:stream";
import { setImmediate as nextTurn } from "node:timers/promises";
import { afterEach, describe, expect, jest, test } from "@jest/globals";
import { pack } from "tar-stream";
import { buffer } from "node:stream/consumers";
import type { Behaviours } from "../../host-agent/runtime/fake/behaviour.ts";
import type { FakeRuntime } from "../../host-agent/runtime/fake/runtime.ts";
import type { FakeContainer } from "../../host-agent/runtime/fake/world.ts";
import type { Runtime } from "../../host-agent/runtime/port.ts";
import { serveExec } from "../../host-agent/api/exec.ts";
import { stopFake } from "../../host-agent/runtime/fake/life.ts";
import { decodeExecFrames, encodeExecFrame, type ExecFrame } from "../../modules/protocol/exec-frames.ts";
import { logsSearch } from "../../modules/protocol/routes.ts";
import type { LogLine } from "../../modules/protocol/api.ts";
import { fakeClock } from "../support/fake-clock.ts";
import {
  applyRequest,
  endFakeRuntime,
  fakeRuntime,
  service,
  sha256,
  shop,
  startTestAgent,
  type TestAgent,
} from "../support/agent.ts";

jest.setTimeout(30_000);

let runtime: FakeRuntime;
let agent: TestAgent;

async function start(behaviours: Behaviours = {}, options?: Parameters<typeof startTestAgent>[1]): Promise<void> {
  runtime = fakeRuntime(behaviours);
  agent = await startTestAgent(runtime, options);
}
afterEach(async () => {
  await agent[Symbol.asyncDispose]();
  endFakeRuntime(runtime);
});

function containerOf(service: string): FakeContainer {
  const found = [...runtime.world.containers.values()].find(({ spec }) => spec?.service === service);
  if (found === undefined) throw new Error(`no container of ${service}`);
  return found;
}

function textsOf(events: readonly { readonly data: string }[]): readonly string[] {
  return events.map(({ data }) => (JSON.parse(data) as LogLine).line);
}

const out = (line: string) => ({ stream: "stdout" as const, line });

describe("logs", () => {
  const lines = async (query: Partial<Parameters<typeof logsSearch>[0]>): Promise<string[]> => {
    const search = logsSearch({ services: [], follow: false, ...query });
    const events = await agent.http.events(`/v1/apps/shop/logs${search}`);
    expect(events.at(-1)?.event).toBe("end");
    return events.slice(0, -1).map(({ data }) => {
      const { container, line } = JSON.parse(data) as LogLine;
      return `${container} ${line}`;
    });
  };

  test("are those of all containers, in the order of time", async () => {
    await start({ services: { db: { prints: [out("one"), out("two")] }, web: { prints: [out("three")] } } });
    await agent.http.apply(shop());
    expect(await lines({})).toEqual(["shop-db-1 one", "shop-db-1 two", "shop-web-1 three"]);
  });

  test("are those of some services, and the last of them", async () => {
    await start({ services: { db: { prints: [out("one"), out("two")] }, web: { prints: [out("three")] } } });
    await agent.http.apply(shop());
    expect(await lines({ services: ["db"] })).toEqual(["shop-db-1 one", "shop-db-1 two"]);
    expect(await lines({ tail: 1 })).toEqual(["shop-db-1 two", "shop-web-1 three"]);
    expect(await lines({ services: ["db", "web"], tail: 0 })).toEqual([]);
  });

  test("of a service that is not there are refused with those that are", async () => {
    await start();
    await agent.http.apply(shop());
    const { status, body } = await agent.http.send("GET", "/v1/apps/shop/logs?service=wep");
    expect({ status, code: body.code, hint: body["hint"] }).toEqual({
      status: 400,
      code: "input.invalid",
      hint: "it has: db, web",
    });
  });

  test("of an app that is not there are not found", async () => {
    await start();
    expect((await agent.http.send("GET", "/v1/apps/shop/logs")).status).toBe(404);
  });

  test("that are followed go on with containers that start later, until the client leaves", async () => {
    await start({
      images: { "web:1": { prints: [out("old")] }, "web:2": { prints: [out("new")] }, "db:1": {} },
    });
    await agent.http.apply(shop());
    let updated: Promise<unknown> | undefined;
    const events = await agent.http.events("/v1/apps/shop/logs?follow=true", {
      until: ({ data }) => {
        updated ??= agent.http.apply(shop({ web: { image: "web:2" } }));
        return data.includes('"new"');
      },
    });
    await updated;
    expect(textsOf(events)).toEqual(["old", "new"]);
  });

  test("that are followed are those of a container, too, that starts while it is asked what is there", async () => {
    runtime = fakeRuntime({ services: { late: { prints: [out("just in time")] } } });
    let meanwhile = (): Promise<void> => Promise.resolve();
    const slow: Runtime = {
      ...runtime,
      observe: async (...asked) => {
        const observed = await runtime.observe(...asked);
        await meanwhile();
        return observed;
      },
    };
    agent = await startTestAgent(slow);
    await agent.http.apply(shop());
    meanwhile = async () => {
      const call = { signal: new AbortController().signal, deadlineMs: 10_000 };
      const [first] = runtime.world.containers.values();
      const late = { ...first!.spec!, service: "late", name: "shop-late-1", definition: service("db:1") };
      await runtime.startContainer(await runtime.createContainer(late, call), call);
    };
    const events = await agent.http.events("/v1/apps/shop/logs?follow=true", { until: () => true });
    expect(textsOf(events)).toEqual(["just in time"]);
  });

  test("that are followed go on when a container is started again, without saying a line twice", async () => {
    await start({ services: { web: { prints: [out("hello")] } } });
    await agent.http.apply(shop());
    let healed: Promise<unknown> | undefined;
    const heal = async (): Promise<void> => {
      for (const container of runtime.world.containers.values()) {
        if (container.name === "shop-web-1") stopFake(runtime.world, container);
      }
      await agent.http.apply(shop());
    };
    let seen = 0;
    const events = await agent.http.events("/v1/apps/shop/logs?follow=true&service=web", {
      until: () => {
        seen += 1;
        healed ??= heal();
        return seen === 2;
      },
    });
    await healed;
    expect(textsOf(events)).toEqual(["hello", "hello"]);
  });

  test("that are followed are whole, also where two streams of a container bring the times in disorder", async () => {
    await start({ services: { web: { prints: [] } } });
    await agent.http.apply(shop());
    containerOf("web").log.push(
      { ...out("later"), at: "2026-01-01T00:00:02.000Z" },
      { ...out("sooner"), at: "2026-01-01T00:00:01.000Z" },
    );
    let seen = 0;
    const events = await agent.http.events("/v1/apps/shop/logs?follow=true&service=web", {
      until: () => (seen += 1) === 2,
    });
    expect(textsOf(events)).toEqual(["later", "sooner"]);
  });

  test("of which none was wanted from before are not told when the container is started again", async () => {
    await start({ services: { web: { prints: [out("hello")] } } });
    await agent.http.apply(shop());
    const web = containerOf("web");
    web.log.splice(0, 1, { ...out("long ago"), at: "2026-01-01T00:00:00.000Z" });
    const { listeners } = runtime.world;
    const before = listeners.size;
    const following = agent.http.events("/v1/apps/shop/logs?follow=true&service=web&tail=0", { until: () => true });
    while (listeners.size === before) await nextTurn();
    stopFake(runtime.world, web);
    await agent.http.apply(shop());
    expect(textsOf(await following)).toEqual(["hello"]);
  });
});

test("an idle event stream is kept alive by comments", async () => {
  await start({ services: { db: { health: { state: "healthy", afterMs: 3_600_000 } } } }, { heartbeatMs: 20 });
  const request = applyRequest(shop());
  await agent.http.send("PUT", "/v1/apps/shop", request);
  const response = await agent.http.open("GET", `/v1/jobs/${request.jobId}/events`);
  let heartbeats = 0;
  for await (const chunk of response.setEncoding("utf8") as AsyncIterable<string>) {
    heartbeats += chunk.split(": heartbeat").length - 1;
    if (heartbeats >= 2) break;
  }
  expect(heartbeats).toBeGreaterThanOrEqual(2);
});

describe("exec", () => {
  const echo: Behaviours = {
    services: {
      web: {
        exec: ({ command, input }) =>
          command[0] === "cat"
            ? { exitCode: 0, stdout: input }
            : { exitCode: 3, stdout: "out", stderr: command.join(" ") },
      },
    },
  };
  const request = { service: "web", tty: false, env: {} };

  const upgrade = (path = "/v1/apps/shop/exec", headers: http.OutgoingHttpHeaders = {}): Promise<Duplex | number> =>
    new Promise((resolve, reject) => {
      const sent = http.request({
        socketPath: agent.socket,
        method: "POST",
        path,
        headers: { connection: "upgrade", upgrade: "stackhouse-exec", ...headers },
      });
      sent.on("upgrade", (_response, connection) => resolve(connection));
      sent.on("response", (response) => {
        response.resume();
        resolve(response.statusCode ?? 0);
      });
      sent.on("error", reject);
      sent.end();
    });
  const talk = async (...frames: ExecFrame[]): Promise<ExecFrame[]> => {
    const connection = await upgrade();
    if (typeof connection === "number") throw new Error(`refused with ${connection}`);
    for (const frame of frames) connection.write(encodeExecFrame(frame));
    return decodeExecFrames(await buffer(connection)).frames;
  };
  const textOf = (frames: ExecFrame[], kind: "stdout" | "stderr"): string =>
    frames.map((frame) => (frame.kind === kind ? Buffer.from(frame.data).toString() : "")).join("");

  test("runs a command in a container and gives its output and exit code", async () => {
    await start(echo);
    await agent.http.apply(shop());
    const frames = await talk(
      { kind: "start", request: { ...request, command: ["fail", "loud"] } },
      { kind: "stdin-end" },
    );
    expect(textOf(frames, "stdout")).toBe("out");
    expect(textOf(frames, "stderr")).toBe("fail loud");
    expect(frames.at(-1)).toEqual({ kind: "exit", code: 3 });
  });

  test("passes input on, as much as there is", async () => {
    await start(echo);
    await agent.http.apply(shop());
    const data = Buffer.alloc(3_000_000, "x");
    const parts = [0, 1, 2].map((index): ExecFrame => {
      return { kind: "stdin", data: data.subarray(index * 1_000_000, (index + 1) * 1_000_000) };
    });
    const frames = await talk(
      { kind: "start", request: { ...request, command: ["cat"] } },
      { kind: "resize", columns: 80, rows: 24 },
      ...parts,
      { kind: "stdin-end" },
    );
    expect(textOf(frames, "stdout")).toHaveLength(3_000_000);
    expect(frames.at(-1)).toEqual({ kind: "exit", code: 0 });
  });

  test.each<[string, ExecFrame, string]>([
    ["no such service", { kind: "start", request: { ...request, service: "wep", command: ["x"] } }, "app.not-found"],
    ["no such number", { kind: "start", request: { ...request, number: 9, command: ["x"] } }, "app.not-found"],
    ["no start", { kind: "stdin", data: Buffer.from("x") }, "agent.protocol"],
  ])("says what is wrong: %s", async (_, frame, code) => {
    await start(echo);
    await agent.http.apply(shop());
    expect((await talk(frame)).at(-1)).toMatchObject({ kind: "problem", problem: { code } });
  });

  test("ends a stream that is no exec stream, and goes on serving", async () => {
    await start(echo);
    const connection = await upgrade();
    if (typeof connection === "number") throw new Error("refused");
    connection.write("GET / HTTP/1.1\r\n\r\n");
    connection.resume();
    await once(connection, "close");
    expect((await agent.http.send("GET", "/v1/info")).status).toBe(200);
  });

  test("ends the session when the client goes away", async () => {
    await start(echo);
    await agent.http.apply(shop());
    const connection = await upgrade();
    if (typeof connection === "number") throw new Error("refused");
    connection.write(encodeExecFrame({ kind: "start", request: { ...request, command: ["cat"] } }));
    connection.destroy();
    await agent.stop();
    await agent.start();
  });

  test("does not wait for ever for a client that reads nothing more", async () => {
    await start({ services: { web: { exec: () => ({ exitCode: 0, stdout: "x" }) } } });
    await agent.http.apply(shop());
    const first = encodeExecFrame({ kind: "start", request: { ...request, command: ["x"] } });
    const end = encodeExecFrame({ kind: "stdin-end" });
    const connection = new Duplex({ read: () => undefined, write: () => undefined });
    connection.push(Buffer.concat([first, end]));
    await serveExec("shop", connection, { runtime, clock: fakeClock() });
    expect(connection.destroyed).toBe(true);
  });

  test("is the only thing that is upgraded, and only to what is spoken here", async () => {
    await start(echo);
    expect(await upgrade("/v1/info")).toBe(400);
    expect(await upgrade("/v1/apps/shop/exec", { upgrade: "websocket" })).toBe(400);
    expect(await upgrade("/v1/apps/shop/exec", { "stackhouse-protocol": "2.0" })).toBe(400);
  });
});

describe("images", () => {
  const digest = "a".repeat(64);
  const archive = async (RepoTags: readonly string[] | null = ["sent:1", "sent:2"]): Promise<Buffer> => {
    const tar = pack();
    tar.entry({ name: "config.json" }, "{}");
    tar.entry({ name: "manifest.json" }, JSON.stringify([{ Config: "config.json", RepoTags }]));
    tar.finalize();
    return await buffer(tar);
  };

  test("are loaded from an archive, and then known", async () => {
    await start();
    const body = await archive();
    const response = await agent.http.open("POST", `/v1/images?digest=${sha256(body)}`, {
      headers: { "content-type": "application/x-tar" },
      body,
    });
    const events = (await buffer(response)).toString();
    expect(events).toMatch(/event: progress\ndata: {"text":"loaded sent:1"}/);
    expect(events).toMatch(/event: loaded\ndata: {"references":\["sent:1","sent:2"\]}\n\n$/);
    const known = await agent.http.send("GET", "/v1/images?reference=sent:1&reference=absent:1");
    expect(Object.keys(known.body["images"] as object)).toEqual(["sent:1"]);
    expect((await agent.http.send("GET", "/v1/images?reference=sent:2")).body).toMatchObject({
      images: { "sent:2": expect.stringMatching(/^sha256:/) },
    });
  });

  test("of an archive that was loaded are known by its digest, and so is what is gone of them", async () => {
    await start();
    const content = await archive();
    const loaded = sha256(content);
    const archives = `/v1/archives?digest=${loaded}&digest=${"b".repeat(64)}`;
    expect((await agent.http.send("GET", archives)).body).toEqual({ archives: {} });
    const headers = { "content-type": "application/x-tar" };
    await buffer(await agent.http.open("POST", `/v1/images?digest=${loaded}`, { headers, body: content }));
    runtime.world.images.delete("sent:2");
    expect((await agent.http.send("GET", archives)).body).toEqual({
      archives: {
        [loaded]: [
          { reference: "sent:1", present: true },
          { reference: "sent:2", present: false },
        ],
      },
    });
  });

  test("of an archive without a reference are known by their digest, so that it is not sent again", async () => {
    await start();
    const content = await archive(null);
    const headers = { "content-type": "application/x-tar" };
    await buffer(await agent.http.open("POST", `/v1/images?digest=${sha256(content)}`, { headers, body: content }));
    expect((await agent.http.send("GET", `/v1/archives?digest=${sha256(content)}`)).body).toEqual({
      archives: { [sha256(content)]: [{ reference: `sha256:${sha256(Buffer.from("{}"))}`, present: true }] },
    });
  });

  test("that cannot be read are a failed event", async () => {
    await start();
    const response = await agent.http.open("POST", `/v1/images?digest=${digest}`, {
      headers: { "content-type": "application/x-tar" },
      body: Buffer.from("no archive"),
    });
    expect((await buffer(response)).toString()).toMatch(/event: failed\ndata: {"code":"input.invalid"/);
  });

  test("are sent as a tar, and nothing else", async () => {
    await start();
    expect((await agent.http.send("POST", `/v1/images?digest=${digest}`, "{}")).status).toBe(400);
  });
});
