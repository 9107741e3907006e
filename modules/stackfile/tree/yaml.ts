import { type Alias, isAlias, isMap, isScalar, isSeq, type Node as YamlNode, type Pair, parseAllDocuments } from "yaml";
import type { Diagnostics } from "../diagnostics.ts";
import { type Entry, isNull, list, type MergeTag, type Node, type Place, scalar, type ScalarNode } from "./node.ts";
import { printScalar, resolvePlain } from "./scalars.ts";
import { parseQuickly } from "./quick/parse.ts";
import type { Source } from "./source.ts";
import { forbiddenCharacter, problemsOf, tooDeep, type YamlProblem } from "./yaml-errors.ts";

/** Aliases count as often as they are used, so that a small file cannot stand for a huge tree. */
const mostNodes = 1_000_000;
const deepest = 1_000;

/** The documents of a YAML file as trees; what cannot be read is reported and left out. */
export function parseYaml(source: Source, diagnostics: Diagnostics): readonly Node[] {
  return parseQuickly(source) ?? parseCompletely(source, diagnostics);
}

/** As `parseYaml`, for every file; `parseQuickly` gives the same for most files, in a fraction of the time. */
export function parseCompletely(source: Source, diagnostics: Diagnostics): readonly Node[] {
  const report = ({ start, end, message, hint }: YamlProblem): void =>
    diagnostics.error({ source, start, end }, [], { code: "yaml", message, hint });
  const forbidden = forbiddenCharacter(source.text);
  if (forbidden !== undefined) {
    report(forbidden);
    return [];
  }
  const documents = parseAllDocuments(source.text, {
    // Every plain scalar comes as its text: `resolvePlain` has the rules that Compose follows.
    schema: "failsafe",
    prettyErrors: false,
    uniqueKeys: false,
    // They tell what was never closed.
    keepSourceTokens: true,
    logLevel: "silent",
  });
  const trees: Node[] = [];
  for (const document of Array.isArray(documents) ? documents : []) {
    problemsOf(document, source.text).forEach(report);
    if (document.errors.length > 0 || document.contents === null) continue;
    const tree = new TreeBuilder(source, diagnostics).build(document.contents);
    if (tree !== undefined && !isNull(tree)) trees.push(tree);
  }
  return trees;
}

/** Thrown inside this file only, to leave a document that was reported as unusable. */
class Unusable extends Error {}

class TreeBuilder {
  readonly #source: Source;
  readonly #diagnostics: Diagnostics;
  readonly #anchors = new Map<string, { readonly node: Node; readonly size: number }>();
  #size = 0;
  /** Where the last value ended: a block collection ends with its last value. */
  #end = 0;

  constructor(source: Source, diagnostics: Diagnostics) {
    this.#source = source;
    this.#diagnostics = diagnostics;
  }

  build(contents: YamlNode): Node | undefined {
    try {
      return this.#convert(contents, [], 0);
    } catch (error) {
      if (error instanceof Unusable) return undefined;
      throw error;
    }
  }

  #convert(yaml: YamlNode, path: readonly (string | number)[], depth: number): Node {
    const place = this.#place(yaml);
    if (depth > deepest) this.#fail(place, "yaml", tooDeep);
    this.#end = place.end;
    if (isAlias(yaml)) return this.#resolve(yaml, place);
    const before = this.#size;
    this.#grow(1, place);
    const tag = mergeTag(yaml.tag);
    const node = { ...this.#convertPlain(yaml, path, depth), ...(tag === undefined ? {} : { tag }) };
    const anchor = "anchor" in yaml ? yaml.anchor : undefined;
    // Registered when complete: an alias inside its own anchor finds nothing, so a tree has no loops.
    if (anchor !== undefined) this.#anchors.set(anchor, { node, size: this.#size - before });
    return node;
  }

