import type { z } from "zod";
import { StackhouseError } from "../../base/errors.ts";
import { changesOf, type Change } from "./changes.ts";
import type { Call, CheckFailure, Checked, Deadlines, Diff, Made, Remembered, Repeat, Resource } from "./resource.ts";
import { formatPath, hasUnknown, knownOnly, valueAt, type Path, type Properties } from "./values.ts";

/** State as a resource gets it: what does not parse (another version wrote it, a create failed half-way) is absent. */
export interface State<Inputs, Outputs> {
  readonly id: string;
  readonly inputs: Partial<Inputs>;
  readonly outputs: Partial<Outputs>;
}

/** A resource type in terms of its schemas. Only what differs from the usual need be given. */
export interface ResourceDefinition<I extends z.ZodObject, O extends z.ZodObject> {
  readonly type: string;
  readonly inputs: I;
  readonly outputs: O;
  /** Inputs and outputs that are always secret in state, whatever the program said. */
  readonly secrets?: readonly Path[];
  /** Outputs that have inputs in them. */
  readonly repeats?: readonly Repeat[];
  readonly deadlines: Deadlines;
  /** Fills in defaults and computed inputs before they are checked against the schema. Values may be unknown. */
  prepare?(news: Properties, previous: Partial<z.infer<I>>, call: Call): Promise<Checked>;
  /** Inputs of the state as this version would have them, where an earlier one kept them otherwise. Default: as they are. */
  modernized?(inputs: Properties): Properties;
  /** Whether a changed input matters at all. Default: yes. */
  matters?(change: Change): boolean;
  /** Whether a change needs a new one. Default: no. */
  replaces?(change: Change): boolean;
  readonly deleteBeforeReplace?: boolean;
  /** What the world changed by itself, as an update must put it right. */
  drift?(
    state: State<z.infer<I>, z.infer<O>>,
    news: Properties,
    call: Call,
  ): Promise<readonly (Change & { readonly replace: boolean })[]>;
  /** Outputs that are known before the create. Default: the known inputs. */
  previewCreate?(inputs: Properties, call: Call): Promise<Properties>;
  /** Outputs that are known before the update. Default: the known inputs. */
  previewUpdate?(state: State<z.infer<I>, z.infer<O>>, inputs: Properties, call: Call): Promise<Properties>;
  create(inputs: z.infer<I>, call: Call): Promise<{ readonly id: string; readonly outputs: z.infer<O> }>;
  /** Undefined: it is gone. What an import cannot know and what an unfinished thing does not have may be missing. */
  read(
    state: State<z.infer<I>, z.infer<O>>,
    call: Call,
  ): Promise<{ readonly inputs: Partial<z.infer<I>>; readonly outputs: Partial<z.infer<O>> } | undefined>;
  update(state: State<z.infer<I>, z.infer<O>>, inputs: z.infer<I>, call: Call): Promise<z.infer<O>>;
  delete(state: State<z.infer<I>, z.infer<O>>, call: Call): Promise<void>;
}

export function defineResource<I extends z.ZodObject, O extends z.ZodObject>(
  definition: ResourceDefinition<I, O>,
): Resource {
  const modern = (inputs: Properties): Properties => definition.modernized?.(inputs) ?? inputs;
  const stateOf = (remembered: Remembered): State<z.infer<I>, z.infer<O>> => ({
    id: remembered.id,
    inputs: parseKnown(definition.inputs, modern(remembered.inputs)),
    outputs: parseKnown(definition.outputs, remembered.outputs),
  });
  return {
    type: definition.type,
    secrets: definition.secrets ?? [],
    repeats: definition.repeats ?? [],
    deadlines: definition.deadlines,

    async check(previous, news, call): Promise<Checked> {
      const prepared = await (definition.prepare?.(
        news,
        parseKnown(definition.inputs, modern(previous ?? {})),
        call,
      ) ?? {
        inputs: news,
        failures: [],
      });
      if (prepared.failures.length > 0) return prepared;
      return { inputs: prepared.inputs, failures: schemaFailures(definition.inputs, prepared.inputs) };
    },

    async diff(remembered, news, call): Promise<Diff> {
      const changed = changesOf(modern(remembered.inputs), news)
        .filter((change) => definition.matters?.(change) ?? true)
        .map((change) => ({ ...change, replace: definition.replaces?.(change) ?? false }));
      const drifted = (await definition.drift?.(stateOf(remembered), news, call)) ?? [];
      return { changes: [...changed, ...drifted], deleteBeforeReplace: definition.deleteBeforeReplace ?? false };
    },

    async create(inputs, call): Promise<Made> {
      if (call.preview) {
        const outputs = await (definition.previewCreate?.(inputs, call) ?? knownOnly(inputs));
        return { id: "", outputs };
      }
      const made = await definition.create(parseAll(definition.inputs, inputs), call);
      return { id: made.id, outputs: asProperties(made.outputs) };
    },

    async read(remembered, call): Promise<Remembered | undefined> {
      const found = await definition.read(stateOf(remembered), call);
      if (found === undefined) return undefined;
      return { id: remembered.id, inputs: asProperties(found.inputs), outputs: asProperties(found.outputs) };
    },

    async update(remembered, inputs, call): Promise<Properties> {
      const state = stateOf(remembered);
      if (call.preview) return (await definition.previewUpdate?.(state, inputs, call)) ?? knownOnly(inputs);
      return asProperties(await definition.update(state, parseAll(definition.inputs, inputs), call));
    },

    async delete(remembered, call): Promise<void> {
      await definition.delete(stateOf(remembered), call);
    },
  };
}

/** What the schema holds against inputs, but for what is not known yet. */
function schemaFailures(schema: z.ZodObject, inputs: Properties): readonly CheckFailure[] {
  const parsed = schema.safeParse(inputs);
  if (parsed.success) return [];
  return parsed.error.issues.flatMap((issue) => {
    const path = issue.path.filter((segment) => typeof segment !== "symbol");
    if (issue.code === "unrecognized_keys") {
      return issue.keys.map((key) => ({ property: formatPath([...path, key]), reason: "there is no such argument" }));
    }
    if (hasUnknown(valueAt(inputs, path))) return [];
    return [{ property: formatPath(path), reason: issue.message }];
  });
}

function parseAll<S extends z.ZodObject>(schema: S, inputs: Properties): z.infer<S> {
  const parsed = schema.safeParse(inputs);
  if (parsed.success) return parsed.data;
  const details = parsed.error.issues.map((issue) => `${issue.path.map(String).join(".")}: ${issue.message}`);
  throw new StackhouseError("input.invalid", "the inputs do not fit the resource", { details });
}

function parseKnown<S extends z.ZodObject>(schema: S, values: Properties): Partial<z.infer<S>> {
  const entries = Object.entries(schema.shape).flatMap(([key, part]) => {
    const parsed = (part as z.ZodType).safeParse(values[key]);
    return parsed.success && parsed.data !== undefined ? [[key, parsed.data] as const] : [];
  });
  return Object.fromEntries(entries) as Partial<z.infer<S>>;
}

/** Schemas describe JSON, so what they give are properties; TypeScript can not see it through `infer`. */
export function asProperties(value: object): Properties {
  return value as Properties;
}
