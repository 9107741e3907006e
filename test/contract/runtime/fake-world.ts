import { createFakeRuntime } from "../../../host-agent/runtime/fake/runtime.ts";
import { containerNamed } from "../../../host-agent/runtime/fake/world.ts";
import { systemClock } from "../../../modules/system/clock.ts";
import { programs } from "./programs.ts";
import type { RuntimeWorld } from "./world.ts";

export function fakeWorld(): Promise<RuntimeWorld> {
  const services = Object.fromEntries(Object.entries(programs).map(([name, program]) => [name, program.behaviour]));
  const runtime = createFakeRuntime({ clock: systemClock, behaviours: { services } });
  const { world } = runtime;
  const image = "test/busybox:1";
  world.images.set(image, "sha256:0");
  return Promise.resolve({
    runtime,
    image,
    foreign: {
      container: (name) => {
        const id = `foreign-${name}`;
        world.containers.set(id, {
          id,
          name,
          spec: undefined,
          imageDigest: "sha256:0",
          behaviour: {},
          log: [],
          state: "running",
          health: "none",
          exitCode: undefined,
          error: undefined,
          startedAt: undefined,
          ports: [],
          probes: [],
          life: new AbortController(),
        });
        return Promise.resolve(id);
      },
      network: (name) => {
        world.networks.set(name, { name, app: undefined, key: "", fingerprint: "" });
        return Promise.resolve();
      },
      volume: (name) => {
        world.volumes.set(name, { name, app: undefined, key: "", fingerprint: "" });
        return Promise.resolve();
      },
      isThere: (kind, name) => {
        const found = {
          container: containerNamed(world, name)?.state === "running",
          network: world.networks.has(name),
          volume: world.volumes.has(name),
        };
        return Promise.resolve(found[kind]);
      },
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  });
}
