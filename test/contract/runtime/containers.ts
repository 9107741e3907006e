import { afterEach, beforeEach, expect, it } from "@jest/globals";
import {
  call,
  kindOf,
  onlyContainer,
  removeApp,
  specOf,
  startProgram,
  untilContainer,
  type RuntimeWorld,
} from "./world.ts";

/** Life of a container. */
export function containerContract(world: () => RuntimeWorld): void {
  let count = 0;
  let app: string;
  beforeEach(() => {
    app = `containers${(count += 1)}`;
  });
  afterEach(() => removeApp(world(), app));

  it("creates a container that does not run yet", async () => {
    const id = await world().runtime.createContainer(specOf(world(), app, "sleeper"), call);
    expect(await onlyContainer(world(), app)).toEqual({
      id,
      name: `${app}-sleeper-1`,
      service: "sleeper",
      number: 1,
      fingerprint: "v1:sha256:1",
      image: world().image,
      imageDigest: await world().runtime.resolveImage(world().image, call),
      state: "created",
      health: "none",
      ports: [],
    });
  });

  it("gives the same container for the same name and fingerprint", async () => {
    const spec = specOf(world(), app, "sleeper");
    const id = await world().runtime.createContainer(spec, call);
    expect(await world().runtime.createContainer({ ...spec, release: "r2" }, call)).toBe(id);
  });

  it("refuses another fingerprint under the same name", async () => {
    await world().runtime.createContainer(specOf(world(), app, "sleeper"), call);
    const other = specOf(world(), app, "sleeper", { fingerprint: "v1:sha256:2" });
    expect(await kindOf(world().runtime.createContainer(other, call))).toBe("conflict");
  });

  it("says that the image is missing", async () => {
    const spec = specOf(world(), app, "sleeper", { definition: { image: "test/no-such-image:1" } });
    expect(await kindOf(world().runtime.createContainer(spec, call))).toBe("image-not-found");
  });

  it("starts, and starting again changes nothing", async () => {
    const id = await startProgram(world(), app, "sleeper");
    const before = await world().runtime.inspectContainer(id, call);
    await world().runtime.startContainer(id, call);
    expect(before?.container).toMatchObject({ state: "running", health: "none" });
    expect(await world().runtime.inspectContainer(id, call)).toEqual(before);
  });

  it("stops, and stopping again changes nothing", async () => {
    const id = await startProgram(world(), app, "sleeper");
    await world().runtime.stopContainer(id, 5_000, call);
    await world().runtime.stopContainer(id, 5_000, call);
    expect(await onlyContainer(world(), app)).toMatchObject({ id, state: "exited", ports: [] });
  });

  it("tells what grace it was created with", async () => {
    const id = await startProgram(world(), app, "sleeper", { definition: { stop_grace_period: "1m30s" } });
    expect(await world().runtime.inspectContainer(id, call)).toMatchObject({ stopGraceMs: 90_000 });
  });

  it("starts again what was stopped", async () => {
    const id = await startProgram(world(), app, "sleeper");
    await world().runtime.stopContainer(id, undefined, call);
    await world().runtime.startContainer(id, call);
    expect(await onlyContainer(world(), app)).toMatchObject({ id, state: "running" });
  });

  it("removes a running container, and removing again is no error", async () => {
    const id = await startProgram(world(), app, "sleeper");
    await world().runtime.removeContainer(id, call);
    await world().runtime.removeContainer(id, call);
    expect((await world().runtime.observe(app, [], call)).containers).toEqual([]);
  });

  it("sweeps after an app without touching what is there", async () => {
    const id = await startProgram(world(), app, "sleeper");
    await world().runtime.sweep(app, call);
    expect(await onlyContainer(world(), app)).toMatchObject({ id, state: "running" });
    await world().runtime.removeContainer(id, call);
    await world().runtime.sweep(app, call);
  });

  it("says of a container that is gone: not found to start, done to stop", async () => {
    const id = await startProgram(world(), app, "sleeper");
    await world().runtime.removeContainer(id, call);
    expect(await kindOf(world().runtime.startContainer(id, call))).toBe("not-found");
    await world().runtime.stopContainer(id, undefined, call);
    expect(await world().runtime.inspectContainer(id, call)).toBeUndefined();
  });

  it("keeps the exit code of a program that ended", async () => {
    await startProgram(world(), app, "failer");
    const ended = await untilContainer(world(), app, (container) => container.state === "exited");
    expect(ended.exitCode).toBe(3);
  });

  it("says why a program could not be started", async () => {
    const id = await world().runtime.createContainer(specOf(world(), app, "broken"), call);
    expect(await kindOf(world().runtime.startContainer(id, call))).toBe("start-failed");
    const detail = await world().runtime.inspectContainer(id, call);
    expect(detail?.container.state).toBe("created");
    expect(detail?.error).toContain("/no/such/program");
  });

  it("tells when a container became healthy", async () => {
    const id = await startProgram(world(), app, "healthy");
    await untilContainer(world(), app, (container) => container.health === "healthy");
    const detail = await world().runtime.inspectContainer(id, call);
    expect(detail?.container.health).toBe("healthy");
  });

  it("keeps what the probes of an unhealthy container said", async () => {
    const id = await startProgram(world(), app, "sick");
    await untilContainer(world(), app, (container) => container.health === "unhealthy");
    const detail = await world().runtime.inspectContainer(id, call);
    expect(detail?.probes.at(-1)).toMatchObject({ exitCode: 1, output: "the queue is full\n" });
  });

  it("publishes fixed ports and random ones", async () => {
    const ports = [
      { mode: "ingress" as const, target: 80, protocol: "tcp" as const, published: "18080", host_ip: "127.0.0.1" },
      { mode: "ingress" as const, target: 53, protocol: "udp" as const },
    ];
    await startProgram(world(), app, "sleeper", { definition: { ports, network_mode: "bridge" } });
    const [dns, web] = (await onlyContainer(world(), app)).ports;
    expect(web).toEqual({ hostIp: "127.0.0.1", published: 18_080, target: 80, protocol: "tcp" });
    expect(dns).toMatchObject({ target: 53, protocol: "udp" });
    expect(dns?.published).toBeGreaterThan(1_024);
  });

  it("says that a host port is taken, and starts once it is free", async () => {
    const ports = [{ mode: "ingress" as const, target: 80, protocol: "tcp" as const, published: "18081" }];
    const definition = { ports, network_mode: "bridge" };
    const first = await startProgram(world(), app, "sleeper", { definition });
    const spec = specOf(world(), app, "sleeper", { definition, number: 2, name: `${app}-sleeper-2` });
    const second = await world().runtime.createContainer(spec, call);
    expect(await kindOf(world().runtime.startContainer(second, call))).toBe("port-taken");
    await world().runtime.removeContainer(first, call);
    await world().runtime.startContainer(second, call);
    expect(await onlyContainer(world(), app)).toMatchObject({ id: second, state: "running" });
  });

  it("keeps a failing program with a restart policy in restarting", async () => {
    await startProgram(world(), app, "failer", { definition: { restart: "always" } });
    await untilContainer(world(), app, (container) => container.state === "restarting");
    const { id } = await onlyContainer(world(), app);
    await world().runtime.stopContainer(id, undefined, call);
    expect((await onlyContainer(world(), app)).state).toBe("exited");
  });
}
