import { readFileSync } from "node:fs";
import * as pulumi from "@pulumi/pulumi";
import { loadStackFile } from "../../stackfile/load.ts";
import type { Port } from "../../stackfile/model.ts";
import type { Path } from "../../stackfile/tree/node.ts";
import { isUnknown, unknownValue } from "../../stackfile/unknown.ts";
import { isErrno } from "../../system/files.ts";
import { isLoopback } from "../../system/loopback.ts";
import type { AppSource } from "../host.ts";
import { refuse } from "../validate.ts";

/** Ports that an app publishes at its host's address: one, or a range that the engine chooses from. */
export interface PublishedPort {
  readonly service: string;
  readonly from: number;
  readonly to: number;
  /** In the container. */
  readonly target: number;
  readonly protocol: "tcp" | "udp";
}

/**
 * What an app publishes to others, known while the program runs. A stack file with errors publishes nothing here: the app's own check
 * tells them, with their places.
 *
 * @throws where a port cannot be known: a firewall cannot open it
 */
export function publishedPorts(app: AppSource): readonly PublishedPort[] {
  const where = `App ${app.name}`;
  const { known, unknown } = variablesOf(app, where);
  const { model, unknown: left } = loadStackFile(
    {
      files: app.files ?? [],
      ...(app.inline === undefined ? {} : { inline: withoutOutputs(app.inline) as Record<string, unknown> }),
      ...(app.projectDirectory === undefined ? {} : { projectDirectory: app.projectDirectory }),
      ...(app.envFiles === undefined ? {} : { envFiles: app.envFiles }),
      ...(app.profiles === undefined ? {} : { profiles: app.profiles }),
      unknownVariables: unknown,
    },
    { readFile: readText, env: { HOME: process.env["HOME"] ?? "/", ...known } },
  );
  const hidden = [...outputsIn(app.inline), ...left.map(({ path }) => path)].find(mayHidePorts);
  if (hidden !== undefined) refuse(where, hidden.slice(0, 3).join("."), notKnown);
  if (model === undefined) return [];
  return Object.entries(model.services).flatMap(([service, { ports = [] }]) =>
    ports
      .filter(({ host_ip: address }) => address === undefined || !isLoopback(address))
      .map((port) => asPublished(where, service, port)),
  );
}

/** Whether ports may be in a part: they are it, or it is around them, or it takes them over from elsewhere. */
function mayHidePorts([section, service, key]: Path): boolean {
  if (section === "include") return true;
  return section === "services" && (service === undefined || key === undefined || key === "ports" || key === "extends");
}

const notKnown = "is not known before up: behind the firewall of its host a port is written out";

function asPublished(where: string, service: string, { published, target, protocol }: Port): PublishedPort {
  const argument = `services.${service}.ports`;
  if (isUnknown(published)) refuse(where, argument, notKnown);
  const [, from, to = from] = /^(\d+)(?:-(\d+))?$/.exec(published ?? "") ?? [];
  if (from === undefined || from === "0") {
    const fix = `"8080:${target}" fixes it, "127.0.0.1::${target}" keeps it to the host`;
    refuse(
      where,
      argument,
      `leaves the port for ${target} open, and the firewall of its host opens none by chance: ${fix}`,
    );
  }
  return { service, from: Number(from), to: Number(to), target, protocol };
}

interface Variables {
  readonly known: Readonly<Record<string, string>>;
  readonly unknown: readonly string[];
}

function variablesOf({ variables = {}, secrets = {} }: AppSource, where: string): Variables {
  const known: Record<string, string> = {};
  const unknown: string[] = [];
  for (const [argument, values] of Object.entries({ variables, secrets })) {
    if (isLater(values))
      refuse(where, argument, "is one output: behind a firewall give an object, whose values may be outputs");
    for (const [name, value] of Object.entries(values as Record<string, pulumi.Input<string>>)) {
      if (typeof value === "string") known[name] = value;
      else unknown.push(name);
    }
  }
  return { known, unknown };
}

/** The object with the loader's mark in place of what is known later. */
function withoutOutputs(value: unknown): unknown {
  if (isLater(value)) return unknownValue;
  if (Array.isArray(value)) return value.map(withoutOutputs);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withoutOutputs(item)]));
}

/** Where in the object something is known later. */
function outputsIn(value: unknown, path: Path = []): readonly Path[] {
  if (isLater(value)) return [path];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, item]) => outputsIn(item, [...path, key]));
}

function isLater(value: unknown): boolean {
  return pulumi.Output.isInstance(value) || value instanceof Promise;
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (isErrno(error, "ENOENT") || isErrno(error, "EISDIR") || isErrno(error, "EACCES")) return undefined;
    throw error;
  }
}
