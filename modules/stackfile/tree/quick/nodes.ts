import { type Entry, type MapNode, type MergeTag, type Node, type Place, scalar } from "../node.ts";
import { resolvePlain } from "../scalars.ts";
import { code, grow, isBlank, isFlowSign, leave, placeOf, type Reader, skipSpaces } from "./reader.ts";
import { isQuote, plainEnd, readQuoted } from "./scalars.ts";

/** What stands before a value: `&anchor` and a tag. */
export interface Properties {
  readonly anchor: string | undefined;
  readonly tag: MergeTag | undefined;
  /** Values before this one. */
  readonly before: number;
}

export function readProperties(reader: Reader): Properties {
  const before = reader.size;
  let anchor: string | undefined;
  let tag: MergeTag | undefined;
  for (;;) {
    const character = reader.text.charCodeAt(reader.at);
    if (character === code.ampersand && anchor === undefined) anchor = readName(reader);
    else if (character === code.exclamation && tag === undefined) tag = mergeTag(readName(reader));
    else return { anchor, tag, before };
    if (!isBlank(reader.text.charCodeAt(reader.at))) leave();
    skipSpaces(reader);
  }
}

export function hasProperties({ anchor, tag }: Properties): boolean {
  return anchor !== undefined || tag !== undefined;
}

function mergeTag(name: string): MergeTag {
  return name === "reset" || name === "override" ? name : leave();
}

/** What follows `&`, `*` or `!`. */
function readName(reader: Reader): string {
  const start = ++reader.at;
  for (;;) {
    const character = reader.text.charCodeAt(reader.at);
    if (isBlank(character) || isFlowSign(character)) break;
    if (character === code.tab) leave();
    reader.at++;
  }
  return reader.at === start ? leave() : reader.text.slice(start, reader.at);
}

/** The value with its tag; from here on, aliases may stand for it. */
export function withProperties(reader: Reader, { anchor, tag, before }: Properties, node: Node): Node {
  const tagged = tag === undefined ? node : { ...node, tag };
  if (anchor !== undefined) reader.anchors.set(anchor, { node: tagged, size: reader.size - before });
  return tagged;
}

export function readAlias(reader: Reader): Node {
  const target = reader.anchors.get(readName(reader)) ?? leave();
  grow(reader, target.size);
  reader.end = reader.at;
  return target.node;
}

export interface Key {
  readonly name: string;
  readonly place: Place;
  /** `<<`, which takes the entries of other maps in. */
  readonly merges: boolean;
}

/** Longer ones are an error, or not meant as a key. */
const longestKey = 1_000;

export function readKey(reader: Reader, inFlow: boolean): Key {
  const start = reader.at;
  if (isQuote(reader.text.charCodeAt(start))) {
    const { value, place } = readQuoted(reader);
    return { name: String(value), place, merges: false };
  }
  const end = plainEnd(reader, inFlow);
  if (end - start > longestKey || end === start) leave();
  const text = reader.text.slice(start, end);
  const name = resolvePlain(text);
  reader.at = reader.end = end;
  return typeof name === "string" ? { name, place: placeOf(reader, start, end), merges: text === "<<" } : leave();
}

/** A map while it is read. */
export class OpenMap {
  readonly #start: number;
  readonly #entries = new Map<string, Entry>();
  readonly #merged: MapNode[] = [];

  constructor(start: number) {
    this.#start = start;
  }

  /** `value`: undefined where there is none. */
  set({ name, place, merges }: Key, value: Node | undefined): void {
    if (merges) {
      for (const source of value?.kind === "list" ? value.items : [value ?? leave()]) {
        this.#merged.push(source.kind === "map" ? source : leave());
      }
    } else {
      if (this.#entries.has(name)) leave();
      this.#entries.set(name, { keyPlace: place, value: value ?? scalar(null, place) });
    }
  }

  close(reader: Reader): MapNode {
    for (const source of this.#merged) {
      for (const [name, entry] of source.entries) if (!this.#entries.has(name)) this.#entries.set(name, entry);
    }
    return { kind: "map", entries: this.#entries, place: placeOf(reader, this.#start, reader.end) };
  }
}
