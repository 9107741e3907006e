import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, describe, expect, jest, test } from "@jest/globals";
import type { Behaviours } from "../../host-agent/runtime/fake/behaviour.ts";
import type { FakeRuntime } from "../../host-agent/runtime/fake/runtime.ts";
import { stopFake } from "../../host-agent/runtime/fake/life.ts";
import type { JobEvent } from "../../modules/protocol/jobs.ts";
import {
  applyRequest,
  endFakeRuntime,
  fakeRuntime,
  healthcheck,
  shop,
  startTestAgent,
  type TestAgent,
} from "../support/agent.ts";

jest.setTimeout(30_000);

let runtime: FakeRuntime;
let agent: TestAgent;

async function start(behaviours: Behaviours = {}): Promise<void> {
  runtime = fakeRuntime(behaviours);
  agent = await startTestAgent(runtime);
}
afterEach(async () => {
  await agent[Symbol.asyncDispose]();
  endFakeRuntime(runtime);
});

const neverHealthy: Behaviours = { services: { db: { health: { state: "healthy", afterMs: 3_600_000 } } } };

/** Applies and gives the job's id, without waiting for its end. */
async function submit(...args: Parameters<typeof applyRequest>): Promise<string> {
  const { status, body } = await agent.http.send("PUT", `/v1/apps/${args[0].model.name}`, applyRequest(...args));
  expect(status).toBe(202);
  return body.id;
}
async function untilEvent(id: string, wanted: (event: JobEvent) => boolean): Promise<void> {
  await agent.http.events(`/v1/jobs/${id}/events`, { until: ({ data }) => wanted(JSON.parse(data) as JobEvent) });
}
const isWaitingForHealth = (event: JobEvent): boolean =>
  event.type === "step-progress" && event.step === "await-service/db/healthy";
const last = async (id: string): Promise<JobEvent | undefined> => (await agent.http.jobEvents(id)).at(-1);

test("a job that failed says why, also where its release cannot be written", async () => {
  await start(neverHealthy);
  const id = await submit(shop());
  await untilEvent(id, isWaitingForHealth);
  const releases = join(agent.directory, "state", "releases", "shop");
  await rm(releases, { recursive: true });
  await writeFile(releases, "in the way");
  for (const container of runtime.world.containers.values()) stopFake(runtime.world, container);
  expect(await last(id)).toMatchObject({ type: "failed", problem: { message: expect.stringContaining("shop-db-1") } });
});

describe("two clients at once", () => {
  test("the second waits, is told who holds the app, and is served then", async () => {
    await start({ services: { db: { health: { state: "healthy", afterMs: 200 } } } });
    const first = await submit(shop(), { requestedBy: "alice@one" });
    const second = await submit(shop({ web: { image: "web:2" } }), { requestedBy: "bob@two" });
    const events = await agent.http.jobEvents(second);
    expect(events[0]).toMatchObject({ type: "waiting", text: expect.stringContaining("alice@one") });
    expect(events[0]).toMatchObject({ text: expect.stringContaining(first) });
    expect(events.at(-1)).toMatchObject({
      type: "succeeded",
      status: { services: { web: { imageDigest: "sha256:web:2" } } },
    });
    expect(await last(first)).toMatchObject({ type: "succeeded" });
  });

  test("a newer job takes the place of one that waits", async () => {
    await start({ services: { db: { health: { state: "healthy", afterMs: 200 } } } });
    await submit(shop());
    const second = await submit(shop(), { requestedBy: "bob@two" });
    const third = await submit(shop({ web: { image: "web:2" } }), { requestedBy: "carol@three" });
    expect(await last(second)).toMatchObject({ type: "cancelled", reason: expect.stringContaining("carol@three") });
    expect(await last(third)).toMatchObject({ type: "succeeded" });
  });

  test("of different apps do not wait for each other", async () => {
    await start(neverHealthy);
    await submit(shop());
    const events = await agent.http.apply(
      shop({ db: { healthcheck: { disable: true } }, web: { depends_on: {} } }, "other"),
    );
    expect(events.at(-1)).toMatchObject({ type: "succeeded" });
  });
});

