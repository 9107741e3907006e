import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from "@jest/globals";
import { text } from "node:stream/consumers";
import type { AppStatus } from "../../modules/protocol/app.ts";
import type { Service } from "../../modules/stackfile/model.ts";
import { shop, startTestAgent, type TestAgent } from "../support/agent.ts";
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
    const status = async () => (await agent.http.send("GET", `/v1/apps/${app}`)).body as unknown as AppStatus;
    async function inside(service: string, script: string): Promise<string> {
      const id = (await status()).services[service]!.containers[0]!.id;
      const request = { service, command: ["sh", "-c", script], tty: false, env: {} };
      const session = await world.runtime.exec(id, request, signal);
      session.stdin.end();
      return (await text(session.stdout)).trim();
    }

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
  });
}
