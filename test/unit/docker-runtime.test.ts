import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { createEventHub } from "../../host-agent/execute/event-hub.ts";
import type { Logger } from "../../host-agent/logging/logger.ts";
import { silentLogger } from "../support/silent-logger.ts";
import { createDockerRuntime } from "../../host-agent/runtime/docker/runtime.ts";
import type { ContainerSpec, Runtime, RuntimeEvent } from "../../host-agent/runtime/port.ts";
import { systemClock } from "../../modules/system/clock.ts";
import { scriptedEngine, type ScriptedEngine } from "../support/scripted-engine.ts";
import { service } from "../support/agent.ts";

const call = { signal: new AbortController().signal, deadlineMs: 10_000 };

let engine: ScriptedEngine;
let runtime: Runtime;
beforeEach(async () => {
  engine = await scriptedEngine();
  const filesDirectory = join(engine.directory, "files");
  runtime = createDockerRuntime({ socketPath: engine.socketPath, filesDirectory, clock: systemClock });
});
afterEach(async () => {
  await engine[Symbol.asyncDispose]();
});

it("an image that the engine loaded without a tag is known by its id", async () => {
  engine.script.set("POST /images/load", [200, { stream: "Loaded image ID: sha256:abc\n" }]);
  const archive = (async function* () {
    yield await Promise.resolve(Buffer.from("an archive"));
  })();
  expect(await runtime.loadImages(archive, { ...call, onProgress: () => undefined })).toEqual(["sha256:abc"]);
});

it("an engine that leads to another path has nothing of that name, and says itself what is wrong with it", async () => {
  const why = '"/etc" includes invalid characters for a local volume name';
  engine.script.set("GET /volumes/%2Fetc", (response) =>
    response
      .writeHead(301, { location: "/v1.51/volumes/etc" })
      .end('<a href="/v1.51/volumes/etc">Moved Permanently</a>'),
  );
  engine.script.set("POST /volumes/create", [400, { message: why }]);
  const made = runtime.createVolume({ app: "shop", key: "v", fingerprint: "f", volume: { name: "/etc" } }, call);
  await expect(made).rejects.toThrow(why);
  await runtime.removeVolume("/etc", call);
});

it("events that are not understood, or break off, are told of, and the engine is watched anew", async () => {
  const started = { "dev.stackhouse.app": "shop", "dev.stackhouse.service": "web" };
  const streams = [
    `{"Action":1}\n`,
    "",
    `${JSON.stringify({ Action: "start", Actor: { ID: "c1", Attributes: started } })}\n`,
  ];
  engine.script.set("GET /events", (response) => {
    response.writeHead(200).flushHeaders();
    const lines = streams.shift();
    if (lines === "") response.destroy();
    else response.write(lines ?? "");
  });
  const warnings: string[] = [];
  const logger: Logger = {
    ...silentLogger,
    warn: (fields, message) => warnings.push(`${message}: ${JSON.stringify(fields)}`),
  };
  const stopped = new AbortController();
  const hub = createEventHub({ runtime, clock: systemClock, logger, signal: stopped.signal });
  const seen: RuntimeEvent[] = [];
  await new Promise<void>((resolve) =>
    hub.subscribe((event) => {
      seen.push(event);
      if (event.kind === "started") resolve();
    }),
  );
  stopped.abort();
  const listening = { kind: "listening" };
  expect(seen).toEqual([
    ...[listening, listening, listening],
    { kind: "started", app: "shop", service: "web", containerId: "c1" },
  ]);
  expect(warnings).toEqual([
    expect.stringContaining("Action"),
    expect.stringContaining("hung up in the middle of its answer"),
  ]);
});

describe("the secrets of a container that the engine", () => {
  const spec: ContainerSpec = {
    app: "shop",
    service: "web",
    number: 1,
    name: "shop-web-1",
    fingerprint: "f",
    release: "r",
    definition: service("web:1"),
    networks: { default: "shop_default" },
    volumes: {},
    owners: {},
    files: [
      {
        target: "/run/secrets/key",
        content: Buffer.from("hunter2"),
        mode: 0o400,
        uid: process.getuid?.() ?? 0,
        gid: process.getgid?.() ?? 0,
      },
    ],
  };
  const kept = async (): Promise<readonly string[]> => {
    const paths = await readdir(join(engine.directory, "files"), { recursive: true });
    return paths.sort();
  };
  const create = async (): Promise<unknown> =>
    await runtime.createContainer(spec, call).catch((error: unknown) => error);
  const all = ["shop", "shop/shop-web-1", "shop/shop-web-1/0"];

  it("refused to make are not left on the host", async () => {
    engine.script.set("POST /containers/create", [400, { message: "invalid mount" }]);
    expect(await create()).toMatchObject({ kind: "start-failed" });
    expect(await kept()).toEqual([]);
  });

  it("made with a limit less are not left on the host, and neither is the container", async () => {
    const warning =
      "Your kernel does not support PIDs limit capabilities or the cgroup is not mounted. PIDs limit discarded.";
    const removed: string[] = [];
    engine.script.set("POST /containers/create", [201, { Id: "c1", Warnings: ["something else", warning] }]);
    engine.script.set("DELETE /containers/c1", (response) => {
      removed.push("c1");
      response.writeHead(204).end();
    });
    expect(await create()).toMatchObject({ kind: "unsupported", message: warning });
    expect(removed).toEqual(["c1"]);
    expect(await kept()).toEqual([]);
  });

  it("made stay, whatever fails after that: the container needs them", async () => {
    engine.script.set("POST /containers/create", [201, { Id: "c1" }]);
    engine.script.set("GET /containers/c1/json", [500, { message: "out of order" }]);
    expect(await create()).toMatchObject({ kind: "internal" });
    expect(await kept()).toEqual(all);
  });

  it("may have made, as it hung up, stay until the app is swept", async () => {
    engine.script.set("POST /containers/create", (response) => response.destroy());
    engine.script.set("GET /containers/json", [200, []]);
    expect(await create()).toMatchObject({ kind: "unavailable" });
    expect(await kept()).toEqual(all);
    await runtime.sweep("shop", call);
    expect(await kept()).toEqual([]);
  });
});
