import { code, isFlowIndicator } from "../characters.ts";
import { type Entry, type MapNode, type Node, type Place, scalar } from "../node.ts";
import { resolvePlain } from "../scalars.ts";
import { type Anchor, grow, isBlank, leave, placeOf, type Reader, skipSpaces } from "./reader.ts";
import { isQuote, plainEnd, readQuoted } from "./scalars.ts";

/** Tags are rare, and have rules of their own. */
export function readAnchor(reader: Reader): Anchor | undefined {
  const { text, size: before } = reader;
  if (text.charCodeAt(reader.at) !== code.ampersand) return undefined;
  const name = readName(reader);
  if (!isBlank(text.charCodeAt(reader.at))) leave();
  skipSpaces(reader);
  const anchor: Anchor = { before, target: undefined };
  reader.anchors.set(name, anchor);
  return anchor;
}

/** What follows `&` or `*`. */
function readName(reader: Reader): string {
  const start = ++reader.at;
  while (isOfName(reader.text.charCodeAt(reader.at))) reader.at++;
  const character = reader.text.charCodeAt(reader.at);
  if (reader.at === start || !(isBlank(character) || isFlowIndicator(character))) leave();
  return reader.text.slice(start, reader.at);
}

/** Visible ASCII but for what ends a name: see `anchorName`. */
function isOfName(character: number): boolean {
  return character > code.space && character < 127 && character !== code.colon && !isFlowIndicator(character);
}

/** From here on, aliases may stand for the value. */
export function anchored(reader: Reader, anchor: Anchor | undefined, node: Node): Node {
  if (anchor !== undefined) anchor.target = { node, size: reader.size - anchor.before };
  return node;
}

export function readAlias(reader: Reader): Node {
  const target = reader.anchors.get(readName(reader))?.target ?? leave();
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

/** Longer ones are rare, and hardly meant as a key: the complete parser tells. */
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
  const { value: name, go } = resolvePlain(text);
  reader.at = reader.end = end;
  if (typeof name !== "string" || go !== undefined) leave();
  return { name, place: placeOf(reader, start, end), merges: text === "<<" };
}

/** A map while it is read. */
export class OpenMap {
  readonly #start: number;
  readonly #entries = new Map<string, Entry>();
  #merged: readonly MapNode[] | undefined;

  constructor(start: number) {
    this.#start = start;
  }

  /** `value`: undefined where there is none. */
  set({ name, place, merges }: Key, value: Node | undefined): void {
    if (merges) {
      if (this.#merged !== undefined) leave();
      const sources = value?.kind === "list" ? value.items : [value ?? leave()];
      this.#merged = sources.map((source) => (source.kind === "map" ? source : leave()));
    } else {
      if (this.#entries.has(name)) leave();
      this.#entries.set(name, { keyPlace: place, value: value ?? scalar(null, place) });
    }
  }

  close(reader: Reader): MapNode {
    for (const source of this.#merged ?? []) {
      for (const [name, entry] of source.entries) if (!this.#entries.has(name)) this.#entries.set(name, entry);
    }
    return { kind: "map", entries: this.#entries, place: placeOf(reader, this.#start, reader.end) };
  }
}
