import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { call, kindOf, removeApp, specOf, startProgram, type RuntimeWorld, type SpecFields } from "./world.ts";

/** Networks and volumes, and what is not ours. */
export function objectContract(world: () => RuntimeWorld): void {
  let count = 0;
  let app: string;
  beforeEach(() => {
    app = `objects${(count += 1)}`;
  });
  afterEach(() => removeApp(world(), app));

  const kinds = {
    network: {
      create: (name: string, fingerprint = "f1") =>
        world().runtime.createNetwork({ app, key: "main", fingerprint, network: { name } }, call),
      remove: (name: string) => world().runtime.removeNetwork(name, call),
      list: async () => (await world().runtime.observe(app, [], call)).networks,
      used: (name: string): SpecFields => ({ definition: { networks: { main: null } }, networks: { main: name } }),
      listedToo: {},
    },
    volume: {
      create: (name: string, fingerprint = "f1") =>
        world().runtime.createVolume({ app, key: "main", fingerprint, volume: { name } }, call),
      remove: (name: string) => world().runtime.removeVolume(name, call),
      list: async () => (await world().runtime.observe(app, [], call)).volumes,
      used: (name: string): SpecFields => ({
        definition: { volumes: [{ type: "volume", source: "main", target: "/data" }] },
        volumes: { main: name },
      }),
      listedToo: { key: "main" },
    },
  };

  describe.each(["network", "volume"] as const)("a %s", (kind) => {
    const { create, remove, list, used, listedToo } = kinds[kind];
    const name = (): string => `${app}_main`;

    it("is created once", async () => {
      await create(name());
      await create(name());
      expect(await list()).toEqual([{ name: name(), fingerprint: "f1", ...listedToo }]);
    });

    it("with another fingerprint is refused", async () => {
      await create(name());
      expect(await kindOf(create(name(), "f2"))).toBe("conflict");
      expect(await list()).toEqual([{ name: name(), fingerprint: "f1", ...listedToo }]);
    });

    it("is removed, and removing again is no error", async () => {
      await create(name());
      await remove(name());
      await remove(name());
      expect(await list()).toEqual([]);
    });

    it("is not removed while a container uses it", async () => {
      await create(name());
      const id = await startProgram(world(), app, "sleeper", used(name()));
      expect(await kindOf(remove(name()))).toBe("conflict");
      await world().runtime.removeContainer(id, call);
      await remove(name());
      expect(await list()).toEqual([]);
    });

    it("of somebody else is neither taken over nor removed", async () => {
      const theirs = `theirs-${app}`;
      await world().foreign[kind](theirs);
      expect(await kindOf(create(theirs))).toBe("conflict");
      expect(await kindOf(remove(theirs))).toBe("conflict");
      expect(await world().foreign.isThere(kind, theirs)).toBe(true);
      expect(await list()).toEqual([]);
    });
  });

  it("knows a volume by its key, whatever its name", async () => {
    await kinds.volume.create(`named-${app}`);
    expect(await kinds.volume.list()).toEqual([{ name: `named-${app}`, fingerprint: "f1", key: "main" }]);
  });

  it("keeps an anonymous volume for the next container of its service and number, until it is removed itself", async () => {
    const { runtime } = world();
    const definition = { volumes: [{ type: "volume" as const, target: "/data/" }] };
    const first = await startProgram(world(), app, "sleeper", { definition });
    const { volumes, anonymousVolumes } = await runtime.observe(app, [], call);
    expect(volumes).toEqual([]);
    expect(anonymousVolumes).toMatchObject([{ service: "sleeper", number: 1, target: "/data" }]);
    const name = anonymousVolumes[0]!.name;
    expect(await kindOf(runtime.removeVolume(name, call))).toBe("conflict");
    await runtime.removeContainer(first, call);
    expect((await runtime.observe(app, [], call)).anonymousVolumes).toEqual(anonymousVolumes);
    const next = await startProgram(world(), app, "sleeper", { definition, fingerprint: "v1:sha256:2" });
    expect((await runtime.observe(app, [], call)).anonymousVolumes).toEqual(anonymousVolumes);
    await runtime.removeContainer(next, call);
    await runtime.removeVolume(name, call);
    await runtime.removeVolume(name, call);
    expect((await runtime.observe(app, [], call)).anonymousVolumes).toEqual([]);
  });

  it("never touches a container of somebody else", async () => {
    const { runtime, foreign } = world();
    const name = `theirs-${app}`;
    const id = await foreign.container(name);
    expect(await kindOf(runtime.createContainer(specOf(world(), app, "sleeper", { name }), call))).toBe("conflict");
    expect(await kindOf(runtime.startContainer(id, call))).toBe("conflict");
    expect(await kindOf(runtime.stopContainer(id, 0, call))).toBe("conflict");
    expect(await kindOf(runtime.removeContainer(id, call))).toBe("conflict");
    const exec = { service: "x", command: ["true"], tty: false, env: {} };
    expect(await kindOf(runtime.exec(id, exec, call.signal))).toBe("conflict");
    expect(await runtime.inspectContainer(id, call)).toBeUndefined();
    expect(await foreign.isThere("container", name)).toBe(true);
    expect((await runtime.observe(app, [], call)).containers).toEqual([]);
  });

  it("does not count volumes as an app: they outlive theirs", async () => {
    await kinds.volume.create(`${app}_main`);
    expect(await world().runtime.apps(call)).not.toContain(app);
  });

  it("keeps the apps of a host apart", async () => {
    await kinds.network.create(`${app}_main`);
    await startProgram(world(), `${app}-other`, "sleeper");
    try {
      const found = await world().runtime.apps(call);
      expect(found.filter((name) => name.startsWith(app))).toEqual([app, `${app}-other`]);
      expect((await world().runtime.observe(app, [], call)).containers).toEqual([]);
    } finally {
      await removeApp(world(), `${app}-other`);
    }
  });
}
