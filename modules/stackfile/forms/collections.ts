import { canonicalJson } from "../canonical-json.ts";
import { printPath } from "../tree/diagnostics.ts";
import {
  childOf,
  type Entry,
  list,
  map,
  mapAt,
  type Node,
  scalar,
  scalarAt,
  shownScalar,
  toValue,
} from "../tree/node.ts";
import { quoteIt } from "../tree/quoting.ts";
import { printScalar } from "../tree/scalars.ts";
import { shownValue } from "../tree/within.ts";
import type { At } from "../shapes/at.ts";
import type { LongForm } from "../shapes/shape.ts";
import { isInt, isText } from "./scalars.ts";

/** A list of names becomes a map with `make()` as each value. */
function namesTo(make: (item: Node) => Node): LongForm {
  return (node) => {
    if (node.kind !== "list") return node;
    const entries = new Map<string, Entry>();
    for (const item of node.items) {
      if (item.kind !== "scalar" || typeof item.value !== "string") return node;
      const place = { ...item.place, key: item.value };
      entries.set(item.value, { keyPlace: place, value: make({ ...item, place }) });
    }
    return map(entries, node.place);
  };
}

const started = (item: Node): Node => mapAt(item.place, { condition: "service_started", required: true });

export const dependencyNames = namesTo(started);
export const networkNames = namesTo((item) => scalar(null, item.place));

/** The long form of a dependency has the defaults of the short one. */
export const dependencies: LongForm = (node, at) => {
  const form = dependencyNames(node, at);
  if (form?.kind !== "map") return form;
  const entries = new Map<string, Entry>();
  for (const [name, entry] of form.entries) {
    const value = entry.value;
    if (value.kind !== "map") {
      misfit(value, at.below(name), "a map");
      continue;
    }
    const defaults = started(value);
    const complete = defaults.kind === "map" ? new Map([...defaults.entries, ...value.entries]) : value.entries;
    entries.set(name, { ...entry, value: { ...value, entries: complete } });
  }
  return { ...form, entries };
};

/** One string stands for a list of one. */
export const oneOrMore: LongForm = (node) =>
  node.kind === "scalar" && typeof node.value === "string" ? list([node], node.place) : node;

/** Any single value stands for a list of one. */
export const listOfOne: LongForm = (node) => (node.kind === "scalar" ? list([node], node.place) : node);

/** A string becomes the value of `key`. */
export function stringAs(key: string, more: Readonly<Record<string, boolean>> = {}): LongForm {
  return (node) =>
    node.kind === "scalar" && typeof node.value === "string" ? mapAt(node.place, { [key]: node, ...more }) : node;
}

/** `SOURCE[:TARGET[:PERMISSIONS]]` becomes a device mapping. */
export const deviceLongForm: LongForm = (node, at) => {
  if (node.kind !== "scalar" || typeof node.value !== "string") return node;
  const [source = "", target = source, permissions = "rwm", ...more] = node.value.split(":");
  if (more.length === 0) {
    return mapAt(node.place, { source, target: target === "" ? source : target, permissions });
  }
  if (at.leavesTexts) return node;
  at.diagnostics.error(node.place, at.path, {
    code: "invalid-value",
    message: `${printPath(at.path)} must be a device, and "${shownScalar(node)}" has too many colons`,
    hint: 'write "/dev/SOURCE:/dev/TARGET:rwm"',
  });
  return undefined;
};

/** `external: { name: X }` is the old way to write `external: true` with a name. */
export const externalName: LongForm = (node, at) => {
  if (node.kind !== "map") return node;
  const external = node.entries.get("external");
  if (external?.value.kind !== "map") return node;
  const entries = new Map(node.entries);
  entries.set("external", { ...external, value: scalar(true, external.value.place) });
  const given = external.value.entries.get("name");
  const own = node.entries.get("name");
  if (given !== undefined && own === undefined) entries.set("name", given);
  if (given !== undefined && own !== undefined && scalarAt(external.value, "name") !== scalarAt(node, "name")) {
    at.diagnostics.error(given.keyPlace, at.path, {
      code: "conflict",
      message: `${printPath(at.path)} has both "name" and "external.name", and they differ`,
      hint: 'keep "name", and write "external: true"',
    });
  }
  return { ...node, entries };
};

/** A word of YAML becomes a text. */
export const printed: LongForm = (node) =>
  node.kind === "scalar" && node.value !== null ? scalar(printScalar(node), node.place) : node;

/** `NAME=VALUE` items become a map. */
export const contextPairs: LongForm = (node, at) => {
  if (node.kind !== "list") return node;
  const entries = new Map<string, Entry>();
  for (const item of node.items) {
    const value = item.kind === "scalar" ? String(item.value) : "";
    const equals = value.indexOf("=");
    if (equals === -1) {
      if (at.leavesTexts) return node;
      at.diagnostics.error(item.place, at.path, {
        code: "invalid-value",
        message: `${printPath(at.path)} must have items NAME=CONTEXT, not "${shownValue(item.place, value)}"`,
        hint: 'write "NAME=CONTEXT"',
      });
      return undefined;
    }
    const key = value.slice(0, equals);
    const place = { ...item.place, key };
    entries.set(key, { keyPlace: place, value: scalar(value.slice(equals + 1), place) });
  }
  return map(entries, node.place);
};

