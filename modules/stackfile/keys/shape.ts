import type { Diagnostics } from "../diagnostics.ts";
import type { Node, Path, Place } from "../tree/node.ts";

/**
 * The language of the key tables: what a position of a stack file may hold. Canonicalising, merging, validating and the
 * documentation all read the same tables.
 */
export type Shape = ScalarShape | MappingShape | DictionaryShape | ListShape | FreeShape;

/** What a stage is told about the position it works on. */
export interface At {
  readonly path: Path;
  readonly diagnostics: Diagnostics;
  /** Notes a position whose value is not known before apply and which is therefore left out. */
  readonly leaveOut: (place: Place, path: Path) => void;
}

/** Writes a short or loose form out. Gives the node unchanged where it is not such a form, undefined where it is broken (and reported). */
export type LongForm = Reading<(node: Node, at: At) => Node | undefined>;

/** What reads forms besides the long one, and which they are: the JSON Schema is made of that. */
type Reading<F> = F & { readonly reads: readonly Shape[] };

export function reading<F extends (node: Node, at: At) => unknown>(reads: readonly Shape[], write: F): Reading<F> {
  return Object.assign(write, { reads });
}

interface Common {
  readonly longForm?: LongForm;
  /** `null` is a value of its own here. */
  readonly nullable?: true;
  /** As in "must be …", where the kind alone does not say it. */
  readonly expected?: string;
}

export type ScalarType =
  | "string"
  /** A string, number or boolean, which becomes a string. */
  | "text"
  | "integer"
  | "number"
  | "boolean"
  | "duration"
  | "bytes"
  /** Permissions of a file, in octal. */
  | "mode";

export interface ScalarShape extends Common {
  readonly kind: "scalar";
  readonly type: ScalarType;
  readonly values?: readonly string[];
  /** Values of the specification that are refused, each with the reason. */
  readonly refused?: Readonly<Record<string, string>>;
  readonly pattern?: { readonly matches: RegExp; readonly expected: string };
  readonly range?: { readonly min?: number; readonly max?: number };
}

/** A map with known keys. */
export interface MappingShape extends Common {
  readonly kind: "mapping";
  readonly keys: Readonly<Record<string, Key>>;
  readonly required?: readonly string[];
  /** Values of keys that are not given. They are set after the merge. */
  readonly defaults?: Readonly<Record<string, string | boolean>>;
  /** Two values whose scalar under this key differs are not merged: the later one replaces. */
  readonly mergeOnlyWhenSame?: string;
  /** The later value replaces the earlier one. */
  readonly merge?: "replace";
  /** `x-` keys stay in the model. Elsewhere they are allowed and dropped. */
  readonly keepsExtensions?: true;
  /** A scalar may stand here instead of the map. */
  readonly orScalar?: ScalarShape;
}

/** A map with names of the user's choice. */
export interface DictionaryShape extends Common {
  readonly kind: "dictionary";
  readonly of: Shape;
  readonly names?: { readonly matches: RegExp; readonly expected: string };
}

export interface ListShape extends Common {
  readonly kind: "list";
  readonly of: Shape;
  /** `append` is the default; items with the same identity are replaced in place by the later one. */
  readonly merge?: "replace";
  readonly identity?: (item: Node) => string;
  /** An item that may become several: port ranges. */
  readonly expand?: Reading<(item: Node, at: At) => readonly Node[]>;
  /** Two maps with the same identity are merged instead of replaced. */
  readonly mergeItems?: true;
}

/** Anything: the content of `x-` keys. */
export interface FreeShape extends Common {
  readonly kind: "free";
}

/**
 * What happens with a key. `accepted`: it is read and checked and has no effect, for the reason given. `refused`: an error
 * where it is used, with the reason.
 */
export type Key = { readonly shape: Shape } & (
  | { readonly state: "implemented" }
  /** `obsolete`: it does not even reach the model. */
  | { readonly state: "accepted"; readonly note: string; readonly obsolete?: true }
  | { readonly state: "refused"; readonly reason: string }
);

type Options<S extends Shape> = Omit<S, "kind" | "type" | "of" | "keys">;

export const string = (options: Options<ScalarShape> = {}): ScalarShape => scalarShape("string", options);
export const text = (options: Options<ScalarShape> = {}): ScalarShape => scalarShape("text", options);
export const integer = (options: Options<ScalarShape> = {}): ScalarShape => scalarShape("integer", options);
export const number = (options: Options<ScalarShape> = {}): ScalarShape => scalarShape("number", options);
export const boolean = (options: Options<ScalarShape> = {}): ScalarShape => scalarShape("boolean", options);
export const duration = (options: Options<ScalarShape> = {}): ScalarShape => scalarShape("duration", options);
export const bytes = (options: Options<ScalarShape> = {}): ScalarShape => scalarShape("bytes", options);
export const mode = (): ScalarShape => scalarShape("mode", {});
export const oneOf = (...values: readonly string[]): ScalarShape => scalarShape("string", { values });

function scalarShape(type: ScalarType, options: Options<ScalarShape>): ScalarShape {
  return { kind: "scalar", type, ...options };
}

export function list(of: Shape, options: Options<ListShape> = {}): ListShape {
  return { kind: "list", of, ...options };
}

export function dictionary(of: Shape, options: Options<DictionaryShape> = {}): DictionaryShape {
  return { kind: "dictionary", of, ...options };
}

/** A bare shape stands for a key that is implemented. */
export function mapping(
  keys: Readonly<Record<string, Key | Shape>>,
  options: Options<MappingShape> = {},
): MappingShape {
  const complete = Object.entries(keys).map(([name, key]): [string, Key] => [
    name,
    "kind" in key ? { shape: key, state: "implemented" } : key,
  ]);
  return { kind: "mapping", keys: Object.fromEntries(complete), ...options };
}

export const free: FreeShape = { kind: "free" };

export function accepted(shape: Shape, note: string): Key {
  return { shape, state: "accepted", note };
}

export function obsolete(note: string): Key {
  return { shape: free, state: "accepted", note, obsolete: true };
}

export function refused(reason: string): Key {
  return { shape: free, state: "refused", reason };
}
