import type { MapNode, Node, ScalarNode } from "../tree/node.ts";
import type { At } from "./at.ts";

/**
 * The language of the key tables: what a position of a stack file may hold, and what each stage does with it. Interpolation,
 * merge, validation, long forms, paths, decoding, the documentation and the JSON Schema all read the same tables.
 */
export type Shape = ScalarShape | MappingShape | DictionaryShape | ListShape | HostsShape | FreeShape;

/** Writes a short form out. Gives the node unchanged where it is not such a form, undefined where it is broken (and reported). */
export type LongForm = (node: Node, at: At) => Node | undefined;

/** A type of JSON, as JSON Schema names it. */
export type JsonType = "string" | "number" | "integer" | "boolean" | "null";

/**
 * How a later file goes over an earlier one where it is not the usual way (maps merge, lists append, scalars replace).
 * `pairs`: both become lists of `NAME=value`, which append. `names`: lists of names become maps. `hosts`: identical items are
 * one. `same-driver`: maps merge when their drivers are the same. `pools`: address pools merge by subnet.
 */
export type MergeRule = "replace" | "pairs" | "names" | "hosts" | "same-driver" | "build" | "pools";

interface Common {
  /** Scalars that may stand here instead: short forms, and null. */
  readonly or?: readonly JsonType[];
  /** Of strings that may stand here instead, the only ones. */
  readonly words?: readonly string[];
  readonly longForm?: LongForm;
  /** What Compose lets stand that is no form of it, where nothing else is checked: in a file whose services others extend. */
  readonly passes?: "null" | "scalars" | "everything";
  readonly merge?: MergeRule;
  /** Compose's schema does not say what may stand here: it is found out where the value is made. */
  readonly unchecked?: true;
  /** As in "must be …", where the kind alone does not say it. */
  readonly expected?: string;
}

/** What a scalar becomes in the model. */
export type ScalarType =
  | "string"
  /** Anything, printed: labels and variables. */
  | "text"
  | "integer"
  /** A whole number that is not negative. */
  | "unsigned"
  /** A float of single precision. */
  | "single"
  | "boolean"
  | "duration"
  | "bytes"
  /** Permissions of a file, in octal. */
  | "mode"
  /** How many devices: a number, or all of them as -1. */
  | "count"
  /** A number of processors; single precision. */
  | "cpus";

/** How a path becomes absolute. `host`: one of another system may be absolute, too. `context`: it may be a URL. */
export type PathKind = "file" | "host" | "context";

export interface ScalarShape extends Common {
  readonly kind: "scalar";
  readonly type: ScalarType;
  readonly accepts: readonly JsonType[];
  /** A string is converted as soon as its variables are put in. */
  readonly cast?: true;
  /** A text may stand here where variables are not put in. */
  readonly templates?: true;
  /** Zero, false and empty are kept in the model; elsewhere they say nothing and are left out. */
  readonly keepsZero?: true;
  /** True is what is meant anyway, and is left out. */
  readonly optOut?: true;
  readonly values?: readonly string[];
  readonly pattern?: Pattern;
  readonly range?: Range;
  readonly path?: PathKind;
  /** What `null` becomes; without it, the key is left out. */
  readonly nullAs?: "null" | "empty";
  /** What Stackhouse can run of it. */
  readonly runs?: Runs;
}

export interface Range {
  readonly min?: number;
  readonly max?: number;
  /** What means besides that there is no such limit: zero, or whatever is not above it. */
  readonly or?: "zero" | "less";
  /** As in "must be …", where the numbers do not say it well. */
  readonly expected?: string;
}

export interface Pattern {
  readonly matches: RegExp;
  /** What a pattern does not say well: for a match to be a value, it is true. */
  readonly isValue?: (text: string) => boolean;
  readonly expected: string;
  /** Words among the values that match, which a misspelt one may stand for. */
  readonly words?: readonly string[];
}

/** Narrower than what the specification takes: the rest is refused. */
export interface Runs {
  /** Values of the specification that do not work: one value, or all that match and are called so. */
  readonly refused?: Readonly<Record<string, Refusal & { readonly matches?: RegExp }>>;
  readonly values?: readonly string[];
  readonly pattern?: Pattern;
  /** Of sizes in bytes, of durations in milliseconds. */
  readonly range?: Range;
}

