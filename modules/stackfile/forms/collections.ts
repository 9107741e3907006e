import { printPath } from "../diagnostics.ts";
import { isUnknown } from "../unknown.ts";
import { type Entry, list, map, mapAt, type Node, scalar, scalarAt, shownScalar } from "../tree/node.ts";
import { printScalar } from "../tree/scalars.ts";
import { withinValue } from "../tree/within.ts";
import { dictionary, list as listOf, type LongForm, reading, string, text } from "../keys/shape.ts";
import { splitWords } from "./words.ts";

const strings = [listOf(string())];

/** `- NAME=value` and `- NAME` become a map. A later item wins. */
export const keyValues: LongForm = reading(strings, (node, at) => {
  if (node.kind !== "list") return node;
  const entries = new Map<string, Entry>();
  for (const item of node.items) {
    if (item.kind !== "scalar" || typeof item.value !== "string") return node;
    const equals = item.value.indexOf("=");
    const key = equals === -1 ? item.value : item.value.slice(0, equals);
    const value = equals === -1 ? null : item.value.slice(equals + 1);
    if (entries.has(key)) {
      at.diagnostics.warning(item.place, at.path, {
        code: "duplicate",
        message: `${printPath(at.path)} has ${key} twice, and this later entry replaces the one before`,
        hint: "keep one of the two",
      });
    }
    entries.set(key, { keyPlace: item.place, value: scalar(value, item.place) });
  }
  return map(entries, node.place);
});

/** As `keyValues`; what has no value is empty. */
export const keyValuesOrEmpty: LongForm = reading([...strings, dictionary(text({ nullable: true }))], (node, at) => {
  const form = keyValues(node, at);
  if (form?.kind !== "map") return form;
  const entries = [...form.entries].map(([key, entry]): [string, Entry] => [
    key,
    entry.value.kind === "scalar" && entry.value.value === null
      ? { ...entry, value: scalar("", entry.value.place) }
      : entry,
  ]);
  return map(entries, form.place);
});

/** A list of names becomes a map with `make()` as each value. */
export function namesTo(make: (item: Node) => Node): LongForm {
  return reading(strings, (node) => {
    if (node.kind !== "list") return node;
    const entries = new Map<string, Entry>();
    for (const item of node.items) {
      if (item.kind !== "scalar" || typeof item.value !== "string") return node;
      entries.set(item.value, { keyPlace: item.place, value: make(item) });
    }
    return map(entries, node.place);
  });
}

export const dependencyNames = namesTo((item) => mapAt(item.place, { condition: "service_started", required: true }));
export const networkNames = namesTo((item) => scalar(null, item.place));

/** One string stands for a list of one; empty strings count as absent. */
export const oneOrMoreServers: LongForm = reading([string()], (node, at) => {
  const form = oneOrMore(node, at);
  if (form?.kind !== "list") return form;
  return { ...form, items: form.items.filter((item) => item.kind !== "scalar" || item.value !== "") };
});

/** One string stands for a list of one. */
export const oneOrMore: LongForm = reading([string()], (node) =>
  node.kind === "scalar" && typeof node.value === "string" ? list([node], node.place) : node,
);

/** A string becomes the value of `key`. */
export function stringAs(key: string, more: Readonly<Record<string, boolean>> = {}): LongForm {
  return reading([string()], (node) =>
    node.kind === "scalar" && typeof node.value === "string" ? mapAt(node.place, { [key]: node, ...more }) : node,
  );
}

/** A command string is split into words without a shell. */
export const words: LongForm = reading([string()], (node, at) => {
  if (node.kind !== "scalar" || typeof node.value !== "string") return node;
  if (isUnknown(node.value)) return list([node], node.place);
  const split = splitWords(node.value);
  if (split === undefined) {
    at.diagnostics.error(node.place, at.path, {
      code: "invalid-value",
      message: `this command cannot be split into words: ${shownScalar(node)}`,
      hint: 'close every quote; for a shell write ["sh", "-c", "…"]',
    });
    return undefined;
  }
  if (split.cutAt !== undefined) {
    const operator = node.value.charAt(split.cutAt);
    at.diagnostics.warning(withinValue(node.place, node.value, split.cutAt), at.path, {
      code: "cut-command",
      message: `the command ends at the unquoted "${operator}": no shell runs it`,
      hint: 'for a shell write ["sh", "-c", "…"]; to pass the character on, quote it',
    });
  }
  return list(
    split.words.map((word) => scalar(word, node.place)),
    node.place,
  );
});

