import type { Diagnostics } from "../diagnostics.ts";
import { childOf, type Node, scalarAt, type Path } from "../tree/node.ts";

/**
 * Warns of bind mounts of these services whose source was written as a relative path: it lies where the stack file is loaded, and
 * an engine elsewhere would make an empty folder in its place.
 */
export function warnOfLocalMounts(tree: Node, services: readonly string[], diagnostics: Diagnostics): void {
  for (const service of services) {
    const path = ["services", service, "volumes"];
    const volumes = path.reduce<Node | undefined>(childOf, tree);
    if (volumes?.kind !== "list") continue;
    volumes.items.forEach((mount, index) => {
      warnOfLocalMount(mount, service, [...path, index], diagnostics);
    });
  }
}

function warnOfLocalMount(mount: Node, service: string, path: Path, diagnostics: Diagnostics): void {
  const source = childOf(mount, "source");
  if (scalarAt(mount, "type") !== "bind" || source?.kind !== "scalar" || source.written === undefined) return;
  diagnostics.warning(mount.place, path, {
    code: "local-mount",
    message: `services.${service} mounts ${source.written}, which is ${String(source.value)} here and not on the app's host: up refuses it`,
    hint: `give files as configs: with target: ${String(scalarAt(mount, "target") ?? "")}, data as a named volume; an absolute path is the host's own`,
  });
}
