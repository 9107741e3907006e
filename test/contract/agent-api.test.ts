import { randomUUID } from "node:crypto";
import { stat } from "node:fs/promises";
import { afterEach, beforeEach, describe, expect, jest, test } from "@jest/globals";
import type { FakeRuntime } from "../../host-agent/runtime/fake/runtime.ts";
import type { JobEvent } from "../../modules/protocol/jobs.ts";
import { applyRequest, fakeRuntime, shop, startTestAgent, type TestAgent } from "../support/agent.ts";

jest.setTimeout(30_000);

let runtime: FakeRuntime;
let agent: TestAgent;

beforeEach(async () => {
  runtime = fakeRuntime();
  agent = await startTestAgent(runtime);
});
afterEach(async () => agent[Symbol.asyncDispose]());

const types = (events: readonly JobEvent[]): string[] => events.map(({ type }) => type);

describe("the agent", () => {
  test("says what it is, on a socket that only root may open", async () => {
    expect((await stat(agent.socket)).mode & 0o777).toBe(0o600);
    const { status, headers, body } = await agent.http.send("GET", "/v1/info");
    expect(status).toBe(200);
    expect(headers["stackhouse-protocol"]).toBe("1.0");
    expect(body).toMatchObject({
      version: "1.2.3",
      slot: "a",
      confirmed: false,
      protocol: { major: 1 },
      runtime: { kind: "fake" },
    });
  });

  test("is confirmed, as often as it is asked", async () => {
    await agent.http.send("POST", "/v1/confirm");
    expect((await agent.http.send("POST", "/v1/confirm")).body).toMatchObject({ confirmed: true });
    expect((await agent.http.send("GET", "/v1/info")).body).toMatchObject({ confirmed: true });
  });

  test("describes its API", async () => {
    const { body } = await agent.http.send("GET", "/v1/openapi.json");
    expect(body).toMatchObject({ openapi: "3.1.0", paths: { "/v1/apps/{app}": { put: { operationId: "apply" } } } });
  });

  test.each([
    ["GET", "/v1/nothing"],
    ["PATCH", "/v1/info"],
    ["GET", "/"],
    ["POST", "/v1/apps/shop/exec"],
  ])("refuses %s %s, which its API has not", async (method, path) => {
    const { status, body } = await agent.http.send(method, path);
    expect({ status, code: body.code }).toEqual({ status: 400, code: "agent.protocol" });
  });

  test.each(["2.0", "0.9", "x", "1", ""])("refuses a client that speaks protocol '%s'", async (version) => {
    const { status, body } = await agent.http.send("GET", "/v1/info", undefined, { "stackhouse-protocol": version });
    expect({ status, code: body.code }).toEqual({ status: 400, code: "agent.protocol" });
    expect(body.message).toContain("1.0");
  });

  test("serves a client one minor apart", async () => {
    const headers = { "stackhouse-protocol": "1.1" };
    expect((await agent.http.send("GET", "/v1/info", undefined, headers)).status).toBe(200);
  });
});