/** A map with known keys. */
export interface MappingShape extends Common {
  readonly kind: "mapping";
  readonly keys: Readonly<Record<string, Key>>;
  readonly required?: readonly string[];
  /** Values of keys that are not given. They are set when all files are merged. */
  readonly defaults?: Readonly<Record<string, string | number | boolean>>;
  /** Sets defaults that depend on other keys. */
  readonly complete?: (node: Node) => Node;
  /** What keys that are not given are in the model. */
  readonly unset?: Readonly<Record<string, string | number | null>>;
  /** `x-` keys stay in the model. Elsewhere they are allowed and dropped. */
  readonly keepsExtensions?: true;
  /** Not even `x-` keys are allowed besides. */
  readonly closed?: true;
  /** Keys of other names are allowed, and are not in the model. */
  readonly open?: true;
  /** The scalar that a scalar becomes which may stand here and has no long form. */
  readonly scalar?: ScalarShape;
  /** Keys that do not work beside the values of others. */
  readonly clashes?: readonly Clash[];
  /** The short form is taken apart: one that is not known before apply is left out as a whole. */
  readonly parsed?: true;
}

/** A map with names of the user's choice. */
export interface DictionaryShape extends Common {
  readonly kind: "dictionary";
  readonly of: Shape;
  readonly names?: Pattern;
  /** What Stackhouse can run of it. */
  readonly runs?: { readonly names: Pattern };
  /** May be given as a list of strings that differ: `NAME=value`, or names. */
  readonly asList?: "pairs" | "names";
  /** The model has a list of `NAME=value`, and of the name alone where the value is empty. */
  readonly listed?: true;
  /** Of two items of the list with one name, the later one stays. */
  readonly unique?: true;
  readonly keepsEmpty?: true;
}

export interface ListShape extends Common {
  readonly kind: "list";
  readonly of: Shape;
  /** Items with the same identity are one: the later one, in the place of the first. Undefined (and reported): it has none. */
  readonly identity?: (item: Node, at: At) => string | undefined;
  /** An item as people write it, where its identity is none of their words. */
  readonly shown?: (item: Node) => string;
  /** No two items may be equal. */
  readonly distinct?: true;
  /** An item that may become several: port ranges. */
  readonly expand?: (item: Node, at: At) => readonly Node[];
  /** A string becomes a list when it is decoded. */
  readonly split?: LongForm;
  /** The same of a list of texts, which may be millions. Undefined where a string has none, which is reported. */
  readonly inWords?: (text: string, node: ScalarNode, at: At) => readonly string[] | undefined;
  /** Empty strings say nothing. */
  readonly dropsEmpty?: true;
  readonly keepsEmpty?: true;
}

/** Names of hosts with their addresses: a map of one or several, or a list of `NAME=ADDRESS`. */
export interface HostsShape extends Common {
  readonly kind: "hosts";
}

/** Anything: the content of `x-` keys. */
export interface FreeShape extends Common {
  readonly kind: "free";
}

/** Why something does not work, and what to write in its place. */
export interface Refusal {
  readonly reason: string;
  readonly instead: string;
}

/** A key that does not work beside some values of others, or has no effect there. */
export interface Clash {
  readonly key: string;
  readonly state: Exclude<KeyState, { readonly state: "implemented" }>;
  /** What it does not work beside, in words. */
  readonly beside: string;
  readonly isThere: (node: MapNode) => boolean;
  /** The other keys that it is about, as paths with dots: where one of them is wrong, nothing is said. */
  readonly others: readonly string[];
}

/**
 * What happens with a key. `accepted`: it is read and checked and has no effect, for the reason given. `refused`: an error
 * where it is used.
 */
export type KeyState =
  | { readonly state: "implemented" }
  /** `obsolete`: it does not even reach the model. */
  | { readonly state: "accepted"; readonly note: string; readonly obsolete?: true }
  | ({ readonly state: "refused" } & Refusal);

/** A key has one state; or one beside another key of its map, and one without that. */
export type Key = { readonly shape: Shape } & (
  KeyState | { readonly state: "depends"; readonly on: string; readonly beside: KeyState; readonly alone: KeyState }
);

type Options<S extends Shape> = Partial<Omit<S, "kind" | "type" | "of" | "keys">>;
type Scalar = (options?: Options<ScalarShape>) => ScalarShape;

