import { StackhouseError } from "../../../modules/base/errors.ts";
import { changesOf } from "../../../modules/provider/kit/changes.ts";
import type { ProviderDefinition, ProviderFunction } from "../../../modules/provider/kit/server.ts";
import type { Resource } from "../../../modules/provider/kit/resource.ts";
import { formatPath, knownOnly, type Properties } from "../../../modules/provider/kit/values.ts";
import { effectOn } from "./replacing.ts";

interface Thing {
  readonly id: string;
  readonly type: string;
  properties: Properties;
}

/**
 * A cloud in memory, behind a provider of its name for the real engine. It proves the graph, the order and what is known when; of the
 * real provider it holds only which inputs replace what (`replacing.ts`) and what the cloud refuses.
 */
export interface MemoryCloud {
  readonly things: Map<string, Thing>;
  /** `create Instance`, `delete VolumeAttachment`: what was asked of it, in order. */
  readonly log: string[];
  /** Which image is the newest now. */
  newest: string;
  of(kind: string): readonly Thing[];
}

interface CloudKind {
  readonly name: string;
  /** The types that programs of ours make, and what the cloud adds to each. */
  readonly types: Readonly<Record<string, (count: number) => Properties>>;
  /** What is attached to what: the input of an attachment that one thing at a time may hold. */
  readonly exclusive: Readonly<Record<string, string>>;
  /** What ends with what: the input that names it, a number. */
  readonly endsWith?: Readonly<Record<string, string>>;
  readonly functions: (cloud: MemoryCloud) => Readonly<Record<string, ProviderFunction>>;
}

/** @param onMachine told when a machine is made: it has an empty disk */
export function memoryCloud(kind: CloudKind): { readonly cloud: MemoryCloud; readonly provider: ProviderDefinition } {
  const things = new Map<string, Thing>();
  const cloud: MemoryCloud = {
    things,
    log: [],
    newest: "1",
    of: (name) => [...things.values()].filter(({ type }) => type.endsWith(`:${name}`)),
  };
  const resources = Object.entries(kind.types).map(([type, added]) => resourceOf(cloud, kind, { type, added }));
  return { cloud, provider: { name: kind.name, version: "99.0.0", resources, functions: kind.functions(cloud) } };
}

const minute = 60_000;
let count = 0;

function resourceOf(
  cloud: MemoryCloud,
  kind: CloudKind,
  { type, added }: { readonly type: string; readonly added: (count: number) => Properties },
): Resource {
  const name = type.slice(type.lastIndexOf(":") + 1);
  return {
    type,
    secrets: [],
    deadlines: { create: minute, read: minute, update: minute, delete: minute },
    check: async (_previous, news) => ({ inputs: news, failures: [] }),
    diff: async (state, news) => ({
      changes: changesOf(state.inputs, news).map((change) => ({
        ...change,
        replace: effectOn(type, [formatPath(change.path)]) === "replace",
      })),
      deleteBeforeReplace: false,
    }),
    async create(inputs, call) {
      if (call.preview) return { id: "", outputs: knownOnly(inputs) };
      refuseTaken(cloud, kind, type, inputs);
      count += 1;
      const id = String(count);
      cloud.log.push(`create ${name}`);
      cloud.things.set(id, { id, type, properties: { ...inputs, ...added(count) } });
      return { id, outputs: { ...inputs, ...added(count) } };
    },
    async read(state) {
      const thing = cloud.things.get(state.id);
      return thing === undefined ? undefined : { ...state, outputs: thing.properties };
    },
    async update(state, inputs, call) {
      const before = cloud.things.get(state.id);
      const properties = { ...before?.properties, ...inputs };
      if (call.preview) return knownOnly(properties);
      cloud.log.push(`update ${name}`);
      cloud.things.set(state.id, { id: state.id, type, properties });
      return properties;
    },
    async delete(state) {
      const user = [...cloud.things.values()].find(({ properties }) =>
        Object.keys(kind.exclusive).some((key) => kind.exclusive[key] === name && properties[key] === state.id),
      );
      if (user !== undefined) throw inUse(`${name} ${state.id} is in use by ${user.type}`);
      cloud.log.push(`delete ${name}`);
      cloud.things.delete(state.id);
      for (const [key, machine] of Object.entries(kind.endsWith ?? {})) {
        for (const { id, properties } of machine === name ? [...cloud.things.values()] : []) {
          if (properties[key] === Number(state.id)) cloud.things.delete(id);
        }
      }
    },
  };
}

/** A volume or an address is attached once; the same rule is not made twice. */
function refuseTaken(cloud: MemoryCloud, kind: CloudKind, type: string, inputs: Properties): void {
  for (const { properties, ...other } of cloud.things.values()) {
    if (other.type !== type) continue;
    for (const key of Object.keys(kind.exclusive)) {
      if (inputs[key] !== undefined && properties[key] === inputs[key])
        throw inUse(`${key} ${JSON.stringify(inputs[key])} is in use`);
    }
    if (type.endsWith("gressRule") && changesOf(properties, inputs).length === 0) throw inUse("the rule exists");
  }
}

function inUse(message: string): StackhouseError {
  return new StackhouseError("internal", message);
}