/** A limit is whole: not even a float without a fraction will do, nor what only a number without a sign has room for, nor a moment. */
export const wholeLimit: LongForm = (node, at) => {
  if (node.kind !== "scalar" || node.go === undefined || node.go === "int") return node;
  at.diagnostics.error(node.place, at.path, {
    code: "wrong-type",
    message: `${printPath(at.path)} must be a whole number, not ${shownScalar(node)}`,
  });
  return undefined;
};

/** `default` or `ID=PATH` items become a map. */
export const sshKeys: LongForm = (node, at) => {
  if (node.kind !== "list") return node;
  const entries = new Map<string, Entry>();
  for (const item of node.items) {
    const value = item.kind === "scalar" ? String(item.value) : "";
    const equals = value.indexOf("=");
    if (equals === -1 && value !== "default") {
      at.diagnostics.error(item.place, at.path, {
        code: "invalid-value",
        message: `${printPath(at.path)} must have items ID=PATH or default, not "${shownValue(item.place, value)}"`,
      });
      return undefined;
    }
    const path = equals === -1 ? null : value.slice(equals + 1);
    const id = equals === -1 ? value : value.slice(0, equals);
    const place = { ...item.place, key: id };
    entries.set(id, { keyPlace: place, value: scalar(path, place) });
  }
  return map(entries, node.place);
};

/** `all` stands for every device. */
export const allDevices: LongForm = (node) =>
  node.kind === "scalar" && node.value === "all" ? list([mapAt(node.place, { count: "all" })], node.place) : node;

/** Where neither a count nor ids are given, all devices are meant. */
export function completeDevices(node: Node): Node {
  if (node.kind !== "map" || node.entries.has("count") || node.entries.has("device_ids")) return node;
  const all: Entry = { keyPlace: node.place, value: scalar("all", node.place) };
  return { ...node, entries: new Map([...node.entries, ["count", all]]) };
}

/** A secret without a target is mounted by its name. */
export function completeSecret(node: Node): Node {
  if (node.kind !== "map" || node.entries.has("target")) return node;
  const source = scalarAt(node, "source");
  const target = scalar(`/run/secrets/${String(source ?? "")}`, node.place);
  return { ...node, entries: new Map([...node.entries, ["target", { keyPlace: node.place, value: target }]]) };
}

/** What comes before `=`: two such items of a list are one. */
export function nameBeforeEquals(item: Node, at: At): string | undefined {
  if (item.kind !== "scalar" || typeof item.value !== "string" || item.go !== undefined) {
    const isText = item.kind === "scalar" && item.value !== null;
    return misfit(item, at, "a string", isText ? quoteIt(item) : undefined);
  }
  const equals = item.value.indexOf("=");
  return equals === -1 ? item.value : item.value.slice(0, equals);
}

/** The item itself: identical items of a list are one. */
export function sameText(item: Node, at: At): string | undefined {
  const fits = item.kind === "scalar" && (isInt(item) || (typeof item.value === "string" && item.go === undefined));
  return fits ? String(item.value) : misfit(item, at, "a string or a whole number");
}

/** A config or secret is where it is mounted. */
export function fileTarget(folder: string): (item: Node, at: At) => string | undefined {
  return (item, at) => {
    if (item.kind === "scalar" && isText(item)) return `${folder}/${String(item.value)}`;
    if (item.kind !== "map") return misfit(item, at, "a name or a map");
    const source = childOf(item, "source");
    // Each source of another kind is one of its own; that it is wrong is found later.
    return String(scalarAt(item, "target") ?? `${folder}/${source === undefined ? "\0" : textOf(source)}`);
  };
}

function textOf(node: Node): string {
  return node.kind === "scalar" ? String(node.value ?? "\0") : canonicalJson(toValue(node));
}

/** As for Compose, whatever is neither a text nor a map is one and the same. */
export const otherItem = "";

/** A device is its path in the container. */
export function deviceTarget(item: Node, at: At): string | undefined {
  if (item.kind === "scalar" && isText(item)) {
    const [source = "", target = source] = String(item.value).split(":");
    return target;
  }
  return item.kind === "map" ? requiredText(item, "target", at) : otherItem;
}

/** An env file is its path. */
export function envFilePath(item: Node, at: At): string | undefined {
  if (item.kind === "scalar" && isText(item)) return String(item.value);
  return item.kind === "map" ? requiredText(item, "path", at) : otherItem;
}

/** The text of a key without which an item is nothing. What is there and is no text is found where values are checked. */
export function requiredText(item: Node, key: string, at: At): string | undefined {
  const value = scalarAt(item, key);
  if (typeof value === "string") return value;
  if (childOf(item, key) === undefined) at.diagnostics.missing(item.place, at.path, key);
  return undefined;
}

function misfit(item: Node, at: At, expected: string, hint?: string): string | undefined {
  at.diagnostics.error(item.place, at.path, {
    code: "wrong-type",
    message: `${printPath(at.path)} must be ${expected}, not ${shownItem(item)}`,
    hint,
  });
  return undefined;
}

function shownItem(item: Node): string {
  if (item.kind !== "scalar") return item.kind === "map" ? "a map" : "a list";
  if (item.value === null) return "empty";
  return typeof item.value === "string" && item.go === undefined ? `"${shownScalar(item)}"` : shownScalar(item);
}
