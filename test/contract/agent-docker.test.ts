import http from "node:http";
import { buffer } from "node:stream/consumers";
import type { Duplex } from "node:stream";
import { afterAll, beforeAll, describe, expect, jest, test } from "@jest/globals";
import type { AppStatus, DesiredApp } from "../../modules/protocol/app.ts";
import type { LogLine } from "../../modules/protocol/api.ts";
import { decodeExecFrames, encodeExecFrame } from "../../modules/protocol/exec-frames.ts";
import type { JobEvent } from "../../modules/protocol/jobs.ts";
import type { Model, Service } from "../../modules/stackfile/model.ts";
import { applyRequest, service, sha256 } from "../support/agent.ts";
import { installAgent, residentMegabytes, type AgentProcess, type InstalledAgent } from "../support/agent-process.ts";
import { busyboxArchive } from "../support/busybox-image.ts";
import { startEngine, whyNoEngine, type TestEngine } from "../support/docker.ts";
import { notRun } from "../support/not-run.ts";

jest.setTimeout(120_000);

const image = "test/agent-busybox:1";

/** A counter in a volume, and a front that waits for it to be healthy. */
function app(
  name: string,
  change: { readonly api?: Partial<Service>; readonly web?: Partial<Service> } = {},
): DesiredApp {
  const model: Model = {
    name,
    services: {
      api: service(image, {
        command: ["sh", "-c", "echo api starts; echo started >> /data/log; exec sleep 86400"],
        healthcheck: { test: ["CMD", "test", "-s", "/data/log"], interval: "500ms", timeout: "5s", retries: 3 },
        volumes: [{ type: "volume", source: "data", target: "/data" }],
        stop_grace_period: "1s",
        init: true,
        ...change.api,
      }),
      web: service(image, {
        command: ["sh", "-c", "cat /run/secrets/key; echo; exec httpd -f -p 80 -h /"],
        depends_on: { api: { condition: "service_healthy", required: true } },
        ports: [{ mode: "ingress", target: 80, protocol: "tcp" }],
        secrets: [{ source: "key" }],
        init: true,
        ...change.web,
      }),
    },
    networks: { default: { name: `${name}_default` } },
    volumes: { data: { name: `${name}_data` } },
  };
  return { model, contents: { "secrets/key": Buffer.from("hunter2").toString("base64") }, registries: {} };
}

