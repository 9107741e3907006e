import { type Diagnostics, printPath } from "./diagnostics.ts";
import { explain } from "./explain.ts";
import { parseSyntax } from "./go-yaml/parser.ts";
import { isAbsent, type Pair, type ScalarSyntax, type Syntax } from "./go-yaml/syntax.ts";
import { type Entry, list, type MapNode, type Node, type Path, type Place, scalar, type YamlDocument } from "./node.ts";
import { quoteIt } from "./quoting.ts";
import { parseQuickly } from "./quick/parse.ts";
import { printScalar, type Resolved } from "./scalars.ts";
import type { Source } from "./source.ts";
import { mergeTag, scalarValue } from "./tags.ts";
import { forbiddenCharacter, type YamlProblem } from "./yaml-errors.ts";

/** Aliases count as often as they are used, so that a small file cannot stand for a huge tree. */
const mostNodes = 1_000_000;

/** The documents of a YAML file as trees; what cannot be read is reported and left out. */
export function parseYaml(source: Source, diagnostics: Diagnostics): readonly YamlDocument[] {
  return parseQuickly(source) ?? parseCompletely(source, diagnostics);
}

/** As `parseYaml`, for every file; `parseQuickly` gives the same for most files, in a fraction of the time. */
export function parseCompletely(source: Source, diagnostics: Diagnostics): readonly YamlDocument[] {
  const report = ({ start, end, message, hint }: YamlProblem): void =>
    diagnostics.error({ source, start, end }, [], { code: "yaml", message, hint });
  const forbidden = forbiddenCharacter(source.text);
  if (forbidden !== undefined) {
    report(forbidden);
    return [];
  }
  const { documents, problem } = parseSyntax(source.text);
  if (problem !== undefined) explain(problem, source).forEach(report);
  const building: Building = { source, diagnostics, anchors: new Map(), size: 0 };
  return documents.flatMap(({ contents }) => {
    if (isAbsent(contents)) return { tree: scalar(null, { source, ...spanOf(contents) }), cleared: [] };
    return new TreeBuilder(building).build(contents) ?? [];
  });
}

function spanOf({ start, end }: Syntax): { readonly start: number; readonly end: number } {
  return { start, end };
}

/** Thrown inside this file only, to leave a document that was reported as unusable. */
class Unusable extends Error {}

/** What is the same for all documents of a file. */
interface Building {
  readonly source: Source;
  readonly diagnostics: Diagnostics;
  /** They hold for the documents that follow, too. */
  readonly anchors: Map<string, Anchor>;
  /** Values so far, those that aliases stand for among them. */
  size: number;
}

interface Anchor {
  /** Undefined while it is read. */
  target: Target | undefined;
}

interface Target {
  /** Undefined: `!reset`, or the sign of a merge key. */
  readonly node: Node | undefined;
  /** What it is as a key, where that is not the node. */
  readonly key?: Resolved;
  readonly size: number;
  /** What was cleared below it: a part of that of its document, whose paths begin with its own. */
  readonly cleared: {
    readonly of: readonly Path[];
    readonly from: number;
    readonly to: number;
    readonly depth: number;
  };
}

class TreeBuilder {
  readonly #building: Building;
  readonly #cleared: Path[] = [];
  /** Where the last value ended: a block collection ends with its last value. */
  #end = 0;

  constructor(building: Building) {
    this.#building = building;
  }

