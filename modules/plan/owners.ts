import type { Service } from "../stackfile/model.ts";

/** A service that another one shares something with, and what of its container. */
export interface Owner {
  readonly name: string;
  readonly what: "a namespace" | "the volumes";
}

type Sharing = Pick<Service, "network_mode" | "ipc" | "pid" | "volumes_from">;

/** The services whose containers a service shares something with. */
export function ownersOf({ network_mode: network, ipc, pid, volumes_from: sources = [] }: Sharing): readonly Owner[] {
  const namespaces = [network, ipc, pid].flatMap((mode): readonly Owner[] =>
    mode?.startsWith("service:") === true ? [{ name: mode.slice("service:".length), what: "a namespace" }] : [],
  );
  const volumes = sources.flatMap((source): readonly Owner[] =>
    source.startsWith("container:") ? [] : [{ name: source.split(":")[0] ?? source, what: "the volumes" }],
  );
  return [...namespaces, ...volumes];
}

/** Names of the containers, of whatever app, that a service shares something with. */
export function ownersByName({
  network_mode: network,
  ipc,
  pid,
  volumes_from: sources = [],
}: Sharing): readonly string[] {
  return [network, ipc, pid, ...sources].flatMap((mode) =>
    mode?.startsWith("container:") === true ? [mode.split(":")[1] ?? ""] : [],
  );
}