function agentOnDocker(): void {
  let engine: TestEngine;
  let agent: InstalledAgent;
  let running: AgentProcess;

  beforeAll(async () => {
    engine = await startEngine();
    agent = await installAgent(
      { STACKHOUSE_RUNTIME: "docker", STACKHOUSE_DOCKER_SOCKET: engine.socketPath },
      engine.directory,
    );
    await agent.link("confirmed", "a");
    running = await agent.start();
    const headers = { "content-type": "application/x-tar" };
    const body = await busyboxArchive({ reference: image });
    const loaded = await agent.http.open("POST", `/v1/images?digest=${sha256(body)}`, { headers, body });
    expect((await buffer(loaded)).toString()).toContain(`event: loaded\ndata: {"references":["${image}"]}`);
  });
  afterAll(async () => {
    await agent[Symbol.asyncDispose]();
    await engine[Symbol.asyncDispose]();
  });

  const succeeded = (events: readonly JobEvent[]): AppStatus => {
    const last = events.at(-1);
    if (last?.type !== "succeeded") throw new Error(`the job ended with ${JSON.stringify(last)}`);
    return last.status;
  };
  const exec = async (name: string, where: string, ...command: string[]): Promise<string> => {
    const connection = await new Promise<Duplex>((resolve, reject) => {
      const headers = { connection: "upgrade", upgrade: "stackhouse-exec" };
      const path = `/v1/apps/${name}/exec`;
      const request = http.request({ socketPath: agent.socket, method: "POST", path, headers });
      request.on("upgrade", (_, upgraded) => resolve(upgraded)).on("error", reject);
      request.end();
    });
    const request = { service: where, command, tty: false, env: {} };
    connection.write(encodeExecFrame({ kind: "start", request }));
    connection.write(encodeExecFrame({ kind: "stdin-end" }));
    const { frames } = decodeExecFrames(await buffer(connection));
    return frames
      .map((frame) => {
        if (frame.kind === "exit") return `[${frame.code}]`;
        return "data" in frame ? Buffer.from(frame.data).toString() : JSON.stringify(frame);
      })
      .join("");
  };

  test("brings an app up, leaves it alone when nothing changed, changes it, and takes it away", async () => {
    const up = succeeded(await agent.http.apply(app("shop")));
    expect(up.services).toMatchObject({
      api: { state: "running", containers: [{ health: "healthy" }] },
      web: { state: "running", ports: [{ target: 80, published: expect.any(Number) }] },
    });
    const again = await agent.http.apply(app("shop"));
    expect(again[0]).toMatchObject({ type: "planned", plan: { steps: [] } });
    expect(succeeded(again)).toEqual(up);

    expect(await exec("shop", "web", "cat", "/run/secrets/key")).toBe("hunter2[0]");
    expect(await exec("shop", "api", "sh", "-c", "exit 7")).toBe("[7]");
    const logs = await agent.http.events("/v1/apps/shop/logs?service=api");
    expect(logs.map(({ data }) => (JSON.parse(data) as Partial<LogLine>).line)).toEqual(["api starts", undefined]);

    const changed = succeeded(await agent.http.apply(app("shop", { api: { environment: { LEVEL: "debug" } } })));
    expect(changed.services["api"]?.fingerprint).not.toBe(up.services["api"]?.fingerprint);
    expect(await exec("shop", "api", "cat", "/data/log")).toBe("started\nstarted\n[0]");

    expect(succeeded(await agent.http.remove("shop"))).toMatchObject({
      services: {},
      networks: [],
      volumes: ["shop_data"],
    });
    expect(succeeded(await agent.http.remove("shop", ["data"]))).toMatchObject({ volumes: [] });
    expect((await agent.http.send("GET", "/v1/apps")).body).toEqual({ apps: [] });
  });

  test("shows why a health check never passes, and a correction heals it", async () => {
    const broken = app("sick", {
      api: {
        command: ["sh", "-c", "echo cannot find the disk >&2; exec sleep 86400"],
        healthcheck: {
          test: ["CMD-SHELL", "echo no data here; exit 1"],
          interval: "300ms",
          timeout: "5s",
          retries: 2,
        },
      },
    });
    const last = (await agent.http.apply(broken)).at(-1);
    if (last?.type !== "failed") throw new Error("it is healthy");
    expect(last.problem).toMatchObject({ code: "app.unhealthy" });
    const shown = [last.problem.message, ...last.problem.details].join("\n");
    expect(shown).toMatch(/api[\s\S]*exit code 1: no data here[\s\S]*log: cannot find the disk/);
    succeeded(await agent.http.apply(app("sick")));
    succeeded(await agent.http.remove("sick", ["data"]));
  });

  test("gives up on what ends again and again long before its health check would, and shows its last words", async () => {
    const looping = app("loop", {
      api: {
        command: ["sh", "-c", "echo no disk >&2; exit 3"],
        restart: "unless-stopped",
        healthcheck: { test: ["CMD", "true"], interval: "30s", timeout: "30s", retries: 3 },
      },
    });
    const last = (await agent.http.apply(looping)).at(-1);
    if (last?.type !== "failed") throw new Error("it runs");
    expect(last.problem).toMatchObject({
      code: "app.container-failed",
      message: expect.stringMatching(/loop-api-1 ended 8 times/u),
    });
    expect(last.problem.details.join("\n")).toContain("no disk");
    succeeded(await agent.http.remove("loop", ["data"]));
  });

  test("that is killed in a job leaves the containers running, and the next one finishes the job", async () => {
    const slow = app("cut", {
      api: {
        command: ["sh", "-c", "sleep 4; echo started >> /data/log; exec sleep 86400"],
        healthcheck: { test: ["CMD", "test", "-s", "/data/log"], interval: "300ms", timeout: "5s", retries: 100 },
      },
    });
    const request = applyRequest(slow);
    await agent.http.send("PUT", "/v1/apps/cut", request);
    const path = `/v1/jobs/${request.jobId}/events`;
    await agent.http.events(path, { until: ({ data }) => data.includes("is not healthy yet") });
    await running.kill("SIGKILL");
    running = await agent.start();
    const status = succeeded(await agent.http.jobEvents(request.jobId));
    expect(status.services).toMatchObject({ api: { state: "running" }, web: { state: "running" } });
    expect(await exec("cut", "api", "cat", "/data/log")).toBe("started\n[0]");
    succeeded(await agent.http.remove("cut", ["data"]));
  });

  test("has taken little memory for all that", async () => {
    expect(await residentMegabytes(running.pid)).toBeLessThan(90);
    process.stdout.write(`resident: ${(await residentMegabytes(running.pid)).toFixed(1)} MB\n`);
  });
}

const reason = await whyNoEngine();
if (reason === undefined) describe("the built agent on Docker Engine", agentOnDocker);
else notRun("agent: Docker Engine", reason);