  #convertPlain(yaml: YamlNode, path: readonly (string | number)[], depth: number): Node {
    const place = this.#place(yaml);
    if (isScalar(yaml)) return scalar(scalarValue(yaml), place);
    if (isSeq(yaml)) {
      const items = yaml.items.map((item, index) => this.#convert(item as YamlNode, [...path, index], depth + 1));
      return list(items, this.#collectionPlace(yaml, place));
    }
    if (isMap(yaml)) {
      const entries = this.#convertPairs(yaml.items as Pair<YamlNode, YamlNode | null>[], path, depth);
      return { kind: "map", entries, place: this.#collectionPlace(yaml, place) };
    }
    return this.#fail(place, "yaml", "this cannot be read as YAML");
  }

  /** To be called when the values were converted. */
  #collectionPlace({ flow }: { readonly flow?: boolean | undefined }, place: Place): Place {
    if (flow === true) this.#end = place.end;
    return { ...place, end: this.#end };
  }

  #convertPairs(
    pairs: readonly Pair<YamlNode, YamlNode | null>[],
    path: readonly (string | number)[],
    depth: number,
  ): ReadonlyMap<string, Entry> {
    const entries = new Map<string, Entry>();
    const merged: Node[] = [];
    for (const pair of pairs) {
      const keyPlace = this.#place(pair.key);
      this.#end = keyPlace.end;
      if (isScalar(pair.key) && pair.key.type === "PLAIN" && pair.key.source === "<<" && pair.value !== null) {
        merged.push(...this.#mergeSources(this.#convert(pair.value, path, depth + 1)));
        continue;
      }
      const key = this.#keyOf(pair.key, keyPlace, path);
      const valuePath = [...path, key];
      const value = isAbsent(pair.value) ? scalar(null, keyPlace) : this.#convert(pair.value, valuePath, depth + 1);
      const earlier = entries.get(key);
      if (earlier !== undefined) {
        const { line } = this.#source.position(earlier.keyPlace.start);
        this.#diagnostics.error(keyPlace, valuePath, {
          code: "yaml",
          message: `the key "${key}" is already set on line ${line}`,
          hint: "keep one of the two",
        });
        continue;
      }
      entries.set(key, { keyPlace, value });
    }
    // A merge key fills in what the map does not set itself, one level deep; of several sources the first wins.
    for (const source of merged) {
      if (source.kind !== "map") continue;
      for (const [key, entry] of source.entries) if (!entries.has(key)) entries.set(key, entry);
    }
    return entries;
  }

  #mergeSources(node: Node): readonly Node[] {
    const sources = node.kind === "list" ? node.items : [node];
    for (const source of sources) {
      if (source.kind !== "map") this.#fail(source.place, "yaml", "a merge key (<<) takes a map or a list of maps");
    }
    return sources;
  }

  #keyOf(key: YamlNode, place: Place, path: readonly (string | number)[]): string {
    const value = isScalar(key) ? scalarValue(key) : isAlias(key) ? this.#aliasKey(key, place) : undefined;
    if (typeof value === "string") return value;
    const shown = value === undefined ? "a list or map" : value === null ? "null" : printScalar(value);
    this.#diagnostics.error(place, path, {
      code: "yaml",
      message: `keys must be strings, this one is ${shown}`,
      hint: value === undefined || value === null ? undefined : `quote it: "${shown}"`,
    });
    return shown;
  }

  #aliasKey(alias: Alias, place: Place): ScalarNode["value"] | undefined {
    const node = this.#resolve(alias, place);
    return node.kind === "scalar" ? node.value : undefined;
  }

  #resolve(alias: Alias, place: Place): Node {
    const target = this.#anchors.get(alias.source);
    if (target === undefined) {
      return this.#fail(place, "yaml-alias", `there is no complete anchor "&${alias.source}" before this alias`);
    }
    this.#grow(target.size, place);
    return target.node;
  }

  #grow(size: number, place: Place): void {
    this.#size += size;
    if (this.#size > mostNodes) {
      this.#fail(place, "yaml-alias", `aliases make this file stand for more than ${mostNodes} values`);
    }
  }

  #fail(place: Place, code: "yaml" | "yaml-alias", message: string): never {
    this.#diagnostics.error(place, [], { code, message });
    throw new Unusable(message);
  }

  #place(yaml: YamlNode): Place {
    const [start, end] = yaml.range ?? [0, 0];
    return { source: this.#source, start, end };
  }
}

/** A key with nothing behind it: findings point at the key. */
function isAbsent(value: YamlNode | null): value is null {
  if (value === null) return true;
  const [start = 0, end = 0] = value.range ?? [];
  return start === end && isScalar(value) && value.anchor === undefined && value.tag === undefined;
}

function mergeTag(tag: string | undefined): MergeTag | undefined {
  return tag === "!reset" ? "reset" : tag === "!override" ? "override" : undefined;
}

function scalarValue(yaml: {
  readonly type?: string | undefined;
  readonly value: unknown;
  readonly source?: string | undefined;
  readonly tag?: string | undefined;
}): ScalarNode["value"] {
  const text = typeof yaml.value === "string" ? yaml.value : "";
  const quoted = yaml.type !== "PLAIN" && yaml.type !== undefined;
  if (yaml.tag === "tag:yaml.org,2002:str" || yaml.tag === "!") return text;
  const hasTag = yaml.tag !== undefined && typedTags.has(yaml.tag);
  return quoted && !hasTag ? text : resolvePlain(text);
}

const typedTags = new Set(["int", "float", "bool", "null"].map((name) => `tag:yaml.org,2002:${name}`));
