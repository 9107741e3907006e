import type { Diagnostics } from "../tree/diagnostics.ts";
import { isAbsoluteAnywhere } from "../paths.ts";
import { childOf, type Node, type Path, scalarAt, type ScalarNode, shownAt, shownScalar } from "../tree/node.ts";
import { isUnknown } from "../unknown.ts";

/** What an app has of the files: names of its services and of their volumes. */
export interface Parts {
  readonly services: readonly string[];
  readonly volumes: readonly string[];
}

/**
 * Refuses bind mounts whose source was written as a relative path, in services and as the device of a local volume: it lies where
 * the stack file is loaded, and an engine elsewhere would make an empty folder in its place.
 */
export function refuseLocalMounts(tree: Node, { services, volumes }: Parts, diagnostics: Diagnostics): void {
  for (const service of services) {
    const path = ["services", service, "volumes"];
    const mounts = path.reduce<Node | undefined>(childOf, tree);
    if (mounts?.kind !== "list") continue;
    mounts.items.forEach((mount, index) => {
      const source = localSource(mount);
      if (source === undefined) return;
      diagnostics.error(mount.place, [...path, index], {
        code: "local-mount",
        message: `services.${service} mounts ${textOf(source)}`,
        hint: `give files as configs: with target: ${shownAt(mount, "target")}, data as a named volume; an absolute path is the host's own`,
      });
    });
  }
  for (const volume of volumes) {
    const path: Path = ["volumes", volume, "driver_opts", "device"];
    const device = localDevice(childOf(childOf(tree, "volumes"), volume));
    if (device === undefined) continue;
    diagnostics.error(device.place, path, {
      code: "local-mount",
      message: `volumes.${volume} mounts ${textOf(device)}`,
      hint: "leave driver_opts out for a volume of the host's; an absolute path is the host's own",
    });
  }
}

/** The source of a bind mount that was written as a relative path. */
function localSource(mount: Node): ScalarNode | undefined {
  const source = childOf(mount, "source");
  if (scalarAt(mount, "type") !== "bind" || source?.kind !== "scalar") return undefined;
  return source.written === undefined ? undefined : source;
}

/** The device of a volume that is a bind mount, where it was written as a relative path. Compose makes it absolute in one case of many. */
function localDevice(volume: Node | undefined): ScalarNode | undefined {
  const options = childOf(volume, "driver_opts");
  const device = childOf(options, "device");
  if (volume === undefined || options === undefined || device?.kind !== "scalar") return undefined;
  const isBind = String(scalarAt(options, "o") ?? "")
    .split(",")
    .some((option) => option === "bind" || option === "rbind");
  if (!isBind || (scalarAt(volume, "driver") ?? "local") !== "local") return undefined;
  const { written, value } = device;
  const isRelative = written !== undefined || !(isUnknown(value) || isAbsoluteAnywhere(String(value)));
  return isRelative ? device : undefined;
}

function textOf(node: ScalarNode): string {
  const { written, value } = node;
  if (written === "") return "an empty path, which is the folder of the stack file and not on the app's host";
  const text = written ?? String(value);
  const shown = shownScalar({ ...node, value: text });
  const here = shown === text && text !== value ? `which is ${String(value)} here` : "which is a path here";
  return `${shown}, ${here} and not on the app's host`;
}
