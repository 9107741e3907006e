import * as pulumi from "@pulumi/pulumi";
import { loadStackFile } from "../../stackfile/load.ts";
import type { Port } from "../../stackfile/model.ts";
import type { Path } from "../../stackfile/tree/node.ts";
import { isUnknown, unknownValue } from "../../stackfile/unknown.ts";
import { isLoopback } from "../../system/addresses.ts";
import { isFolder, readTextFile } from "../../system/text-file.ts";
import type { AppSource } from "../host.ts";

/** A port of a container that an app publishes to others than its own host. */
export interface Publication {
  readonly service: string;
  /** In the container. */
  readonly target: number;
  readonly protocol: "tcp" | "udp";
  /** Of the host, where the stack file names one: the port is published there alone. */
  readonly address?: string;
  readonly published: Published;
}

/** Where it is published: at one port, or one of a range that the engine chooses from; at any free one; at one that is known later. */
export type Published =
  | { readonly kind: "fixed"; readonly from: number; readonly to: number }
  | { readonly kind: "free" }
  | { readonly kind: "later" };

/** A service with the host's own network: it publishes nothing, and listens where it will. */
export interface OnHostNetwork {
  readonly service: string;
  /** Ports that it says it listens on. */
  readonly exposed: readonly Publication[];
}

/** What an app publishes, as far as it is known while the program runs. */
export interface Publications {
  readonly publications: readonly Publication[];
  readonly onHostNetwork: readonly OnHostNetwork[];
  /** The first argument in which more of them may be, and which is known later: `services.web.ports`. */
  readonly hidden?: string;
}

/** A stack file with errors publishes nothing here: the app's own check tells them, with their places. */
export function publicationsOf(app: AppSource): Publications {
  const { known, unknown, hidden: argument } = variablesOf(app);
  if (argument !== undefined) return { publications: [], onHostNetwork: [], hidden: argument };
  const {
    model,
    unknown: left,
    diagnostics,
  } = loadStackFile(
    {
      files: app.files ?? [],
      ...(app.inline === undefined ? {} : { inline: withoutOutputs(app.inline) as Record<string, unknown> }),
      ...(app.projectDirectory === undefined ? {} : { projectDirectory: app.projectDirectory }),
      ...(app.envFiles === undefined ? {} : { envFiles: app.envFiles }),
      ...(app.profiles === undefined ? {} : { profiles: app.profiles }),
      unknownVariables: unknown,
    },
    { readFile: readTextFile, isFolder, env: { HOME: process.env["HOME"] ?? "/", ...known } },
  );
  const later = [...left, ...diagnostics.filter(({ code }) => code === "known-later")];
  const paths = [...outputsIn(app.inline), ...later.map(({ path }) => path)];
  const hidden = paths.find(mayHidePorts)?.slice(0, 3).join(".");
  const services = Object.entries(model?.services ?? {});
  const onHostNetwork = services
    .filter(([, { network_mode: mode }]) => mode === "host")
    .map(([service, { expose = [] }]) => ({ service, exposed: expose.flatMap((port) => exposedOf(service, port)) }));
  const publications = services.flatMap(([service, { ports = [] }]) =>
    ports
      .filter(({ host_ip: address }) => address === undefined || !isLoopback(address))
      .map((port) => publicationOf(service, port)),
  );
  return { publications, onHostNetwork, ...(hidden === undefined ? {} : { hidden }) };
}

/** Whether ports may be in a part: they are it, or it is around them, or it takes them over from elsewhere. */
function mayHidePorts([section, service, key]: Path): boolean {
  if (section === "include") return true;
  return section === "services" && (service === undefined || key === undefined || key === "ports" || key === "extends");
}

function publicationOf(service: string, { published, target, protocol, host_ip: address }: Port): Publication {
  const known = { service, target, protocol, ...(address === undefined ? {} : { address }) };
  if (isUnknown(published)) return { ...known, published: { kind: "later" } };
  const [, from, to = from] = /^(\d+)(?:-(\d+))?$/.exec(published ?? "") ?? [];
  if (from === undefined || from === "0") return { ...known, published: { kind: "free" } };
  return { ...known, published: { kind: "fixed", from: Number(from), to: Number(to) } };
}

/** `5432`, `5432/tcp`, `5000-5010/udp`: on the host's own network a port is the same inside and outside. */
function exposedOf(service: string, text: string): readonly Publication[] {
  const [, first, last = first, protocol = "tcp"] = /^(\d+)(?:-(\d+))?(?:\/(tcp|udp))?$/.exec(text) ?? [];
  if (first === undefined) return [];
  const [from, to] = [Number(first), Number(last)];
  return [
    { service, target: from, protocol: protocol === "udp" ? "udp" : "tcp", published: { kind: "fixed", from, to } },
  ];
}

interface Variables {
  readonly known: Readonly<Record<string, string>>;
  readonly unknown: readonly string[];
  /** The argument whose very names are known later. */
  readonly hidden?: string;
}

function variablesOf({ variables = {}, secrets = {} }: AppSource): Variables {
  const known: Record<string, string> = {};
  const unknown: string[] = [];
  for (const [argument, values] of Object.entries({ variables, secrets })) {
    if (isLater(values)) return { known, unknown, hidden: argument };
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