const scalarOf =
  (type: ScalarType, accepts: readonly JsonType[]): Scalar =>
  (options = {}) => ({ kind: "scalar", type, accepts, ...options });

export const string = scalarOf("string", ["string"]);
/** A string or a whole number. */
export const stringOrInteger = scalarOf("string", ["string", "integer"]);
export const text = scalarOf("text", ["string", "number", "boolean", "null"]);
/** Options of drivers. */
export const textOrNumber = scalarOf("text", ["string", "number"]);
/** Strings are converted: variables give strings. */
export const boolean = scalarOf("boolean", ["boolean", "string"]);
export const strictBoolean = scalarOf("boolean", ["boolean"]);
export const integer = scalarOf("integer", ["integer", "string"]);
export const strictInteger = scalarOf("integer", ["integer"]);
/** A whole number that may be written as a float. */
export const wholeNumber = scalarOf("integer", ["number", "string"]);
export const strictNumber = scalarOf("integer", ["number"]);
export const unsigned = scalarOf("unsigned", ["integer", "string"]);
export const unsignedNumber = scalarOf("unsigned", ["number", "string"]);
export const single = scalarOf("single", ["number", "string"]);
export const cpus = scalarOf("cpus", ["number", "string"]);
export const duration = scalarOf("duration", ["string"]);
export const bytes = scalarOf("bytes", ["number", "string"]);
export const wholeBytes = scalarOf("bytes", ["integer", "string"]);
export const bytesText = scalarOf("bytes", ["string"]);
export const mode = scalarOf("mode", ["number", "string"]);
export const count = scalarOf("count", ["string", "integer"]);
export const oneOf = (...values: readonly string[]): ScalarShape => string({ values });

export function list(of: Shape, options: Options<ListShape> = {}): ListShape {
  return { kind: "list", of, ...options };
}

export function dictionary(of: Shape, options: Options<DictionaryShape> = {}): DictionaryShape {
  return { kind: "dictionary", of, ...options };
}

/** Keys of a map by name. A bare shape stands for a key that is implemented. */
export type KeyTable = Readonly<Record<string, Key | Shape>>;

export function mapping(keys: KeyTable, options: Options<MappingShape> = {}): MappingShape {
  const complete = Object.entries(keys).map(([name, key]): [string, Key] => [
    name,
    "kind" in key ? { shape: key, state: "implemented" } : key,
  ]);
  return { kind: "mapping", keys: Object.fromEntries(complete), ...options };
}

export const hosts: HostsShape = { kind: "hosts", merge: "hosts", expected: "a map or a list of NAME=ADDRESS" };

export function accepted(shape: Shape, note: string): Key {
  return { shape, state: "accepted", note };
}

export function obsolete(shape: Shape, note: string): Key {
  return { shape, state: "accepted", note, obsolete: true };
}

export function refused(shape: Shape, reason: string, instead: string): Key {
  return { shape, ...refusal(reason, instead) };
}

export function refusal(reason: string, instead: string): KeyState & { readonly state: "refused" } {
  return { state: "refused", reason, instead };
}

/** A key without a meaning beside another one. */
export function impossibleBeside(on: string, shape: Shape, refusal: Refusal): Key {
  return { shape, state: "depends", on, beside: { state: "refused", ...refusal }, alone: { state: "implemented" } };
}

/** The state of a key in a map that has the other keys that are given. */
export function stateBeside(key: Key, has: (other: string) => boolean): KeyState {
  if (key.state !== "depends") return key;
  return has(key.on) ? key.beside : key.alone;
}

/** Whether a key is one of the user's own, which means nothing to Compose. */
export function isExtension(key: string): boolean {
  return key.startsWith("x-");
}

/** The shape of what is below a key; undefined where there is none. For Compose, any part of a list or of a map of names is alike. */
export function shapeBelow(shape: Shape | undefined, key: string): Shape | undefined {
  if (shape?.kind === "mapping") return Object.hasOwn(shape.keys, key) ? shape.keys[key]?.shape : undefined;
  return shape?.kind === "dictionary" || shape?.kind === "list" ? shape.of : undefined;
}

/** The shape of each item of a list, also of one that stands in the place of a map of names. Items that say a name, too, have none. */
export function itemOf(shape: Shape | undefined): Shape | undefined {
  if (shape?.kind === "dictionary") return shape.asList === undefined ? shape.of : undefined;
  return shape?.kind === "list" ? shape.of : undefined;
}