describe("an app", () => {
  test("is planned, applied, shown, changed and removed", async () => {
    const planned = await agent.http.send("POST", "/v1/apps/shop/plan", { desired: shop() });
    expect(planned.status).toBe(200);
    expect(runtime.world.containers.size).toBe(0);

    const events = await agent.http.apply(shop());
    expect(events[0]).toMatchObject({ type: "planned", plan: planned.body });
    expect(events.at(-1)).toMatchObject({
      type: "succeeded",
      status: { services: { db: { state: "running" }, web: { state: "running", ports: [{ published: 8080 }] } } },
    });
    expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1));

    const { status, body } = await agent.http.send("GET", "/v1/apps/shop");
    expect(status).toBe(200);
    expect(body).toMatchObject({ name: "shop", release: expect.any(String), volumes: ["shop_data"] });
    expect((await agent.http.send("GET", "/v1/apps")).body).toEqual({ apps: ["shop"] });

    const changed = await agent.http.apply(shop({ web: { image: "web:2" } }));
    expect(changed.at(-1)).toMatchObject({
      type: "succeeded",
      status: { services: { web: { imageDigest: "sha256:web:2" } } },
    });

    expect((await agent.http.remove("shop")).at(-1)).toMatchObject({ type: "succeeded" });
    expect((await agent.http.send("GET", "/v1/apps/shop")).status).toBe(404);
    expect(runtime.world.calls).toContain("sweep shop");
    expect([...runtime.world.volumes.keys()]).toEqual(["shop_data"]);
    await agent.http.remove("shop", ["data"]);
    expect([...runtime.world.volumes.keys()]).toEqual([]);
  });

  test("that asks for what the engine is too old for is refused by the plan, and before anything of it is touched", async () => {
    await agent[Symbol.asyncDispose]();
    const unsupported = "healthcheck.start_interval needs Docker Engine 25.0 or newer on the host";
    runtime = fakeRuntime({ images: { "web:2": { unsupported } } });
    agent = await startTestAgent(runtime);
    await agent.http.apply(shop());
    const before = (await agent.http.send("GET", "/v1/apps/shop")).body;

    const desired = shop({ web: { image: "web:2" } });
    const problem = { code: "app.unsupported", message: expect.stringContaining(`web: ${unsupported}`) };
    const planned = await agent.http.send("POST", "/v1/apps/shop/plan", { desired });
    expect(planned.body).toMatchObject(problem);
    const events = await agent.http.apply(desired);
    expect(types(events)).toEqual(["failed"]);
    expect(events[0]).toMatchObject({ problem });
    expect((await agent.http.send("GET", "/v1/apps/shop")).body).toEqual(before);
    expect(runtime.world.calls).not.toContain("stopContainer shop-web-1");
  });

  test("that is as desired is left alone, and keeps its release", async () => {
    await agent.http.apply(shop());
    const before = (await agent.http.send("GET", "/v1/apps/shop")).body;
    const events = await agent.http.apply(shop());
    expect(types(events)).toEqual(["planned", "succeeded"]);
    expect(events[0]).toMatchObject({ plan: { steps: [] } });
    expect((await agent.http.send("GET", "/v1/apps/shop")).body).toEqual(before);
  });

  test("has the services that its containers wait for before them", async () => {
    const events = await agent.http.apply(shop());
    const at = (type: JobEvent["type"], step: string): number =>
      events.findIndex((event) => event.type === type && "step" in event && event.step === step);
    expect(at("step-done", "await-service/db/healthy")).toBeLessThan(at("step-started", "start-container/shop-web-1"));
    expect(at("step-done", "await-service/db/healthy")).toBeGreaterThan(0);
  });

  test("that is not there is not found", async () => {
    const { status, body } = await agent.http.send("GET", "/v1/apps/shop");
    expect({ status, code: body.code }).toEqual({ status: 404, code: "app.not-found" });
  });

  test("gets its configs and secrets, and no answer shows them", async () => {
    const desired = shop({ web: { secrets: [{ source: "key" }], configs: [{ source: "conf", target: "/etc/c" }] } });
    desired.contents["secrets/key"] = Buffer.from("hunter2").toString("base64");
    desired.contents["configs/conf"] = Buffer.from("colour=red").toString("base64");
    const events = await agent.http.apply(desired);
    const web = [...runtime.world.containers.values()].find(({ name }) => name === "shop-web-1");
    expect(web?.spec?.files.map(({ target, content }) => [target, Buffer.from(content).toString()])).toEqual([
      ["/etc/c", "colour=red"],
      ["/run/secrets/key", "hunter2"],
    ]);
    const shown = JSON.stringify([events, (await agent.http.send("GET", "/v1/apps/shop")).body]);
    expect(shown).not.toContain("hunter2");
    expect(shown).not.toContain(desired.contents["secrets/key"]);
  });
});

describe("a job", () => {
  test("is found again by a repeated request", async () => {
    const request = applyRequest(shop());
    const first = await agent.http.send("PUT", "/v1/apps/shop", request);
    const second = await agent.http.send("PUT", "/v1/apps/shop", request);
    expect([first.status, second.status]).toEqual([202, 202]);
    expect(second.body.id).toBe(first.body.id);
    await agent.http.jobEvents(request.jobId);
    expect((await agent.http.send("GET", `/v1/jobs/${request.jobId}`)).body).toMatchObject({
      id: request.jobId,
      app: "shop",
      kind: "apply",
      state: "succeeded",
    });
    expect(runtime.world.calls.filter((call) => call === "createContainer shop-web-1")).toHaveLength(1);
  });

  test("is not another app's or another kind of job by the same id", async () => {
    const request = applyRequest(shop());
    await agent.http.send("PUT", "/v1/apps/shop", request);
    const { jobId, deadlineMs, requestedBy } = request;
    const remove = { jobId, deadlineMs, requestedBy, deleteVolumes: [] };
    expect((await agent.http.send("DELETE", "/v1/apps/shop", remove)).status).toBe(400);
    await agent.http.jobEvents(jobId);
  });

  test("that does not exist is not found, nor are its events", async () => {
    for (const path of [`/v1/jobs/${randomUUID()}`, `/v1/jobs/${randomUUID()}/events`]) {
      const { status, body } = await agent.http.send("GET", path);
      expect({ status, code: body.code }).toEqual({ status: 404, code: "agent.job-not-found" });
    }
  });

  test("tells its events again from any place", async () => {
    const all = await agent.http.apply(shop());
    const { id } = (await agent.http.send("PUT", "/v1/apps/shop", applyRequest(shop()))).body;
    await agent.http.jobEvents(id);
    const [first] = all;
    const job = applyRequest(shop({ web: { image: "web:2" } }));
    await agent.http.send("PUT", "/v1/apps/shop", job);
    const whole = await agent.http.jobEvents(job.jobId);
    for (const after of [0, 1, whole.length - 1, whole.length]) {
      expect(await agent.http.jobEvents(job.jobId, after)).toEqual(whole.slice(after));
    }
    expect(first?.seq).toBe(1);
  });

  test("refuses a Last-Event-ID that is none", async () => {
    const request = applyRequest(shop());
    await agent.http.send("PUT", "/v1/apps/shop", request);
    const path = `/v1/jobs/${request.jobId}/events`;
    expect((await agent.http.send("GET", path, undefined, { "last-event-id": "x" })).status).toBe(400);
    await agent.http.jobEvents(request.jobId);
  });
});
