import { clearedByEither, type Clearing, clearsNothing } from "./clearing.ts";
import { type Diagnostics, printPath } from "./diagnostics.ts";
import { parseSyntax } from "./go-yaml/parser.ts";
import { isAbsent, type Pair, type ScalarSyntax, type Syntax } from "./go-yaml/syntax.ts";
import { mostValues } from "./limits.ts";
import { type Entry, list, type MapNode, type Node, type Place, scalar, type YamlDocument } from "./node.ts";
import { quoteIt } from "./quoting.ts";
import { parseQuickly } from "./quick/parse.ts";
import { printScalar, type Resolved } from "./scalars.ts";
import type { Source } from "./source.ts";
import { type Cleared, Spot, uncleared } from "./spot.ts";
import { mergeTag, scalarValue } from "./tags.ts";
import { forbiddenCharacter, type YamlProblem } from "./forbidden-character.ts";

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
  if (problem !== undefined) report(problem);
  const building: Building = { source, diagnostics, anchors: new Map(), size: 0 };
  return documents.flatMap(({ contents }) => {
    if (isAbsent(contents)) return { tree: scalar(null, { source, ...spanOf(contents) }), clearing: clearsNothing };
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
  readonly cleared: Cleared;
}

class TreeBuilder {
  readonly #building: Building;
  /** Where the last value ended: a block collection ends with its last value. */
  #end = 0;

  constructor(building: Building) {
    this.#building = building;
  }

  build(contents: Syntax): YamlDocument | undefined {
    // That an earlier document was too large has been said.
    if (this.#building.size > mostValues) return undefined;
    try {
      const root = Spot.root();
      const tree = this.#convert(contents, root);
      return tree === undefined ? undefined : { tree, clearing: root.cleared.below };
    } catch (error) {
      if (error instanceof Unusable) return undefined;
      throw error;
    }
  }

  /** Undefined where `!reset` takes it away. */
  #convert(yaml: Syntax, spot: Spot): Node | undefined {
    const place = this.#place(yaml);
    this.#end = place.end;
    if (yaml.kind === "alias") return this.#resolve(yaml.anchor, spot, place);
    if (isOfNobody(yaml.tag)) this.#warnOfTag(yaml.tag, place, spot);
    // Known when it begins, and not before it is complete: an alias inside its own anchor finds nothing, so a tree has no loops.
    const anchor = yaml.anchor === undefined ? undefined : this.#open(yaml.anchor);
    const sizeBefore = this.#building.size;
    this.#grow(1, place);
    const isReset = yaml.tag === "!reset";
    const isLeftOut = merges(yaml);
    if (isReset) this.#readReset(yaml, spot);
    if (isLeftOut) this.#warnOfMergeSign(place, spot);
    const node = isReset || isLeftOut ? undefined : this.#convertPlain(yaml, spot);
    if (isReset || yaml.tag === "!override") spot.cleared = { ...spot.cleared, isWhole: true };
    if (anchor !== undefined) {
      const key = isLeftOut ? { key: { value: "<<" } } : {};
      anchor.target = { node, ...key, size: this.#building.size - sizeBefore, cleared: spot.cleared };
    }
    return node;
  }

  #warnOfTag(tag: string, place: Place, spot: Spot): void {
    // To write a path out takes longer than to read a tag.
    if (this.#building.diagnostics.isFull("warning")) return;
    const { path } = spot;
    this.#building.diagnostics.warning(place, path, {
      code: "no-effect",
      message: `${path.length === 0 ? "" : `${printPath(path)}: `}the tag ${tag} means nothing in a stack file`,
      hint: "!override takes the place of what earlier files have, and !reset takes it away",
    });
  }

  #warnOfMergeSign(place: Place, { path }: Spot): void {
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
  #readReset(yaml: Syntax, spot: Spot): void {
    for (const part of partsOf(yaml)) {
      if (part.kind === "alias" || part.anchor !== undefined) this.#convert(part, spot.part());
      else this.#readReset(part, spot);
    }
  }

  #convertPlain(yaml: Exclude<Syntax, { kind: "alias" }>, spot: Spot): Node {
    const place = this.#place(yaml);
    switch (yaml.kind) {
      case "scalar":
        return { kind: "scalar", ...this.#scalarValue(yaml, place, spot), place };
      case "list": {
        const items = this.#convertItems(yaml.items, spot);
        return list(items, this.#collectionPlace(yaml, place));
      }
      case "map": {
        const entries = this.#convertPairs(yaml.pairs, spot);
        return { kind: "map", entries, place: this.#collectionPlace(yaml, place) };
      }
    }
  }

  /** To be called when the values were converted. */
  #collectionPlace({ isFlow }: { readonly isFlow: boolean }, place: Place): Place {
    if (isFlow) this.#end = place.end;
    return { ...place, end: this.#end };
  }

  #convertItems(items: readonly Syntax[], spot: Spot): readonly Node[] {
    const clearing = new Map<string, Clearing | null>();
    const nodes = items.flatMap((item, index) => {
      const below = spot.below(index);
      const node = this.#convert(item, below);
      noteBelow(clearing, String(index), below.cleared);
      return node ?? [];
    });
    if (clearing.size > 0) spot.cleared = { isWhole: false, below: clearing };
    return nodes;
  }

  #convertPairs(pairs: readonly Pair[], spot: Spot): ReadonlyMap<string, Entry> {
    const clearing = new Map<string, Clearing | null>();
    const entries = new Map<string, Entry>();
    const places = new Map<string, Place>();
    const merged: MapNode[] = [];
    let mergeKey: { readonly place: Place; readonly cleared: Cleared } | undefined;
    for (const pair of pairs) {
      const keyPlace = this.#place(pair.key);
      this.#end = keyPlace.end;
      if (merges(pair.key)) {
        const part = spot.part();
        const sources = this.#convert(pair.value, part);
        if (mergeKey !== undefined) this.#reportRepeat("<<", keyPlace, mergeKey.place, spot);
        mergeKey ??= { place: keyPlace, cleared: part.cleared };
        for (const source of sources === undefined ? [] : this.#mergeSources(sources, spot)) merged.push(source);
        continue;
      }
      const key = this.#keyOf(pair, keyPlace, spot);
      const below = spot.below(key);
      const value = isAbsent(pair.value) ? scalar(null, keyPlace) : this.#convert(pair.value, below);
      // go-yaml compares keys as they are written: of an alias the name.
      const written = pair.key.kind === "alias" ? pair.key.anchor : key;
      const earlier = places.get(written);
      if (earlier !== undefined) {
        this.#reportRepeat(written, keyPlace, earlier, below);
        continue;
      }
      places.set(written, keyPlace);
      // Two keys that are written in different ways may be one.
      noteBelow(clearing, key, this.#clearedByBoth(clearing.get(key), below.cleared, keyPlace));
      if (value !== undefined) entries.set(key, { keyPlace, value });
    }
    // A merge key fills in what the map does not set itself, one level deep; of several sources the first wins.
    for (const source of merged) {
      for (const [key, entry] of source.entries) if (!entries.has(key)) entries.set(key, entry);
    }
    if (clearing.size > 0) spot.cleared = { isWhole: false, below: clearing };
    if (mergeKey !== undefined)
      spot.cleared = this.#clearedByBoth(spot.cleared.below, mergeKey.cleared, mergeKey.place);
    return entries;
  }

  #clearedByBoth(known: Clearing | null = clearsNothing, { isWhole, below }: Cleared, place: Place): Cleared {
    if (known === null) return { isWhole: true, below: clearsNothing };
    return { isWhole, below: clearedByEither(known, below, (entries) => this.#grow(entries, place)) };
  }

  #reportRepeat(key: string, keyPlace: Place, earlier: Place, { path }: Spot): void {
    const { line } = this.#building.source.position(earlier.start);
    this.#building.diagnostics.error(keyPlace, path, {
      code: "yaml",
      message: `the key "${key}" is already set on line ${line}`,
      hint: "keep one of the two",
    });
  }

  #mergeSources(node: Node, { path }: Spot): readonly MapNode[] {
    const sources = node.kind === "list" ? node.items : [node];
    return sources.flatMap((source) => {
      if (source.kind === "map") return source;
      const message = `a merge key (<<) takes a map or a list of maps, not ${kindOf(source)}`;
      this.#building.diagnostics.error(source.place, path, { code: "yaml", message });
      return [];
    });
  }

  #keyOf({ key, value: given }: Pair, place: Place, spot: Spot): string {
    const resolved =
      key.kind === "scalar"
        ? this.#scalarValue(key, place, spot)
        : key.kind === "alias"
          ? this.#aliasKey(key.anchor, place, spot)
          : undefined;
    if (key.kind === "scalar" && key.anchor !== undefined && resolved !== undefined) {
      const node = { kind: "scalar", ...resolved, place } as const;
      this.#open(key.anchor).target = { node, size: 1, cleared: uncleared };
    }
    const value = resolved?.value;
    if (typeof value === "string" && resolved?.go === undefined) return value;
    const shown = resolved === undefined ? "a list or map" : value === null ? "null" : printScalar(resolved);
    // It is taken away before anybody looks at it.
    if (given.kind !== "alias" && given.tag === "!reset") return shown;
    this.#building.diagnostics.error(place, spot.path, {
      code: "yaml",
      message: `keys must be strings, this one is ${shown}`,
      hint: value === undefined || value === null ? undefined : quoteIt({ value, place }),
    });
    return shown;
  }

  #aliasKey(alias: string, place: Place, spot: Spot): Resolved | undefined {
    const node = this.#resolve(alias, spot.part(), place);
    return node?.kind === "scalar" ? node : this.#building.anchors.get(alias)?.target?.key;
  }

  #resolve(alias: string, spot: Spot, place: Place): Node | undefined {
    const target = this.#building.anchors.get(alias)?.target;
    if (target === undefined) {
      const message = `there is no complete anchor "&${alias}" before this alias`;
      return this.#fail(
        place,
        "yaml-alias",
        message,
        "put the anchor before it; a value that begins with * needs quotes",
      );
    }
    this.#grow(target.size, place);
    spot.cleared = target.cleared;
    return target.node;
  }

  #scalarValue(yaml: ScalarSyntax, place: Place, spot: Spot): Resolved {
    const resolved = scalarValue(yaml);
    if (resolved === undefined) return this.#fail(place, "yaml", `"${yaml.text}" is no ${nameOfTag(yaml.tag)}`);
    if (resolved.go === "float64" && !Number.isFinite(resolved.value)) {
      const { path } = spot;
      const message = `${path.length === 0 ? "a number" : printPath(path)} must be finite`;
      this.#building.diagnostics.error(place, path, { code: "yaml", message });
    }
    return resolved;
  }

  #grow(size: number, place: Place): void {
    this.#building.size += size;
    if (this.#building.size > mostValues) {
      this.#fail(place, "yaml-alias", `aliases make this file stand for more than ${mostValues} values`);
    }
  }

  #fail(place: Place, code: "yaml" | "yaml-alias", message: string, hint?: string): never {
    this.#building.diagnostics.error(place, [], { code, message, hint });
    throw new Unusable(message);
  }

  #place({ start, end }: Syntax): Place {
    return { source: this.#building.source, start, end };
  }
}