/** A health check given as a string runs in a shell. */
export const healthTest: LongForm = reading([string()], (node) =>
  node.kind === "scalar" && typeof node.value === "string"
    ? list([scalar("CMD-SHELL", node.place), node], node.place)
    : node,
);

/** `HOST: IP`, `HOST: [IP, IP]`, `- HOST=IP` and `- HOST:IP` become `HOST=IP` items, sorted. */
export const extraHosts: LongForm = reading([dictionary(listOf(string(), { longForm: oneOrMore }))], (node, at) => {
  const pairs = node.kind === "map" ? hostPairs(node.entries) : node.kind === "list" ? node.items : undefined;
  if (pairs === undefined) return node;
  const items: Node[] = [];
  for (const item of pairs) {
    if (item.kind !== "scalar" || typeof item.value !== "string") return node;
    const [host, addresses] = splitHost(item.value);
    if (addresses === undefined || host === "" || /[:=]/.test(host)) {
      at.diagnostics.error(item.place, at.path, {
        code: "invalid-value",
        message: `"${shownScalar(item)}" is not a host with its address`,
        hint: 'write "name=192.0.2.1"',
      });
      continue;
    }
    for (const address of addresses.split(",")) {
      items.push(scalar(`${host}=${address.replace(/^\[(.+)\]$/, "$1")}`, item.place));
    }
  }
  return list(items, node.place);
});

function splitHost(text: string): readonly [string, string | undefined] {
  const at = text.includes("=") ? text.indexOf("=") : text.indexOf(":");
  return at === -1 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}

function hostPairs(entries: ReadonlyMap<string, Entry>): readonly Node[] {
  return [...entries].flatMap(([host, { value }]) => {
    const values = value.kind === "list" ? value.items : [value];
    return values.map((item) =>
      item.kind === "scalar" && item.value !== null ? scalar(`${host}=${printScalar(item.value)}`, item.place) : item,
    );
  });
}

/** `SOURCE[:TARGET[:PERMISSIONS]]` becomes a device mapping. */
export const deviceLongForm: LongForm = reading([string()], (node, at) => {
  if (node.kind !== "scalar" || typeof node.value !== "string") return node;
  if (isUnknown(node.value)) {
    at.leaveOut(node.place, at.path);
    return undefined;
  }
  const [source = "", target = source, permissions = "rwm", ...more] = node.value.split(":");
  if (more.length === 0) {
    return mapAt(node.place, { source, target: target === "" ? source : target, permissions });
  }
  at.diagnostics.error(node.place, at.path, {
    code: "invalid-value",
    message: `"${shownScalar(node)}" has too many colons for a device`,
    hint: 'write "/dev/SOURCE:/dev/TARGET:rwm"',
  });
  return undefined;
});

/** `external: { name: X }` is the old way to write `external: true` with a name. */
export const externalName: LongForm = reading([], (node) => {
  if (node.kind !== "map") return node;
  const external = node.entries.get("external");
  if (external?.value.kind !== "map") return node;
  const entries = new Map(node.entries);
  entries.set("external", { ...external, value: scalar(true, external.value.place) });
  const named = external.value.entries.get("name");
  if (named !== undefined && !entries.has("name")) entries.set("name", named);
  return { ...node, entries };
});

/** What comes before `=`: two such items of a list are one. */
export function nameBeforeEquals(item: Node): string {
  const value = item.kind === "scalar" ? String(item.value) : "";
  const equals = value.indexOf("=");
  return equals === -1 ? value : value.slice(0, equals);
}

/** The item itself: identical items of a list are one. */
export function sameText(item: Node): string {
  return item.kind === "scalar" ? String(item.value) : "";
}

export function fileTarget(folder: string): (item: Node) => string {
  return (item) => String(scalarAt(item, "target") ?? `${folder}/${String(scalarAt(item, "source") ?? "")}`);
}

export function valueOf(key: string): (item: Node) => string {
  return (item) => String(scalarAt(item, key) ?? "");
}