describe("a cancelled job", () => {
  test("starts nothing more, keeps what is done, and the next one goes on from there", async () => {
    await start({ services: { db: { health: { state: "healthy", afterMs: 300 } } } });
    const id = await submit(shop());
    await untilEvent(id, isWaitingForHealth);
    expect((await agent.http.send("DELETE", `/v1/jobs/${id}`)).status).toBe(202);
    expect(await last(id)).toMatchObject({ type: "cancelled", reason: "cancelled by a client" });
    const containers = [...runtime.world.containers.values()].map(({ name, state }) => `${name} ${state}`);
    expect(containers).toContain("shop-db-1 running");
    expect(containers).not.toContain("shop-web-1 running");

    const events = await agent.http.apply(shop());
    expect(events.at(-1)).toMatchObject({ type: "succeeded" });
    expect(runtime.world.calls.filter((call) => call === "createContainer shop-db-1")).toHaveLength(1);
  });

  test("that still waited never starts", async () => {
    await start(neverHealthy);
    const first = await submit(shop());
    const second = await submit(shop());
    await agent.http.send("DELETE", `/v1/jobs/${second}`);
    expect(await last(second)).toMatchObject({ type: "cancelled" });
    await agent.http.send("DELETE", `/v1/jobs/${first}`);
    expect(await last(first)).toMatchObject({ type: "cancelled" });
  });

  test("that had ended stays as it was", async () => {
    await start();
    const id = await submit(shop());
    await agent.http.jobEvents(id);
    expect((await agent.http.send("DELETE", `/v1/jobs/${id}`)).body).toMatchObject({ state: "succeeded" });
  });
});

describe("a job that fails says what and why", () => {
  const failure = async (
    ...args: Parameters<typeof shop>
  ): Promise<Extract<JobEvent, { type: "failed" }>["problem"]> => {
    const event = (await agent.http.apply(shop(...args))).at(-1);
    if (event?.type !== "failed") throw new Error(`not failed but ${event?.type ?? "nothing"}`);
    return event.problem;
  };

  test("a health check that never passes: the service, the probe's output, the last log lines", async () => {
    const prints = [{ stream: "stderr", line: "cannot open /data/db" }] as const;
    await start({ services: { db: { health: { state: "unhealthy", output: "connection refused" }, prints } } });
    const problem = await failure();
    expect(problem).toMatchObject({ code: "app.unhealthy", message: expect.stringContaining("db") });
    expect(problem.details.join("\n")).toMatch(/exit code 1: connection refused[\s\S]*log: cannot open \/data\/db/);
    expect((await agent.http.send("GET", "/v1/apps/shop")).body).toMatchObject({
      services: { db: { state: "unhealthy" }, web: { state: expect.stringMatching(/absent|stopped/) } },
    });
  });

  test("and fails again for as long as it is so, then succeeds", async () => {
    await start({ services: { db: { health: { state: "unhealthy" } } } });
    expect(await failure()).toMatchObject({ code: "app.unhealthy" });
    expect(await failure()).toMatchObject({ code: "app.unhealthy" });
    for (const container of runtime.world.containers.values()) container.health = "healthy";
    expect((await agent.http.apply(shop())).at(-1)).toMatchObject({ type: "succeeded" });
  });

  test("a container that ends: its exit code and last log lines", async () => {
    await start({
      services: {
        db: {
          exit: { code: 3 },
          health: { state: "healthy", afterMs: 3_600_000 },
          prints: [{ stream: "stdout", line: "bye" }],
        },
      },
    });
    const problem = await failure();
    expect(problem).toMatchObject({ code: "app.container-failed", message: expect.stringContaining("exit code 3") });
    expect(problem.details).toContain("log: bye");
  });

  test("a container that ends while others are waited for", async () => {
    await start({
      services: { web: { exit: { code: 4 } }, db: { health: { state: "healthy", afterMs: 100 } } },
    });
    expect(await failure({ web: { depends_on: {} } })).toMatchObject({
      code: "app.container-failed",
      message: expect.stringContaining("exit code 4"),
    });
  });

  test("a job whose deadline passes: what it was at", async () => {
    await start();
    runtime.faults.add({ operation: "startContainer", subject: "shop-db-1", fault: { kind: "hang" } });
    const request = applyRequest(shop(), { deadlineMs: 5_000 });
    await agent.http.send("PUT", "/v1/apps/shop", request);
    expect(await last(request.jobId)).toMatchObject({
      type: "failed",
      problem: { code: "deadline", details: ["still at start-container/shop-db-1"] },
    });
  });

  test("a container that the engine cannot start: the engine's words", async () => {
    await start({ services: { db: { startError: "exec: no such file: /bin/dbb" } } });
    expect(await failure()).toMatchObject({
      code: "app.container-failed",
      message: expect.stringContaining("no such file: /bin/dbb"),
    });
  });

  test("a health check whose verdict does not come in time", async () => {
    await start(neverHealthy);
    const request = applyRequest(shop(), { deadlineMs: 3_000 });
    await agent.http.send("PUT", "/v1/apps/shop", request);
    const event = await last(request.jobId);
    expect(event).toMatchObject({
      type: "failed",
      problem: { code: "app.unhealthy", message: expect.stringContaining("shop-db-1 is not healthy yet") },
    });
  });

  test("an image that is nowhere", async () => {
    await start();
    expect(await failure({ web: { image: "nowhere:9" } })).toMatchObject({
      code: "app.image-missing",
      message: expect.stringContaining("nowhere:9"),
    });
  });

  test("an image that may not be pulled", async () => {
    await start();
    expect(await failure({ web: { image: "nowhere:9", pull_policy: "never" } })).toMatchObject({
      code: "app.image-missing",
    });
  });

  test("a registry that refuses, and what helps", async () => {
    await start();
    const image = "r.example:5000/web:1";
    const credentials = { username: "u", password: "hunter2" };
    runtime.world.registry.set(image, { digest: "sha256:r", credentials });
    expect(await failure({ web: { image } })).toMatchObject({ code: "app.image-pull-failed" });
    const desired = { ...shop({ web: { image } }), registries: { "r.example:5000": credentials } };
    expect((await agent.http.apply(desired)).at(-1)).toMatchObject({ type: "succeeded" });
  });

  test("a connection that is cut while pulling", async () => {
    await start();
    runtime.world.registry.set("r.example/web:1", { digest: "sha256:r", cut: true });
    expect(await failure({ web: { image: "r.example/web:1" } })).toMatchObject({ code: "app.image-pull-failed" });
  });

  test("a host port that is taken", async () => {
    await start();
    await agent.http.apply(shop({}, "other"));
    const problem = await failure();
    expect(problem).toMatchObject({ code: "app.port-taken", message: expect.stringContaining("8080") });
  });

  test("all that fails at once is named", async () => {
    await start();
    const problem = await failure({ web: { image: "no:1" }, db: { image: "no:2" } });
    expect([problem.message, ...problem.details].join("\n")).toMatch(/no:1[\s\S]*no:2|no:2[\s\S]*no:1/);
  });
});

