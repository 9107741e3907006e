import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  parseAllDocuments,
  visit,
} from "yaml";

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
  readonly document: Document;
  readonly lines: LineCounter;
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
  const all = Object.entries(files).flatMap(([name, text]) => parsed(name, text));
  const here = all.find((one) => one.file === file);
  if (here === undefined) return false;
  const offset = (here.lines.lineStarts[line - 1] ?? 0) + column - 1;
  return partsAt(path, all).some(
    ({ file: name, start, end, isAliased }) =>
      name === file && (where === "there" ? start === offset && isAliased !== true : start <= offset && offset < end),
  );
}

function parsed(file: string, text: string): readonly Parsed[] {
  if (!/\.ya?ml$/.test(file)) return [];
  const lines = new LineCounter();
  const documents = parseAllDocuments(text, { lineCounter: lines, uniqueKeys: false, logLevel: "silent" });
  return Array.isArray(documents) ? documents.map((document) => ({ file, document, lines })) : [];
}

function partsAt(path: string, all: readonly Parsed[]): readonly Part[] {
  const seen = new Set<string>();
  const inFiles = (rest: string): readonly Part[] => {
    // Services that extend each other lead here again.
    if (seen.has(rest)) return [];
    seen.add(rest);
    return all.flatMap((one) => partsIn(one.document.contents, rest, one, inFiles));
  };
  return inFiles(path);
}

type InFiles = (path: string) => readonly Part[];

function partsIn(node: Node | null, path: string, one: Parsed, inFiles: InFiles, above: string = ""): readonly Part[] {
  const value = isAlias(node) ? (node.resolve(one.document) ?? null) : node;
  if (isSeq(value))
    return value.items.flatMap((item, index) => ofItem(item as Node, String(index), path, one, inFiles));
  if (!isMap(value)) return [];
  return value.items.flatMap((pair) => {
    const key = isScalar(pair.key) ? String(pair.key.value) : "";
    if (key === "<<") return partsOfMerged(pair.value as Node | null, path, one, inFiles, above);
    if (key === "extends" && /^services\.[^.]+$/.test(above)) return partsOfExtended(pair, path, inFiles);
    return isBefore(key, path) ? below(pair, key, path, one, inFiles, above) : [];
  });
}

function isBefore(key: string, path: string): boolean {
  return path === key || path.startsWith(`${key}.`);
}

function below(pair: Pair, key: string, path: string, one: Parsed, inFiles: InFiles, above: string): readonly Part[] {
  const value = pair.value as Node | null;
  if (path !== key)
    return partsIn(value, path.slice(key.length + 1), one, inFiles, above === "" ? key : `${above}.${key}`);
  const target = isAlias(value) ? (value.resolve(one.document) ?? null) : value;
  return [
    ...[pair.key as Node, value, target].flatMap((node) => partOf(node, one)),
    ...aliasedIn(target, one, new Set()),
  ];
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

/** An index may have become another one, as lists of files are put together. */
function ofItem(item: Node, index: string, path: string, one: Parsed, inFiles: InFiles): readonly Part[] {
  const [first = "", ...rest] = path.split(".");
  const isNamed = isScalar(item) && String(item.value).startsWith(first);
  if (!isNamed && first !== index && !/^(?:\d+|\*)$/.test(first)) return [];
  return rest.length === 0 || isNamed ? partOf(item, one) : partsIn(item, rest.join("."), one, inFiles);
}

function partsOfMerged(
  merged: Node | null,
  path: string,
  one: Parsed,
  inFiles: InFiles,
  above: string,
): readonly Part[] {
  const value = isAlias(merged) ? (merged.resolve(one.document) ?? null) : merged;
  const maps = isSeq(value) ? value.items : [value];
  return maps.flatMap((map) => partsIn(map as Node | null, path, one, inFiles, above));
}

function partsOfExtended({ value }: Pair, path: string, inFiles: InFiles): readonly Part[] {
  const name = isMap(value) ? value.get("service") : isScalar(value) ? value.value : undefined;
  return typeof name === "string" ? inFiles(`services.${name}.${path}`) : [];
}

function partOf(node: Node | null, { file }: Parsed): readonly Part[] {
  return node?.range == null ? [] : [{ file, start: node.range[0], end: node.range[1] }];
}
