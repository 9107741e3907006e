import { Document, isScalar, type ScalarTag, visit } from "yaml";
import { Moment } from "./tree/exact.ts";
import { resolvePlain } from "./tree/scalars.ts";

/**
 * YAML of a model, without anchors. Collections and words are written here; what else there is by the library, which knows all of
 * YAML's styles and takes several times as long.
 */
export function printYaml(model: object): string {
  const lines: string[] = [];
  writeBlock(model, "", lines);
  return `${lines.length === 0 ? "{}" : lines.join("\n")}\n`;
}

function writeBlock(collection: object, indent: string, lines: string[]): void {
  if (Array.isArray(collection)) for (const item of collection as readonly unknown[]) writeItem(item, indent, lines);
  else for (const [key, value] of Object.entries(collection)) writeEntry(key, value, indent, lines);
}

function writeEntry(key: string, value: unknown, indent: string, lines: string[]): void {
  if (value === undefined) return;
  const name = key.length <= longestKey ? inline(key) : undefined;
  const text = inline(value);
  if (name !== undefined && text !== undefined) {
    lines.push(`${indent}${name}: ${text}`);
  } else if (name !== undefined && isCollection(value)) {
    const line = lines.push(`${indent}${name}:`) - 1;
    writeBlock(value, `${indent}  `, lines);
    if (lines.length === line + 1) lines[line] = `${indent}${name}: ${emptyOf(value)}`;
  } else {
    writeByLibrary({ [key]: value }, indent, lines);
  }
}

function writeItem(item: unknown, indent: string, lines: string[]): void {
  const text = inline(item);
  if (text !== undefined) {
    lines.push(`${indent}- ${text}`);
  } else if (isCollection(item)) {
    const first = lines.length;
    writeBlock(item, `${indent}  `, lines);
    lines[first] = `${indent}- ${lines[first]?.slice(indent.length + 2) ?? emptyOf(item)}`;
  } else {
    writeByLibrary([item], indent, lines);
  }
}

function isCollection(value: unknown): value is object {
  return typeof value === "object" && value !== null && !(value instanceof Moment);
}

function emptyOf(collection: object): string {
  return Array.isArray(collection) ? "[]" : "{}";
}

/** What has one style only, in one line: words with nothing in them that means something in YAML, and what is no text. */
function inline(value: unknown): string | undefined {
  if (typeof value === "string") return value !== "" && !isWords(value) ? undefined : quotedAsNeeded(value);
  const isExact = typeof value === "bigint" || Number.isSafeInteger(value);
  return value === null || typeof value === "boolean" || isExact ? String(value) : undefined;
}

function quotedAsNeeded(text: string): string {
  return needsQuotes(text) ? `"${text}"` : text;
}

function isWords(text: string): boolean {
  return signs.test(text) && !gaps.test(text);
}

const signs = /^(?:[\w./$]|-[\w./$-])[\w./$=@+,%~!?*&;<>()^ :-]*$/;
const gaps = /[ :](?:[ :]|$)/;

/** YAML ends a key that begins without a question mark at 1,024 characters. */
const longestKey = 1_000;

function writeByLibrary(collection: object, indent: string, lines: string[]): void {
  const document = new Document(collection, { aliasDuplicateObjects: false, customTags: [moment] });
  visit(document, {
    Scalar(_key, node) {
      if (isScalar(node) && typeof node.value === "string" && needsQuotes(node.value)) node.type = "QUOTE_DOUBLE";
    },
  });
  for (const line of document.toString({ lineWidth: 0 }).replace(/\n$/, "").split("\n"))
    lines.push(line === "" ? line : `${indent}${line}`);
}

/** Without quotes it is read as a moment again. */
const moment: ScalarTag = {
  tag: "tag:yaml.org,2002:timestamp",
  default: true,
  test: /(?!)/,
  resolve: (text) => text,
  identify: (value) => value instanceof Moment,
  stringify: ({ value }) => (value as Moment).text,
};

/** What is another value without quotes, in YAML 1.2 or as a stack file is read. */
function needsQuotes(text: string): boolean {
  const { value, go } = resolvePlain(text);
  // A merge key; what a block would lose; control characters and what ends a line in some YAML.
  return (
    value !== text ||
    go !== undefined ||
    text === "<<" ||
    numeral.test(text) ||
    /^\s|[\t\r]|[ \n]\n|\s$|[^\P{Cc}\n]|[\u2028\u2029\ufeff]/u.test(text)
  );
}

/** Of YAML 1.2, where no number is too large. */
const numeral = /^[-+]?(?:\.\d+|\d+(?:\.\d*)?)(?:[eE][-+]?\d+)?$/;
