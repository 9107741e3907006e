import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from "@jest/globals";
import { createChannel } from "../../host-agent/api/channel.ts";
import { createEventHub } from "../../host-agent/execute/event-hub.ts";
import { silentLogger } from "../support/silent-logger.ts";
import { createDockerRuntime } from "../../host-agent/runtime/docker/runtime.ts";
import type { Runtime, RuntimeEvent } from "../../host-agent/runtime/port.ts";
import { systemClock } from "../../modules/system/clock.ts";
import { busyboxArchive } from "../support/busybox-image.ts";
import { startPrivateEngine, whyNoEngine } from "../support/docker.ts";
import { notRun } from "../support/not-run.ts";
import { startUnixRelay, type UnixRelay } from "../support/unix-relay.ts";
import { dockerWorld, type DockerWorld } from "./runtime/docker-world.ts";
import { call, kindOf, removeApp, startProgram, watchEvents } from "./runtime/world.ts";

jest.setTimeout(60_000);
const suite = "Docker Engine: an engine that fails";
const reason = await whyNoEngine();
if (reason === undefined) faults();
else notRun(suite, reason);

function faults(): void {
  describe(suite, () => {
    const app = "faults";
    let world: DockerWorld;
    /** The engine behind a socket that the test can cut. */
    let relay: UnixRelay;
    let runtime: Runtime;
    beforeAll(async () => {
      world = await dockerWorld();
    }, 90_000);
    beforeEach(async () => {
      relay = await startUnixRelay(join(world.engine.directory, "relay.sock"), world.engine.socketPath);
      const filesDirectory = join(world.engine.directory, "files");
      runtime = createDockerRuntime({ socketPath: relay.path, filesDirectory, clock: systemClock });
    });
    afterEach(async () => {
      await relay[Symbol.asyncDispose]();
      await removeApp(world, app);
    });
    afterAll(async () => {
      await world[Symbol.asyncDispose]();
    }, 60_000);

    it("is unavailable where there is no socket", async () => {
      const socketPath = join(world.engine.directory, "none.sock");
      const absent = createDockerRuntime({ socketPath, filesDirectory: "/nonexistent", clock: systemClock });
      expect(await kindOf(absent.info(call))).toBe("unavailable");
      expect(await kindOf(absent.observe(app, [], call))).toBe("unavailable");
    });

    it("is unavailable while it is gone, and works when it is back", async () => {
      await runtime.observe(app, [], call);
      relay.close();
      expect(await kindOf(runtime.observe(app, [], call))).toBe("unavailable");
      relay.open();
      expect((await runtime.observe(app, [], call)).containers).toEqual([]);
    });

    it("is asked again where it closed an idle connection", async () => {
      await runtime.observe(app, [], call);
      relay.close();
      relay.open(); // The client may still hold connections that are dead.
      expect((await runtime.observe(app, [], call)).containers).toEqual([]);
    });

    it("that hangs up in the middle of a log is unavailable", async () => {
      const id = await startProgram({ ...world, runtime }, app, "sleeper");
      const lines = runtime.logs(id, { follow: true }, call.signal)[Symbol.asyncIterator]();
      const next = lines.next().then(() => "ended");
      await runtime.observe(app, [], call);
      relay.close();
      expect(await kindOf(next)).toBe("unavailable");
    });

    it("that does not answer ends at the deadline", async () => {
      relay.freeze();
      const started = Date.now();
      const observing = runtime.observe(app, [], { ...call, deadlineMs: 300 });
      await expect(observing).rejects.toThrow("observing faults took longer than 0.3 s");
      expect(await kindOf(observing)).toBe("deadline");
      expect(Date.now() - started).toBeLessThan(5_000);
    });

    it("that does not answer ends when the caller gives up", async () => {
      relay.freeze();
      const given = new AbortController();
      const observing = runtime.observe(app, [], { ...call, signal: given.signal });
      given.abort(new Error("changed my mind"));
      expect(await kindOf(observing)).toBe("Error: changed my mind");
    });

    it("comes back to those who watch: they are told to observe anew, and get what follows", async () => {
      const watch = (signal: AbortSignal): AsyncIterable<RuntimeEvent> => {
        const channel = createChannel<RuntimeEvent>(signal);
        const hub = createEventHub({ runtime, clock: systemClock, logger: silentLogger, signal });
        hub.subscribe((event) => void channel.send(event));
        return channel.items;
      };
      const events = await watchEvents({ ...world, runtime: { ...runtime, watch } });
      relay.close();
      const containerId = await startProgram(world, app, "sleeper"); // Nobody hears of this.
      relay.open();
      await events.until((event) => event.kind === "listening" && events.seen.indexOf(event) > 0);
      await world.runtime.removeContainer(containerId, call);
      await events.until((event) => event.kind === "removed");
      await events.stop();
      const service = "sleeper";
      expect(events.seen).toEqual([
        { kind: "listening" },
        { kind: "listening" },
        { kind: "died", app, service, containerId },
        { kind: "removed", app, service, containerId },
      ]);
    });
  });

  const privateEngine = process.env["DOCKER_HOST"] === undefined ? it : it.skip;
  privateEngine("Docker Engine: a full disk is named as such", async () => {
    await using engine = await startPrivateEngine({ diskMegabytes: 16 });
    const filesDirectory = join(engine.directory, "files");
    const runtime = createDockerRuntime({ socketPath: engine.socketPath, filesDirectory, clock: systemClock });
    const archive = await busyboxArchive({ reference: "test/big:1", ballast: randomBytes(20_000_000) });
    const bytes = (async function* () {
      yield await Promise.resolve(archive);
    })();
    expect(await kindOf(runtime.loadImages(bytes, { ...call, onProgress: () => undefined }))).toBe("disk-full");
    expect(await runtime.resolveImage("test/big:1", call)).toBeUndefined();
  });
}
