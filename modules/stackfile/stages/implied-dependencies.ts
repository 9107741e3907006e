import type { Path } from "../tree/node.ts";
import type { DraftService } from "./draft.ts";

/** A service that a key other than `depends_on` names, and where it does, from the service on. */
export interface Implied {
  readonly target: string;
  readonly path: Path;
}

export const namespaces = ["network_mode", "ipc", "pid", "uts"] as const;

/** What names the other services that a service needs. */
export type NamesServices = Pick<DraftService, (typeof namespaces)[number] | "links" | "volumes_from">;

/** To share a namespace, a network name or volumes with a service means to depend on it. */
export function impliedDependencies(
  service: NamesServices,
): Readonly<Record<"shared" | "linked" | "mounted", readonly Implied[]>> {
  return {
    shared: namespaces.flatMap((key) => {
      const mode = service[key];
      return mode?.startsWith("service:") === true ? [{ target: mode.slice("service:".length), path: [key] }] : [];
    }),
    linked: (service.links ?? []).map((link, index) => {
      const [name = link, , ...more] = link.split(":");
      return { target: more.length === 0 ? name : link, path: ["links", index] };
    }),
    mounted: (service.volumes_from ?? []).flatMap((mount, index) =>
      mount.startsWith("container:") ? [] : [{ target: mount.split(":")[0] ?? mount, path: ["volumes_from", index] }],
    ),
  };
}
