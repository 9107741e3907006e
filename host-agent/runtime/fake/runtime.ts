import type { Clock } from "../../../modules/base/clock.ts";
import { parseDuration } from "../../../modules/stackfile/forms/duration.ts";
import { anonymousVolumes, cleanTarget } from "../anonymous-volumes.ts";
import { RuntimeError } from "../errors.ts";
import type { Call, ContainerSpec, Runtime } from "../port.ts";
import { readImageArchive } from "./archive.ts";
import { behaviourOf, type Behaviours } from "./behaviour.ts";
import { createFaults, underFault, type Faults, type Operation } from "./faults.ts";
import { startFake, stopFake } from "./life.ts";
import { execInFake, logsOfFake, watchFake } from "./streams.ts";
import {
  announce,
  containerNamed,
  createWorld,
  observed,
  type FakeContainer,
  type FakeObject,
  type FakeWorld,
} from "./world.ts";

export interface FakeRuntimeOptions {
  readonly clock: Clock;
  /** What containers do once they are started. */
  readonly behaviours?: Behaviours;
  readonly faults?: Faults;
  /** Another runtime's world: a second agent on the same host. */
  readonly world?: FakeWorld;
}

/** A `Runtime` in memory with the semantics of a real one; `world` is what it holds, for tests to look at and to disturb. */
export interface FakeRuntime extends Runtime {
  readonly world: FakeWorld;
  readonly faults: Faults;
}

/**
 * @example
 * const runtime = createFakeRuntime({ clock, behaviours: { services: { api: { health: { state: "unhealthy" } } } } });
 * runtime.world.images.set("api:1", "sha256:1");
 * runtime.faults.add({ operation: "startContainer", fault: { kind: "fail" } });
 */
export function createFakeRuntime(options: FakeRuntimeOptions): FakeRuntime {
  const { clock, behaviours = {} } = options;
  const world = options.world ?? createWorld();
  const faults = options.faults ?? createFaults();

  const run = <T>(operation: Operation, subject: string, call: Call, effect: () => T | Promise<T>): Promise<T> => {
    const what = subject === "" ? operation : `${operation} ${subject}`;
    world.calls.push(what);
    return underFault(faults.next(operation, subject), { what, call, clock }, effect);
  };

  return {
    world,
    faults,
    info: (call) => run("info", "", call, () => ({ kind: "fake", version: "1" })),
    lacks: ({ services }, call) =>
      run("lacks", "", call, () =>
        Object.entries(services).flatMap(([service, { image }]) => {
          const { unsupported } = behaviourOf(behaviours, service, image);
          return unsupported === undefined ? [] : [`${service}: ${unsupported}`];
        }),
      ),
    observe: (app, images, call) =>
      run("observe", app, call, () => ({
        containers: [...world.containers.values()].flatMap((container) =>
          container.spec?.app === app ? [observed(container, container.spec)] : [],
        ),
        networks: objectsOf(world.networks, app).map(({ name, fingerprint }) => ({ name, fingerprint })),
        volumes: objectsOf(world.volumes, app).map(({ name, fingerprint, key }) => ({ name, fingerprint, key })),
        anonymousVolumes: [...world.anonymousVolumes.values()].flatMap(({ app: owner, ...volume }) =>
          owner === app ? [volume] : [],
        ),
        images: Object.fromEntries(
          images.flatMap((reference) => {
            const digest = world.images.get(reference);
            return digest === undefined ? [] : [[reference, digest]];
          }),
        ),
      })),
    apps: (call) =>
      run("apps", "", call, () => {
        const networks = [...world.networks.values()].map((network) => network.app);
        const containers = [...world.containers.values()].map((container) => container.spec?.app);
        return [...new Set([...containers, ...networks].filter((app) => app !== undefined))].sort();
      }),
    watch: (signal) => watchFake(world, signal),

    resolveImage: (reference, call) => run("resolveImage", reference, call, () => world.images.get(reference)),
    pullImage: (reference, credentials, call) =>
      run("pullImage", reference, call, () => {
        call.onProgress(`pulling ${reference}`);
        const image = world.registry.get(reference);
        if (image === undefined) throw new RuntimeError("image-not-found", `no registry has ${reference}`);
        const { credentials: wanted } = image;
        if (
          wanted !== undefined &&
          (credentials?.username !== wanted.username || credentials.password !== wanted.password)
        ) {
          throw new RuntimeError("image-access-denied", `the registry of ${reference} refused the credentials`);
        }
        if (image.cut === true) throw new RuntimeError("image-pull-failed", `pulling ${reference}: unexpected EOF`);
        world.images.set(reference, image.digest);
        return image.digest;
      }),
    loadImages: (archive, call) =>
      run("loadImages", "", call, async () => {
        const loaded = await readImageArchive(archive);
        for (const [reference, digest] of loaded) world.images.set(reference, digest);
        for (const reference of loaded.keys()) call.onProgress(`loaded ${reference}`);
        return [...loaded.keys()];
      }),

    createNetwork: (spec, call) =>
      run("createNetwork", spec.network.name, call, () =>
        createObject(world.networks, "network", { ...spec, ...spec.network }),
      ),
    removeNetwork: (name, call) =>
      run("removeNetwork", name, call, () => {
        const user = users(world, (spec) => Object.values(spec.networks)).get(name);
        if (user?.state === "running") throw inUse("network", name, user);
        removeObject(world.networks, "network", name);
      }),
    createVolume: (spec, call) =>
      run("createVolume", spec.volume.name, call, () =>
        createObject(world.volumes, "volume", { ...spec, ...spec.volume }),
      ),
    removeVolume: (name, call) =>
      run("removeVolume", name, call, () => {
        const user = users(world, volumeNames).get(name);
        if (user !== undefined) throw inUse("volume", name, user);
        if (world.anonymousVolumes.delete(name)) return;
        removeObject(world.volumes, "volume", name);
      }),

    createContainer: (spec, call) =>
      run("createContainer", spec.name, call, () => {
        const imageDigest = world.images.get(spec.definition.image ?? "");
        const existing = containerNamed(world, spec.name);
        if (existing !== undefined) {
          const same = existing.spec?.app === spec.app && existing.spec.fingerprint === spec.fingerprint;
          if (same && existing.imageDigest === imageDigest) return existing.id;
          throw new RuntimeError("conflict", `another container has the name ${spec.name}`);
        }
        if (imageDigest === undefined) {
          throw new RuntimeError("image-not-found", `image ${spec.definition.image ?? ""} is not on the host`);
        }
        const { unsupported } = behaviourOf(behaviours, spec.service, spec.definition.image);
        if (unsupported !== undefined) throw new RuntimeError("unsupported", unsupported);
        const { app, service, number } = spec;
        for (const { name, target } of anonymousVolumes(spec)) {
          world.anonymousVolumes.set(name, { app, name, service, number, target: cleanTarget(target) });
        }
        world.counter += 1;
        const id = `fake${world.counter}`;
        world.containers.set(id, {
          id,
          name: spec.name,
          spec,
          imageDigest,
          behaviour: behaviourOf(behaviours, spec.service, spec.definition.image),
          log: [],
          state: "created",
          health: "none",
          exitCode: undefined,
          error: undefined,
          startedAt: undefined,
          ports: [],
          probes: [],
          life: new AbortController(),
        });
        return id;
      }),
    startContainer: (id, call) =>
      run("startContainer", nameOf(world, id), call, () => {
        const container = ours(world, id);
        if (container === undefined) throw new RuntimeError("not-found", `there is no container ${id}`);
        if (container.state !== "running") startFake(world, container, clock);
      }),
    stopContainer: (id, _graceMs, call) =>
      run("stopContainer", nameOf(world, id), call, () => {
        const container = ours(world, id);
        if (container !== undefined) stopFake(world, container);
      }),
    removeContainer: (id, call) =>
      run("removeContainer", nameOf(world, id), call, () => {
        const container = ours(world, id);
        if (container === undefined) return;
        stopFake(world, container);
        world.containers.delete(id);
        announce(world, container, "removed");
      }),
    sweep: (app, call) => run("sweep", app, call, () => undefined), // It keeps nothing beside its containers.
    inspectContainer: (id, call) =>
      run("inspectContainer", nameOf(world, id), call, () => {
        const container = world.containers.get(id);
        if (container?.spec === undefined) return undefined;
        const { probes, error, spec } = container;
        const stopGraceMs = parseDuration(spec.definition.stop_grace_period ?? "");
        return { container: observed(container, spec), probes, error, stopGraceMs };
      }),

    async *logs(id, query, signal) {
      const container = ours(world, id);
      if (container === undefined) throw new RuntimeError("not-found", `there is no container ${id}`);
      yield* logsOfFake(world, container, query, signal);
    },
    exec: (id, request, signal) =>
      Promise.resolve().then(() => {
        const container = ours(world, id);
        if (container === undefined) throw new RuntimeError("not-found", `there is no container ${id}`);
        return execInFake(container, request, signal);
      }),
  };
}

