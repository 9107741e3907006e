import { childOf, type Node, scalarAt } from "../tree/node.ts";
import type { LocalMount } from "../types.ts";

/** Bind mounts of these services whose source was written as a relative path: resolved ones look like those of the host. */
export function localMountsOf(tree: Node, services: readonly string[]): readonly LocalMount[] {
  return services.flatMap((service) => {
    const volumes = childOf(childOf(childOf(tree, "services"), service), "volumes");
    return volumes?.kind !== "list" ? [] : volumes.items.flatMap((item) => localMountOf(service, item) ?? []);
  });
}

function localMountOf(service: string, mount: Node): LocalMount | undefined {
  const source = childOf(mount, "source");
  if (scalarAt(mount, "type") !== "bind" || source?.kind !== "scalar" || source.written === undefined) return undefined;
  const { place, written } = source;
  const target = String(scalarAt(mount, "target") ?? "");
  return {
    service,
    source: written,
    target,
    file: place.source.file,
    ...mount.place.source.position(mount.place.start),
  };
}
