import {
  type Alias,
  isAlias,
  isMap,
  isNode,
  isPair,
  isScalar,
  isSeq,
  type Node as YamlNode,
  type Pair,
  type Scalar,
  type YAMLMap,
  type YAMLSeq,
  visit,
} from "yaml";
import type { Diagnostics } from "../diagnostics.ts";
import { type Entry, list, map, type Node, type Path, type Place, scalar, type YamlDocument } from "./node.ts";
import { parseText } from "./parse-text.ts";
import { parseQuickly } from "./quick/parse.ts";
import { printScalar, type Resolved } from "./scalars.ts";
import type { Source } from "./source.ts";
import { scalarValue } from "./tags.ts";
import { goEscapes } from "./escapes.ts";
import { misreadSeparator } from "./line-separators.ts";
import { anchorName, errorsOf, forbiddenCharacter, problemsOf, tooDeep, type YamlProblem } from "./yaml-errors.ts";

/** Aliases count as often as they are used, so that a small file cannot stand for a huge tree. */
const mostNodes = 1_000_000;
const deepest = 1_000;
/** About a second's worth. Whoever writes a larger file on purpose writes one that the quick parser reads. */
const longest = 2_000_000;

/** The documents of a YAML file as trees; what cannot be read is reported and left out. */
export function parseYaml(source: Source, diagnostics: Diagnostics): readonly YamlDocument[] {
  return parseQuickly(source) ?? parseCompletely(source, diagnostics);
}

/** As `parseYaml`, for every file; `parseQuickly` gives the same for most files, in a fraction of the time. */
export function parseCompletely(source: Source, diagnostics: Diagnostics): readonly YamlDocument[] {
  const forbidden = forbiddenCharacter(source.text) ?? tooLong(source.text);
  if (forbidden !== undefined) {
    const { start, end, message, hint } = forbidden;
    diagnostics.error({ source, start, end }, [], { code: "yaml", message, hint });
    return [];
  }
  // The next line of YAML 1.1, which is no line end for our parser.
  const { documents, text, original } = parseText(source.text.replaceAll("\u0085", "\n"));
  const report = ({ start, end, message, hint }: YamlProblem): void =>
    diagnostics.error({ source, start: original(start), end: original(end) }, [], { code: "yaml", message, hint });
  const misread = misreadSeparator(documents, text);
  if (misread !== undefined) {
    report(misread);
    return [];
  }
  const building: Building = { source, original, diagnostics, anchors: new Map(), size: 0 };
  return documents.flatMap((document, index) => {
    problemsOf(document, text).forEach(report);
    const { range, directives } = document;
    if (directives.yaml.explicit === true && directives.yaml.version !== "1.1") {
      report({ start: range[0], end: range[0], message: "a YAML version may not be named", hint: "remove the line" });
    }
    if (errorsOf(document, text).length > 0) return [];
    const [start] = range;
    if (index > 0 && directives.docStart !== true && document.contents !== null) {
      report({ start, end: start, message: "a document that follows another one begins with ---" });
    }
    if (document.contents === null) return [{ tree: scalar(null, { source, start, end: start }), cleared: [] }];
    return new TreeBuilder(building).build(document.contents) ?? [];
  });
}

function tooLong({ length }: string): YamlProblem | undefined {
  if (length <= longest) return undefined;
  return {
    start: 0,
    end: 0,
    message: `this file of ${Math.round(length / 1_000_000)} MB is too large to say what is wrong with it`,
    hint: "it has a mistake, or something that is rare in stack files: split it, and load the parts apart",
  };
}

/** Thrown inside this file only, to leave a document that was reported as unusable. */
class Unusable extends Error {}

/** What is the same for all documents of a file. */
interface Building {
  readonly source: Source;
  readonly original: (offset: number) => number;
  readonly diagnostics: Diagnostics;
  /** They hold for the documents that follow, too. */
  readonly anchors: Map<string, Anchor>;
  /** Values so far, those that aliases stand for among them. */
  size: number;
}

type YamlPair = Pair<YamlNode, YamlNode | null>;

interface Anchor {
  /** Undefined: `!reset`. */
  readonly node: Node | undefined;
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
  #isInBraces = false;

  constructor(building: Building) {
    this.#building = building;
  }

