import { printPath } from "../tree/diagnostics.ts";
import { isIpAddress } from "../forms/ports.ts";
import type { At } from "../shapes/at.ts";
import { isExtension } from "../shapes/shape.ts";
import {
  childOf,
  type Entry,
  indexOf,
  type MapNode,
  type Node,
  type Path,
  type Place,
  scalarAt,
  shownScalar,
} from "../tree/node.ts";
import { isUnknown } from "../unknown.ts";
import { type FileSection, fileWays, needsOneWay } from "./file-ways.ts";

/** Checks what is wrong in itself, whoever uses it: keys that rule each other out, addresses. */
export function checkValues(tree: Node, at: At): void {
  for (const [path, volume] of entriesOf(tree, "volumes")) checkExternal(volume, path, at);
  for (const section of ["configs", "secrets"] as const) {
    for (const [path, file, place] of entriesOf(tree, section)) checkWays(file, { path, place, section }, at);
  }
  for (const [path, service] of entriesOf(tree, "services")) {
    eachItem(service, "ports", path, (port, here) => checkAddress(port, here, at));
    const devices = childOf(childOf(childOf(service, "deploy"), "resources"), "reservations");
    eachItem(devices, "devices", [...path, "deploy", "resources", "reservations"], (device, here) =>
      checkDevice(device, here, at),
    );
    eachItem(service, "gpus", path, (device, here) => checkDevice(device, here, at));
    eachItem(childOf(service, "develop"), "watch", [...path, "develop"], (watch, here) => checkWatch(watch, here, at));
  }
}

function entriesOf(tree: Node, key: string): readonly (readonly [Path, MapNode, Place])[] {
  const section = childOf(tree, key);
  if (section?.kind !== "map") return [];
  return [...section.entries].flatMap(([name, { value, keyPlace }]) =>
    value.kind === "map" ? [[[key, name], value, keyPlace]] : [],
  );
}

function eachItem(parent: Node | undefined, key: string, path: Path, check: (item: Node, path: Path) => void): void {
  const items = childOf(parent, key);
  if (items?.kind === "list")
    items.items.forEach((item, position) => check(item, [...path, key, indexOf(items, position)]));
}

function checkExternal(volume: MapNode, path: Path, at: At): void {
  if (scalarAt(volume, "external") !== true) return;
  for (const [name, { keyPlace }] of volume.entries) {
    if (["name", "external"].includes(name) || isExtension(name)) continue;
    at.diagnostics.error(keyPlace, [...path, name], {
      code: "conflict",
      message: `${printPath(path)} is external, so it cannot have "${name}"`,
      hint: "an external volume exists already; only its name is given",
    });
  }
}

interface FileOf {
  readonly path: Path;
  /** That of its name. */
  readonly place: Place;
  readonly section: FileSection;
}

function checkWays(node: MapNode, { path, place, section }: FileOf, at: At): void {
  const ways = fileWays[section];
  const given = ways.filter((way) => node.entries.has(way));
  const elsewhere = node.entries.has("driver") || node.entries.has("external");
  if (given.length === 1 || (given.length === 0 && elsewhere)) return;
  const message = needsOneWay(path, section);
  if (given.length === 0) {
    at.diagnostics.lacks(place, path, { keys: ways, message });
    return;
  }
  at.diagnostics.error(keyPlaceOf(node, given[1]) ?? place, path, {
    code: "conflict",
    message: `${message}, not ${given.join(" and ")}`,
    from: ways.map((way) => [...path, way]),
  });
}

function keyPlaceOf(node: MapNode, key: string | undefined): Entry["keyPlace"] | undefined {
  return key === undefined ? undefined : node.entries.get(key)?.keyPlace;
}

function checkAddress(port: Node, path: Path, at: At): void {
  const address = childOf(port, "host_ip");
  if (address?.kind !== "scalar" || isUnknown(address.value) || isIpAddress(String(address.value))) return;
  at.diagnostics.error(address.place, [...path, "host_ip"], {
    code: "invalid-value",
    message: `${printPath(path)}.host_ip must be an IP address, not "${shownScalar(address)}"`,
  });
}

function checkDevice(device: Node, path: Path, at: At): void {
  if (childOf(device, "count") === undefined || childOf(device, "device_ids") === undefined) return;
  at.diagnostics.error(device.place, path, {
    code: "conflict",
    message: `${printPath(path)} has both "count" and "device_ids"`,
    hint: "keep one of the two",
  });
}

function checkWatch(watch: Node, path: Path, at: At): void {
  if (scalarAt(watch, "path") !== "") return;
  at.diagnostics.error(watch.place, [...path, "path"], {
    code: "invalid-value",
    message: `${printPath(path)}.path must not be empty`,
  });
}