  build(contents: Syntax): YamlDocument | undefined {
    // That an earlier document was too large has been said.
    if (this.#building.size > mostNodes) return undefined;
    try {
      const tree = this.#convert(contents, []);
      return tree === undefined ? undefined : { tree, cleared: this.#cleared };
    } catch (error) {
      if (error instanceof Unusable) return undefined;
      throw error;
    }
  }

  /** Undefined where `!reset` takes it away. */
  #convert(yaml: Syntax, path: Path): Node | undefined {
    const place = this.#place(yaml);
    this.#end = place.end;
    if (yaml.kind === "alias") return this.#resolve(yaml.anchor, path, place);
    // Known when it begins, and not before it is complete: an alias inside its own anchor finds nothing, so a tree has no loops.
    const anchor = yaml.anchor === undefined ? undefined : this.#open(yaml.anchor);
    const sizeBefore = this.#building.size;
    const clearedBefore = this.#cleared.length;
    this.#grow(1, place);
    if (yaml.tag === "!reset" || yaml.tag === "!override") this.#cleared.push(path);
    const isReset = yaml.tag === "!reset";
    const isLeftOut = merges(yaml);
    if (isReset) this.#readReset(yaml, path);
    if (isLeftOut) this.#warnOfMergeSign(place, path);
    const node = isReset || isLeftOut ? undefined : this.#convertPlain(yaml, path);
    if (anchor !== undefined) {
      const cleared = { of: this.#cleared, from: clearedBefore, to: this.#cleared.length, depth: path.length };
      const key = isLeftOut ? { key: { value: "<<" } } : {};
      anchor.target = { node, ...key, size: this.#building.size - sizeBefore, cleared };
    }
    return node;
  }

  #warnOfMergeSign(place: Place, path: Path): void {
    this.#building.diagnostics.warning(place, path, {
      code: "altered-value",
      message: `${printPath(path)}: << is the sign of a merge key and no value, and is left out`,
      hint: 'quote it: "<<"',
    });
  }