  build(contents: YamlNode): YamlDocument | undefined {
    // That an earlier document was too large has been said.
    if (this.#building.size > mostNodes) return undefined;
    try {
      const tree = this.#convert(contents, [], 0);
      return tree === undefined ? undefined : { tree, cleared: this.#cleared };
    } catch (error) {
      if (error instanceof Unusable) return undefined;
      throw error;
    }
  }

  /** Undefined where `!reset` takes it away. */
  #convert(yaml: YamlNode, path: Path, depth: number): Node | undefined {
    const place = this.#place(yaml);
    if (depth > deepest) this.#fail(place, "yaml", tooDeep);
    this.#end = place.end;
    if (isAlias(yaml)) return this.#resolve(yaml, path, place);
    const sizeBefore = this.#building.size;
    const clearedBefore = this.#cleared.length;
    this.#grow(1, place);
    if (yaml.tag === "!reset" || yaml.tag === "!override") this.#cleared.push(path);
    const isReset = yaml.tag === "!reset";
    if (isReset) this.#readReset(yaml, path, depth);
    const node = isReset ? undefined : this.#convertPlain(yaml, path, depth);
    const anchor = "anchor" in yaml ? yaml.anchor : undefined;
    // Registered when complete: an alias inside its own anchor finds nothing, so a tree has no loops.
    if (anchor !== undefined) {
      if (!anchorName.test(anchor)) {
        this.#fail(
          place,
          "yaml",
          `the anchor "&${anchor}" may only have letters of ASCII, digits and signs, and no colon`,
        );
      }
      const cleared = { of: this.#cleared, from: clearedBefore, to: this.#cleared.length, depth: path.length };
      this.#building.anchors.set(anchor, { node, size: this.#building.size - sizeBefore, cleared });
    }
    return node;
  }

  /** What is reset must be YAML, and aliases elsewhere may stand for parts of it. Nothing else is asked of it. */
  #readReset(yaml: YamlNode, path: Path, depth: number): void {
    visit(yaml, (_key, part, ancestors) => {
      if (!isNode(part) || part === yaml) return;
      const above = ancestors.at(-2);
      if (isScalar(part) && isMap(above) && above.flow === true) this.#checkColon(part, this.#place(part));
      if (!isAlias(part) && part.anchor === undefined) return;
      this.#convert(part, path, depth + 1);
      return visit.SKIP;
    });
  }

  #convertPlain(yaml: YamlNode, path: Path, depth: number): Node {
    const place = this.#place(yaml);
    if (isScalar(yaml)) return { kind: "scalar", ...this.#scalarValue(yaml, place), place };
    if (!isSeq(yaml) && !isMap(yaml)) return this.#fail(place, "yaml", "this cannot be read as YAML");
    const outer = this.#isInBraces;
    this.#isInBraces = yaml.flow === true && isMap(yaml);
    const node = this.#convertCollection(yaml, path, depth);
    this.#isInBraces = outer;
    return node;
  }

