import { containerFiles } from "../../host-agent/execute/containers.ts";
import { containerBody } from "../../host-agent/runtime/docker/container-body.ts";
import { networkBody } from "../../host-agent/runtime/docker/networks.ts";
import { volumeBody } from "../../host-agent/runtime/docker/volumes.ts";
import { planApply } from "../../modules/plan/apply.ts";
import { configsAndSecretsOf } from "../../modules/stackfile/contents.ts";
import type { Key, KeyState, ScalarShape, ScalarType, Shape } from "../../modules/stackfile/shapes/shape.ts";
import type { Model } from "../../modules/stackfile/model.ts";
import { nothing } from "./app-states.ts";
import { applyPlan } from "./simulate.ts";

/** A key that has nothing but values below it, as `docs/compose.md` writes it. */
export interface Leaf {
  readonly path: string;
  /** Two values that mean different things, where the kind of value alone tells two. */
  readonly values: readonly [unknown, unknown] | undefined;
}

/** Every such key below one that is in one of the states. */
export function leavesOf(path: string, key: Key, wanted: readonly KeyState["state"][]): readonly Leaf[] {
  const states = key.state === "depends" ? [key.alone, key.beside] : [key];
  return states.some(({ state }) => wanted.includes(state)) ? leavesBelow(path, key.shape, wanted) : [];
}

function leavesBelow(path: string, shape: Shape, wanted: readonly KeyState["state"][]): readonly Leaf[] {
  switch (shape.kind) {
    case "mapping":
      return Object.entries(shape.keys).flatMap(([name, key]) => leavesOf(`${path}.${name}`, key, wanted));
    case "dictionary":
      return isScalar(shape.of)
        ? [{ path, values: pair(shape.of, (value) => ({ one: value })) }]
        : leavesBelow(`${path}.*`, shape.of, wanted);
    case "list":
      return isScalar(shape.of)
        ? [{ path, values: pair(shape.of, (value) => [value]) }]
        : leavesBelow(`${path}[]`, shape.of, wanted);
    case "hosts":
      return [{ path, values: [{ db: "10.0.0.1" }, { db: "10.0.0.2" }] }];
    case "scalar":
      return [{ path, values: pair(shape, (value) => value) }];
    case "free":
      return [];
  }
}

function isScalar(shape: Shape): shape is ScalarShape {
  return shape.kind === "scalar";
}

const samples: Readonly<Record<ScalarType, readonly [unknown, unknown]>> = {
  string: ["a", "b"],
  text: ["a", "b"],
  integer: [1, 2],
  unsigned: [1, 2],
  single: [0.5, 1],
  cpus: [0.5, 1],
  boolean: [true, false],
  duration: ["1s", "2s"],
  bytes: ["8388608", "16777216"],
  mode: ["0440", "0444"],
  count: [1, 2],
};

function pair(shape: ScalarShape, within: (value: unknown) => unknown): Leaf["values"] {
  const [one, other] = shape.runs?.values ?? shape.values ?? samples[shape.type];
  return other === undefined ? undefined : [within(one), within(other)];
}

/**
 * Everything that the host is asked for because of a model, when its images are new: the plan, and the create calls of all
 * objects. Fingerprints are left out: they change with the model, whether or not anybody reads it.
 */
export function outcomeOf(model: Model): unknown {
  const services = Object.entries(model.services);
  const older = services.map(([name, service]) => [name, { ...service, image: `${service.image ?? ""}-old` }] as const);
  const before = { model: { ...model, services: Object.fromEntries(older) }, contentDigests: {} };
  const host = applyPlan(nothing, planApply(before, nothing), before);
  const plans = [nothing, host].map((observed) => planApply({ model, contentDigests: {} }, observed));
  const names = (objects: Readonly<Record<string, { readonly name: string }>> | undefined) =>
    Object.fromEntries(Object.entries(objects ?? {}).map(([key, { name }]) => [key, name]));
  const common = { app: model.name, fingerprint: "f" };
  const needs = configsAndSecretsOf(model);
  const contents = Object.fromEntries(needs.map(({ key }) => [key, ""]));
  return {
    plans,
    needs,
    containers: services.map(([service, definition]) => {
      const files = containerFiles(definition, contents);
      const networks = names(model.networks);
      const volumes = names(model.volumes);
      const name = `${service}-1`;
      const owners = Object.fromEntries(services.map(([other]) => [other, `id-of-${other}`]));
      const spec = { ...common, service, number: 1, name, release: "r", networks, volumes, owners, files, definition };
      return {
        files,
        call: containerBody(spec, { api: 51, imageVolumes: [], files: [] }),
      };
    }),
    networks: Object.entries(model.networks ?? {}).map(([key, network]) => networkBody({ ...common, key, network })),
    volumes: Object.entries(model.volumes ?? {}).map(([key, volume]) => volumeBody({ ...common, key, volume })),
  };
}