  #open(name: string): Anchor {
    const anchor: Anchor = { target: undefined };
    this.#building.anchors.set(name, anchor);
    return anchor;
  }

  /** What is reset must be YAML, and aliases elsewhere may stand for parts of it. Nothing else is asked of it. */
  #readReset(yaml: Syntax, path: Path): void {
    for (const part of partsOf(yaml)) {
      if (part.kind === "alias" || part.anchor !== undefined) this.#convert(part, path);
      else this.#readReset(part, path);
    }
  }

  #convertPlain(yaml: Exclude<Syntax, { kind: "alias" }>, path: Path): Node {
    const place = this.#place(yaml);
    switch (yaml.kind) {
      case "scalar":
        return { kind: "scalar", ...this.#scalarValue(yaml, place, path), place };
      case "list": {
        const items = yaml.items.flatMap((item, index) => this.#convert(item, [...path, index]) ?? []);
        return list(items, this.#collectionPlace(yaml, place));
      }
      case "map": {
        const entries = this.#convertPairs(yaml.pairs, path);
        return { kind: "map", entries, place: this.#collectionPlace(yaml, place) };
      }
    }
  }

  /** To be called when the values were converted. */
  #collectionPlace({ isFlow }: { readonly isFlow: boolean }, place: Place): Place {
    if (isFlow) this.#end = place.end;
    return { ...place, end: this.#end };
  }

  #convertPairs(pairs: readonly Pair[], path: Path): ReadonlyMap<string, Entry> {
    const entries = new Map<string, Entry>();
    const places = new Map<string, Place>();
    const merged: Node[] = [];
    let mergeKey: Place | undefined;
    for (const pair of pairs) {
      const keyPlace = this.#place(pair.key);
      this.#end = keyPlace.end;
      if (merges(pair.key)) {
        const sources = this.#convert(pair.value, path);
        if (mergeKey !== undefined) this.#reportRepeat("<<", keyPlace, mergeKey, path);
        mergeKey ??= keyPlace;
        for (const source of sources === undefined ? [] : this.#mergeSources(sources)) merged.push(source);
        continue;
      }
      const key = this.#keyOf(pair.key, keyPlace, path);
      const valuePath = [...path, key];
      const value = isAbsent(pair.value) ? scalar(null, keyPlace) : this.#convert(pair.value, valuePath);
      // go-yaml compares keys as they are written: of an alias the name.
      const written = pair.key.kind === "alias" ? pair.key.anchor : key;
      const earlier = places.get(written);
      if (earlier !== undefined) {
        this.#reportRepeat(written, keyPlace, earlier, valuePath);
        continue;
      }
      places.set(written, keyPlace);
      if (value !== undefined) entries.set(key, { keyPlace, value });
    }
    // A merge key fills in what the map does not set itself, one level deep; of several sources the first wins.
    for (const source of merged) {
      if (source.kind !== "map") continue;
      for (const [key, entry] of source.entries) if (!entries.has(key)) entries.set(key, entry);
    }
    return entries;
  }

  #reportRepeat(key: string, keyPlace: Place, earlier: Place, path: Path): void {
    const { line } = this.#building.source.position(earlier.start);
    this.#building.diagnostics.error(keyPlace, path, {
      code: "yaml",
      message: `the key "${key}" is already set on line ${line}`,
      hint: "keep one of the two",
    });
  }

  #mergeSources(node: Node): readonly Node[] {
    const sources = node.kind === "list" ? node.items : [node];
    for (const source of sources) {
      if (source.kind !== "map")
        this.#fail(source.place, "yaml", `a merge key (<<) takes a map or a list of maps, not ${kindOf(source)}`);
    }
    return sources;
  }

  #keyOf(key: Syntax, place: Place, path: Path): string {
    const resolved =
      key.kind === "scalar"
        ? this.#scalarValue(key, place, path)
        : key.kind === "alias"
          ? this.#aliasKey(key.anchor, place)
          : undefined;
    if (key.kind === "scalar" && key.anchor !== undefined && resolved !== undefined) {
      const cleared = { of: this.#cleared, from: 0, to: 0, depth: 0 };
      this.#open(key.anchor).target = { node: { kind: "scalar", ...resolved, place }, size: 1, cleared };
    }
    const value = resolved?.value;
    if (typeof value === "string" && resolved?.go === undefined) return value;
    const shown = resolved === undefined ? "a list or map" : value === null ? "null" : printScalar(resolved);
    this.#building.diagnostics.error(place, path, {
      code: "yaml",
      message: `keys must be strings, this one is ${shown}`,
      hint: value === undefined || value === null ? undefined : quoteIt({ value, place }),
    });
    return shown;
  }

  #aliasKey(alias: string, place: Place): Resolved | undefined {
    const node = this.#resolve(alias, [], place);
    return node?.kind === "scalar" ? node : this.#building.anchors.get(alias)?.target?.key;
  }

  #resolve(alias: string, path: Path, place: Place): Node | undefined {
    const target = this.#building.anchors.get(alias)?.target;
    if (target === undefined) {
      return this.#fail(place, "yaml-alias", `there is no complete anchor "&${alias}" before this alias`);
    }
    this.#grow(target.size, place);
    const { of, from, to, depth } = target.cleared;
    for (const below of of.slice(from, to)) this.#cleared.push([...path, ...below.slice(depth)]);
    return target.node;
  }

  #scalarValue(yaml: ScalarSyntax, place: Place, path: Path): Resolved {
    const resolved = scalarValue(yaml);
    if (resolved === undefined) return this.#fail(place, "yaml", `"${yaml.text}" is no ${nameOfTag(yaml.tag)}`);
    if (resolved.go === "float64" && !Number.isFinite(resolved.value)) {
      const message = `${path.length === 0 ? "a number" : printPath(path)} must be finite`;
      this.#building.diagnostics.error(place, path, { code: "yaml", message });
    }
    return resolved;
  }

  #grow(size: number, place: Place): void {
    this.#building.size += size;
    if (this.#building.size > mostNodes) {
      this.#fail(place, "yaml-alias", `aliases make this file stand for more than ${mostNodes} values`);
    }
  }

  #fail(place: Place, code: "yaml" | "yaml-alias", message: string): never {
    this.#building.diagnostics.error(place, [], { code, message });
    throw new Unusable(message);
  }

  #place({ start, end }: Syntax): Place {
    return { source: this.#building.source, start, end };
  }
}

function kindOf({ kind }: Exclude<Node, MapNode>): string {
  return kind === "list" ? "a list" : "a single value";
}

/** As people write it. */
function nameOfTag(tag = ""): string {
  return tag.replace(/^tag:yaml\.org,2002:/, "!!");
}

function partsOf(yaml: Syntax): readonly Syntax[] {
  if (yaml.kind === "list") return yaml.items;
  return yaml.kind === "map" ? yaml.pairs.flatMap(({ key, value }) => [key, value]) : [];
}

/** `<<`, where it is not a text: as a key it takes the entries of other maps in, and as a value it is nothing. */
function merges(yaml: Syntax): boolean {
  if (yaml.kind !== "scalar") return false;
  return yaml.tag === mergeTag || (yaml.isPlain && yaml.tag === undefined && yaml.text === "<<");
}