  #convertCollection(yaml: YAMLSeq | YAMLMap, path: Path, depth: number): Node {
    const place = this.#place(yaml);
    if (isSeq(yaml)) {
      const items = yaml.items.flatMap((item, index) => {
        // Of an ordered map, which is a list of maps here.
        if (isPair(item)) return map(this.#convertPairs([item as YamlPair], path, depth + 1), place);
        return this.#convert(item as YamlNode, [...path, index], depth + 1) ?? [];
      });
      return list(items, this.#collectionPlace(yaml, place));
    }
    const entries = this.#convertPairs(yaml.items as YamlPair[], path, depth);
    return { kind: "map", entries, place: this.#collectionPlace(yaml, place) };
  }

  /** To be called when the values were converted. */
  #collectionPlace({ flow }: { readonly flow?: boolean | undefined }, place: Place): Place {
    if (flow === true) this.#end = place.end;
    return { ...place, end: this.#end };
  }

  #convertPairs(pairs: readonly YamlPair[], path: Path, depth: number): ReadonlyMap<string, Entry> {
    const entries = new Map<string, Entry>();
    const places = new Map<string, Place>();
    const merged: Node[] = [];
    let mergeKey: Place | undefined;
    for (const pair of pairs) {
      const keyPlace = this.#place(pair.key);
      this.#end = keyPlace.end;
      if (isScalar(pair.key) && pair.key.type === "PLAIN" && pair.key.source === "<<" && pair.value !== null) {
        const sources = this.#convert(pair.value, path, depth + 1);
        if (mergeKey !== undefined) this.#reportRepeat("<<", keyPlace, mergeKey, path);
        mergeKey ??= keyPlace;
        for (const source of sources === undefined ? [] : this.#mergeSources(sources)) merged.push(source);
        continue;
      }
      const key = this.#keyOf(pair.key, keyPlace, path);
      const valuePath = [...path, key];
      const value = isAbsent(pair.value) ? scalar(null, keyPlace) : this.#convert(pair.value, valuePath, depth + 1);
      const earlier = places.get(key);
      if (earlier !== undefined) {
        this.#reportRepeat(key, keyPlace, earlier, valuePath);
        continue;
      }
      places.set(key, keyPlace);
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
      if (source.kind !== "map") this.#fail(source.place, "yaml", "a merge key (<<) takes a map or a list of maps");
    }
    return sources;
  }

  #keyOf(key: YamlNode, place: Place, path: Path): string {
    const resolved = isScalar(key)
      ? this.#scalarValue(key, place)
      : isAlias(key)
        ? this.#aliasKey(key, place)
        : undefined;
    if (isScalar(key) && key.anchor !== undefined && resolved !== undefined) {
      const cleared = { of: this.#cleared, from: 0, to: 0, depth: 0 };
      this.#building.anchors.set(key.anchor, { node: { kind: "scalar", ...resolved, place }, size: 1, cleared });
    }
    const value = resolved?.value;
    if (typeof value === "string" && resolved?.go === undefined) return value;
    const shown = resolved === undefined ? "a list or map" : value === null ? "null" : printScalar(resolved);
    this.#building.diagnostics.error(place, path, {
      code: "yaml",
      message: `keys must be strings, this one is ${shown}`,
      hint: value === undefined || value === null ? undefined : `quote it: "${shown}"`,
    });
    return shown;
  }

  #aliasKey(alias: Alias, place: Place): Resolved | undefined {
    const node = this.#resolve(alias, [], place);
    return node?.kind === "scalar" ? node : undefined;
  }

  #resolve(alias: Alias, path: Path, place: Place): Node | undefined {
    const target = this.#building.anchors.get(alias.source);
    if (target === undefined) {
      return this.#fail(place, "yaml-alias", `there is no complete anchor "&${alias.source}" before this alias`);
    }
    this.#grow(target.size, place);
    const { of, from, to, depth } = target.cleared;
    for (const below of of.slice(from, to)) this.#cleared.push([...path, ...below.slice(depth)]);
    return target.node;
  }

  #scalarValue(yaml: Scalar, place: Place): Resolved {
    if (this.#isInBraces) this.#checkColon(yaml, place);
    const escaped = goEscapes(yaml);
    if (escaped === undefined) {
      this.#fail(place, "yaml", "docker compose does not know the escape \\/: write the slash alone");
    }
    const resolved = scalarValue(escaped);
    if (resolved === undefined) return this.#fail(place, "yaml", `this is no ${String(yaml.tag)}`);
    if (resolved.go === "float64" && !Number.isFinite(resolved.value)) {
      this.#building.diagnostics.error(place, [], { code: "yaml", message: "a number must be finite" });
    }
    return resolved;
  }

  /** YAML 1.2 allows it in braces; go-yaml does not. */
  #checkColon(yaml: Scalar, place: Place): void {
    if (yaml.type !== "PLAIN" || !String(yaml.value).startsWith(":")) return;
    this.#fail(place, "yaml", "a text that begins with a colon needs quotes here");
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

  #place(yaml: YamlNode): Place {
    const [start, end] = yaml.range ?? [0, 0];
    return { source: this.#building.source, start: this.#building.original(start), end: this.#building.original(end) };
  }
}

/** A key with nothing behind it: findings point at the key. */
function isAbsent(value: YamlNode | null): value is null {
  if (value === null) return true;
  const [start = 0, end = 0] = value.range ?? [];
  return start === end && isScalar(value) && value.anchor === undefined && value.tag === undefined;
}
