import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from "@jest/globals";
import { text } from "node:stream/consumers";
import type { AppStatus } from "../../modules/protocol/app.ts";
import type { JobEvent } from "../../modules/protocol/jobs.ts";
import type { Service } from "../../modules/stackfile/model.ts";
import { applyRequest, shop, startTestAgent, type TestAgent } from "../support/agent.ts";
import { busyboxArchive } from "../support/busybox-image.ts";
import { whyNoEngine } from "../support/docker.ts";
import { notRun } from "../support/not-run.ts";
import { dockerWorld, type DockerWorld } from "./runtime/docker-world.ts";
import { call, removeApp, signal } from "./runtime/world.ts";

jest.setTimeout(90_000);
const suite = "Docker Engine: the agent on it";
const reason = await whyNoEngine();
if (reason === undefined) agentOnDocker();
else notRun(suite, reason);

function agentOnDocker(): void {
  describe(suite, () => {
    const app = "agentshop";
    let world: DockerWorld;
    let agent: TestAgent;
    beforeAll(async () => {
      world = await dockerWorld();
      const archive = await busyboxArchive({ reference: "web:1" }, { reference: "db:1" });
      const bytes = (async function* () {
        yield await Promise.resolve(archive);
      })();
      await world.runtime.loadImages(bytes, { ...call, onProgress: () => undefined });
    }, 90_000);
    beforeEach(async () => {
      agent = await startTestAgent(world.runtime);
    });
    afterEach(async () => {
      await agent[Symbol.asyncDispose]();
      await removeApp(world, app);
    });
    afterAll(async () => {
      await world[Symbol.asyncDispose]();
    }, 60_000);

    const desired = (web: Partial<Service> = {}, db: Partial<Service> = {}) =>
      shop({ web: { stop_grace_period: "1s", ...web }, db: { stop_grace_period: "1s", ...db } }, app);
    const steps = (events: readonly JobEvent[]) =>
      events.flatMap((event) => (event.type === "planned" ? event.plan.steps.map((step) => step.kind) : []));
    const status = async () => (await agent.http.send("GET", `/v1/apps/${app}`)).body as unknown as AppStatus;
    async function inside(service: string, script: string): Promise<string> {
      const id = (await status()).services[service]!.containers[0]!.id;
      const request = { service, command: ["sh", "-c", script], tty: false, env: {} };
      const session = await world.runtime.exec(id, request, signal);
      session.stdin.end();
      return (await text(session.stdout)).trim();
    }

    it("brings an app up in order of its health, and does nothing the second time", async () => {
      const events = await agent.http.apply(desired());
      expect(events.at(-1)).toMatchObject({ type: "succeeded" });
      const { services } = await status();
      expect(services["db"]).toMatchObject({ state: "running", containers: [{ health: "healthy" }] });
      expect(services["web"]).toMatchObject({ state: "running", ports: [{ published: 8080, target: 80 }] });
      const [db, web] = [services["db"]!, services["web"]!].map((service) => service.containers[0]!);
      const details = await Promise.all([db, web].map((one) => world.runtime.inspectContainer(one!.id, call)));
      expect(Date.parse(details[0]!.container.startedAt!)).toBeLessThan(Date.parse(details[1]!.container.startedAt!));
      expect(await inside("web", "ping -c 1 -w 5 db | grep received")).toContain("1 packets received");

      expect(steps(await agent.http.apply(desired()))).toEqual([]);
    });

    it("replaces only what changed, and keeps the data", async () => {
      await agent.http.apply(desired());
      await inside("db", "echo 41 > /data/count");
      const before = await status();
      const events = await agent.http.apply(desired({ environment: { LEVEL: "debug" } }));
      expect(events.at(-1)).toMatchObject({ type: "succeeded" });
      const after = await status();
      expect(after.services["db"]!.containers[0]!.id).toBe(before.services["db"]!.containers[0]!.id);
      expect(after.services["web"]!.containers[0]!.id).not.toBe(before.services["web"]!.containers[0]!.id);
      expect(await inside("web", "tr '\\0' '\\n' < /proc/1/environ | grep LEVEL")).toBe("LEVEL=debug");

      await agent.http.apply(desired({}, { environment: { LEVEL: "debug" } }));
      expect(await inside("db", "cat /data/count")).toBe("41");
    });

    it("repairs what somebody did by hand", async () => {
      await agent.http.apply(desired());
      const { services } = await status();
      await world.runtime.stopContainer(services["db"]!.containers[0]!.id, 0, call);
      await world.runtime.removeContainer(services["web"]!.containers[0]!.id, call);
      expect((await agent.http.apply(desired())).at(-1)).toMatchObject({ type: "succeeded" });
      expect((await status()).services).toMatchObject({ db: { state: "running" }, web: { state: "running" } });
    });

    it("says why an app did not become healthy", async () => {
      const healthcheck = { test: ["CMD-SHELL", "echo the disk is on fire; exit 1"], interval: "1s", retries: 1 };
      const events = await agent.http.apply(desired({}, { healthcheck }));
      const last = events.at(-1);
      expect(last).toMatchObject({ type: "failed", problem: { code: "app.unhealthy" } });
      expect(JSON.stringify(last)).toContain("the disk is on fire");
      expect((await status()).services["web"]).toMatchObject({ containers: [{ state: "created" }] });
    });

    it("goes on after it was stopped in the middle", async () => {
      const { body } = await agent.http.send("PUT", `/v1/apps/${app}`, applyRequest(desired()));
      await agent.http.events(`/v1/jobs/${body.id}/events`, { until: (event) => event.data.includes("step-done") });
      await agent.stop();
      await agent.start();
      expect((await agent.http.jobEvents(body.id)).at(-1)).toMatchObject({ type: "succeeded" });
      expect((await status()).services).toMatchObject({ db: { state: "running" }, web: { state: "running" } });
    });

    it("takes an app away but for its volumes, and these when they are named", async () => {
      await agent.http.apply(desired());
      expect((await agent.http.remove(app)).at(-1)).toMatchObject({ type: "succeeded" });
      const left = await world.runtime.observe(app, [], call);
      expect(left).toMatchObject({ containers: [], networks: [], volumes: [{ name: `${app}_data` }] });
      expect((await agent.http.remove(app, ["data"])).at(-1)).toMatchObject({ type: "succeeded" });
      expect(await world.runtime.apps(call)).not.toContain(app);
    });
  });
}
