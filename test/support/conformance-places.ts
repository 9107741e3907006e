import { type Document, isAlias, isMap, isScalar, isSeq, type Node, type Pair, parseAllDocuments, visit } from "yaml";
import { Source } from "../../modules/stackfile/tree/source.ts";

/** A part of a file, from one character to another. */
interface Part {
  readonly file: string;
  readonly start: number;
  readonly end: number;
  /** An alias below where the path leads stands for it. */
  readonly isAliased?: true;
}

/** A position of a file, as a finding has it. */
export interface Position {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

interface Parsed {
  readonly file: string;
  readonly text: string;
  readonly document: Document;
}

/** What a path is looked for in. */
interface Looking {
  /** Lists of files, documents or services are put together, so that an index may become another one. */
  readonly hasOtherIndexes: boolean;
  /** Parts of all files. */
  readonly inFiles: (path: string) => readonly Part[];
}

/**
 * Whether something begins where a path leads in these files, or lies below that: also through aliases, merged maps and services that
 * others extend.
 */
export function standsAt(
  { file, line, column }: Position,
  path: string,
  where: "there" | "below",
  files: Readonly<Record<string, string>>,
): boolean {
  const text = files[file];
  if (text === undefined) return false;
  const all = Object.entries(files).flatMap(([name, read]) => parsed(name, read));
  const offset = (new Source(file, text).startOf(line) ?? 0) + column - 1;
  return partsAt(asFolded(path), all).some(
    ({ file: name, start, end, isAliased }) =>
      name === file && (where === "there" ? start === offset && isAliased !== true : start <= offset && offset < end),
  );
}

/** What ends a line to go-yaml and not to the library that reads it here; each is one character, as what it is replaced with. */
const otherBreaks = /\r(?!\n)|[\u0085\u2028\u2029]/g;

/** A key of several lines is one to the other. */
function asFolded(text: string): string {
  return text.replaceAll(/\s*[\r\u0085\u2028\u2029]\s*/g, " ").trim();
}

function parsed(file: string, text: string): readonly Parsed[] {
  if (!/\.ya?ml$/.test(file)) return [];
  // In a flow, the library takes no line that is not indented, and go-yaml does: either reading may be the one that has the place.
  return [...new Set([text.replaceAll(otherBreaks, " "), text.replaceAll(otherBreaks, "\n")])].flatMap((read) => {
    const documents = parseAllDocuments(read, { uniqueKeys: false, logLevel: "silent" });
    return Array.isArray(documents) ? documents.map((document) => ({ file, text, document })) : [];
  });
}

function partsAt(path: string, all: readonly Parsed[]): readonly Part[] {
  const seen = new Set<string>();
  const looking: Looking = {
    hasOtherIndexes: all.length > 1 || all.some(({ document }) => buildsOnOthers(document)),
    inFiles: (rest) => {
      // Services that extend each other lead here again.
      if (seen.has(rest)) return [];
      seen.add(rest);
      return all.flatMap((one) => partsIn(one.document.contents, rest, one, looking));
    },
  };
  return looking.inFiles(path);
}

function buildsOnOthers(document: Document): boolean {
  let isFound = false;
  visit(document, {
    Pair(_, { key }) {
      isFound ||= isScalar(key) && (key.value === "extends" || key.value === "include");
      return isFound ? visit.BREAK : undefined;
    },
  });
  return isFound;
}

function partsIn(node: Node | null, path: string, one: Parsed, looking: Looking, above: string = ""): readonly Part[] {
  const value = isAlias(node) ? (node.resolve(one.document) ?? null) : node;
  if (isSeq(value))
    return value.items.flatMap((item, index) => ofItem(item as Node, String(index), path, one, looking));
  if (!isMap(value)) return [];
  return value.items.flatMap((pair) => {
    const key = isScalar(pair.key) ? asFolded(String(pair.key.value)) : "";
    if (key === "<<") return partsOfMerged(pair.value as Node | null, path, one, looking, above);
    if (key === "extends" && /^services\.[^.]+$/.test(above)) return partsOfExtended(pair, path, looking);
    return isBefore(key, path) ? below(pair, key, path, one, looking, above) : [];
  });
}

function isBefore(key: string, path: string): boolean {
  return path === key || path.startsWith(`${key}.`);
}

function below(pair: Pair, key: string, path: string, one: Parsed, looking: Looking, above: string): readonly Part[] {
  const value = pair.value as Node | null;
  if (path !== key)
    return partsIn(value, path.slice(key.length + 1), one, looking, above === "" ? key : `${above}.${key}`);
  const target = isAlias(value) ? (value.resolve(one.document) ?? null) : value;
  return [
    ...[pair.key as Node, value, target].flatMap((node) => partOf(node, one)),
    ...aliasedIn(target, one, new Set()),
    ...(above === "services" ? extendedBy(target, looking) : []),
  ];
}

/** What a service has of another one that it extends: told of that one, where both have it. */
function extendedBy(service: Node | null, looking: Looking): readonly Part[] {
  const name = isMap(service) ? extendedName(service.get("extends")) : undefined;
  return name === undefined
    ? []
    : looking.inFiles(`services.${name}`).map((part): Part => ({ ...part, isAliased: true }));
}

function aliasedIn(node: Node | null, one: Parsed, seen: Set<Node>): readonly Part[] {
  const found: Node[] = [];
  if (node !== null)
    visit(node, {
      Alias(_, alias) {
        const target = alias.resolve(one.document);
        if (target !== undefined && !seen.has(target)) found.push(target);
      },
    });
  for (const target of found) seen.add(target);
  return found.flatMap((target) => [
    ...partOf(target, one).map((part): Part => ({ ...part, isAliased: true })),
    ...aliasedIn(target, one, seen),
  ]);
}

function ofItem(item: Node, index: string, path: string, one: Parsed, looking: Looking): readonly Part[] {
  const [first = "", ...rest] = path.split(".");
  const isNamed = isScalar(item) && nameOf(String(item.value)) === first;
  const isAny = first === "*" || (looking.hasOtherIndexes && /^\d+$/.test(first));
  if (!isNamed && first !== index && !isAny) return [];
  return rest.length === 0 || isNamed ? partOf(item, one) : partsIn(item, rest.join("."), one, looking);
}

/** Of an item that is an entry of a map, too. */
function nameOf(item: string): string {
  return item.replace(/[=:][^]*$/, "");
}

function partsOfMerged(
  merged: Node | null,
  path: string,
  one: Parsed,
  looking: Looking,
  above: string,
): readonly Part[] {
  const value = isAlias(merged) ? (merged.resolve(one.document) ?? null) : merged;
  const maps = isSeq(value) ? value.items : [value];
  return maps.flatMap((map) => partsIn(map as Node | null, path, one, looking, above));
}

function partsOfExtended({ value }: Pair, path: string, looking: Looking): readonly Part[] {
  const name = extendedName(value);
  return name === undefined ? [] : looking.inFiles(`services.${name}.${path}`);
}

function extendedName(value: unknown): string | undefined {
  const name = isMap(value) ? value.get("service") : isScalar(value) ? value.value : value;
  return typeof name === "string" ? name : undefined;
}

function partOf(node: Node | null, { file, text }: Parsed): readonly Part[] {
  if (node?.range == null) return [];
  const [start, end] = node.range;
  if (start < end) return [{ file, start, end }];
  // What is empty is anywhere in the blanks behind its dash or colon.
  const before = text.slice(text.lastIndexOf("\n", start - 1) + 1, start);
  const blanks = before.length - before.trimEnd().length;
  return Array.from({ length: blanks + 1 }, (_, back) => ({ file, start: start - back, end: start }));
}