function kindOf({ kind }: Exclude<Node, MapNode>): string {
  return kind === "list" ? "a list" : "a single value";
}

/** Whether a tag is one of an application that is not Compose. A lone `!` is YAML's, and says that a text is one. */
function isOfNobody(tag: string | undefined): tag is string {
  return tag?.startsWith("!") === true && !["!", "!reset", "!override"].includes(tag);
}

/** As people write it. */
function nameOfTag(tag = ""): string {
  return tag.replace(/^tag:yaml\.org,2002:/, "!!");
}

function partsOf(yaml: Syntax): readonly Syntax[] {
  if (yaml.kind === "list") return yaml.items;
  return yaml.kind === "map" ? yaml.pairs.flatMap(({ key, value }) => [key, value]) : [];
}

function noteBelow(clearing: Map<string, Clearing | null>, key: string, { isWhole, below }: Cleared): void {
  if (isWhole) clearing.set(key, null);
  else if (below.size > 0) clearing.set(key, below);
}

/** `<<`, where it is not a text: as a key it takes the entries of other maps in, and as a value it is nothing. */
function merges(yaml: Syntax): boolean {
  if (yaml.kind !== "scalar") return false;
  return yaml.tag === mergeTag || (yaml.isPlain && yaml.tag === undefined && yaml.text === "<<");
}