/** A container that may be touched, undefined where there is none; one that is not ours is a conflict. */
function ours(world: FakeWorld, id: string): FakeContainer | undefined {
  const container = world.containers.get(id);
  if (container !== undefined && container.spec === undefined) {
    throw new RuntimeError("conflict", `container ${container.name} is not ours`);
  }
  return container;
}

function nameOf(world: FakeWorld, id: string): string {
  return world.containers.get(id)?.name ?? id;
}

function objectsOf(objects: ReadonlyMap<string, FakeObject>, app: string): FakeObject[] {
  return [...objects.values()].filter((object) => object.app === app);
}

function createObject(
  objects: Map<string, FakeObject>,
  kind: "network" | "volume",
  wanted: { name: string; app: string; key: string; fingerprint: string },
): void {
  const { name, app, key, fingerprint } = wanted;
  const existing = objects.get(name);
  if (existing === undefined) objects.set(name, { name, app, key, fingerprint });
  else if (existing.app !== app || existing.fingerprint !== fingerprint) {
    throw new RuntimeError("conflict", `another ${kind} has the name ${name}`);
  }
}

function removeObject(objects: Map<string, FakeObject>, kind: "network" | "volume", name: string): void {
  const existing = objects.get(name);
  if (existing !== undefined && existing.app === undefined) {
    throw new RuntimeError("conflict", `${kind} ${name} is not ours`);
  }
  objects.delete(name);
}

/** A container by each name that it uses; a running one wins. */
function users(world: FakeWorld, names: (spec: ContainerSpec) => readonly string[]): Map<string, FakeContainer> {
  const byName = new Map<string, FakeContainer>();
  for (const container of world.containers.values()) {
    for (const name of container.spec === undefined ? [] : names(container.spec)) {
      if (byName.get(name)?.state !== "running") byName.set(name, container);
    }
  }
  return byName;
}

function volumeNames(spec: ContainerSpec): readonly string[] {
  return [...Object.values(spec.volumes), ...anonymousVolumes(spec).map(({ name }) => name)];
}

function inUse(kind: "network" | "volume", name: string, user: FakeContainer): RuntimeError {
  return new RuntimeError("conflict", `${kind} ${name} is in use by container ${user.name}`);
}