describe("a job outlives its agent", () => {
  test("one that was open is taken up again by the next agent, with its events", async () => {
    await start({ services: { db: { health: { state: "healthy", afterMs: 300 } } } });
    const id = await submit(shop());
    await untilEvent(id, isWaitingForHealth);
    await agent.stop();
    expect([...runtime.world.containers.values()].map(({ name, state }) => `${name} ${state}`)).toContain(
      "shop-db-1 running",
    );
    await agent.start();
    const events = await agent.http.jobEvents(id);
    expect(events.at(-1)).toMatchObject({ type: "succeeded" });
    expect(events.filter(({ type }) => type === "planned").length).toBeGreaterThan(1);
    expect(runtime.world.calls.filter((call) => call === "createContainer shop-db-1")).toHaveLength(1);
  });

  test("one that its agents do not survive is given up", async () => {
    await start(neverHealthy);
    const id = await submit(shop());
    for (let restart = 0; restart < 3; restart += 1) {
      await agent.stop();
      await agent.start();
    }
    expect(await last(id)).toMatchObject({ type: "failed", problem: { message: expect.stringContaining("3 times") } });
  });

  test("one whose deadline has passed meanwhile has failed, and says so", async () => {
    await start(neverHealthy);
    const id = await submit(shop(), { deadlineMs: 2_000 });
    await untilEvent(id, isWaitingForHealth);
    await agent.stop();
    await new Promise((resolve) => setTimeout(resolve, 2_100));
    await agent.start();
    expect(await last(id)).toMatchObject({
      type: "failed",
      problem: { message: expect.stringContaining("interrupted"), hint: expect.stringContaining("again") },
    });
  });
});

test("a service that wants one container for each host is done with that one, whatever its replicas say", async () => {
  await start();
  const events = await agent.http.apply(shop({ db: { deploy: { mode: "global", replicas: 3 } } }));
  expect(events.at(-1)).toMatchObject({ type: "succeeded", status: { services: { db: { state: "running" } } } });
});

test("an image that is asked for every time makes a new release only when it has changed", async () => {
  await start();
  runtime.world.registry.set("web:1", { digest: "sha256:new1" });
  const desired = shop({ web: { pull_policy: "always", healthcheck } });
  await agent.http.apply(desired);
  const release = async (): Promise<unknown> => (await agent.http.send("GET", "/v1/apps/shop")).body.release;
  const first = await release();
  await agent.http.apply(desired);
  expect(await release()).toBe(first);
  runtime.world.registry.set("web:1", { digest: "sha256:new2" });
  const events = await agent.http.apply(desired);
  expect(events.at(-1)).toMatchObject({
    type: "succeeded",
    status: { services: { web: { imageDigest: "sha256:new2" } } },
  });
  expect(await release()).not.toBe(first);
});
