import type { Mount } from "../../../modules/stackfile/model.ts";
import { anonymousVolumeLabels, anonymousVolumeName, anonymousVolumes } from "../anonymous-volumes.ts";
import type { ContainerSpec } from "../port.ts";
import { defined, type HostConfigBody, type MountBody } from "./body.ts";
import type { BodyContext, HostFile } from "./context.ts";
import { ownerOf } from "./owners.ts";
import { byteCount } from "./units.ts";

/** Engines before API 1.42 cannot make a missing bind source with `Mounts`, none can label for SELinux with it. */
const createMountpointApi = 42;

type MountFields = Pick<HostConfigBody, "Binds" | "Mounts" | "Tmpfs" | "VolumesFrom">;

export function mountFields(spec: ContainerSpec, { files, api, imageVolumes }: BodyContext): MountFields {
  const { volumes = [], tmpfs = [] } = spec.definition;
  const binds = volumes.filter((mount) => isOldBind(mount, api));
  const anonymous = anonymousVolumes(spec, imageVolumes);
  const declared = anonymous
    .filter(({ target }) => !volumes.some((mount) => mount.target === target))
    .map(({ target }): Mount => ({ type: "volume", target }));
  const mounts = [...volumes.filter((mount) => !isOldBind(mount, api)), ...declared];
  return defined<MountFields>({
    Binds: binds.length === 0 ? undefined : binds.map(bindString),
    Mounts: [...mounts.map((mount) => mountBody(mount, spec)), ...files.map(fileMount)],
    VolumesFrom: volumesFrom(spec),
    Tmpfs: tmpfs.length === 0 ? undefined : Object.fromEntries(tmpfs.map(tmpfsEntry)),
  });
}

function isOldBind(mount: Mount, api: number): boolean {
  if (mount.type !== "bind") return false;
  return mount.bind?.selinux !== undefined || (createsHostPath(mount) && api < createMountpointApi);
}

/** Compose makes a missing host path unless it is told not to. */
function createsHostPath(mount: Mount): boolean {
  return mount.bind?.create_host_path !== false;
}

/** What of the mounts below a bind mount comes along, and whether `read_only` holds for them. */
function recursion(recursive: NonNullable<Mount["bind"]>["recursive"]): NonNullable<MountBody["BindOptions"]> {
  switch (recursive) {
    case undefined:
    case "enabled":
      return {};
    case "disabled":
      return { NonRecursive: true };
    case "writable":
      return { ReadOnlyNonRecursive: true };
    case "readonly":
      return { ReadOnlyForceRecursive: true };
  }
}

/** `SERVICE[:ro]` names a service of the app, `container:NAME[:ro]` any container. */
export function volumesFrom(spec: Pick<ContainerSpec, "definition" | "owners">): MountFields["VolumesFrom"] {
  return spec.definition.volumes_from?.map((source) => {
    if (source.startsWith("container:")) return source.slice("container:".length);
    const [service = "", ...access] = source.split(":");
    return [ownerOf(spec, service), ...access].join(":");
  });
}

function bindString({ source = "", target, read_only: readOnly, bind }: Mount): string {
  const options = [readOnly === true ? "ro" : "rw", bind?.propagation, bind?.selinux].filter(
    (option) => option !== undefined && option !== "",
  );
  return `${source}:${target}:${options.join(",")}`;
}

function mountBody(mount: Mount, spec: ContainerSpec): MountBody {
  const common = { Type: mount.type, Target: mount.target, ReadOnly: mount.read_only, Consistency: mount.consistency };
  switch (mount.type) {
    case "bind":
      return defined<MountBody>({
        ...common,
        Source: mount.source,
        BindOptions: defined<NonNullable<MountBody["BindOptions"]>>({
          Propagation: mount.bind?.propagation,
          CreateMountpoint: createsHostPath(mount) ? true : undefined,
          ...recursion(mount.bind?.recursive),
        }),
      });
    case "volume": {
      const { nocopy, subpath, labels } = mount.volume ?? {};
      const { source, target } = mount;
      const isAnonymous = source === undefined;
      return defined<MountBody>({
        ...common,
        Source: isAnonymous ? anonymousVolumeName(spec, target) : (spec.volumes[source] ?? source),
        VolumeOptions: defined<NonNullable<MountBody["VolumeOptions"]>>({
          NoCopy: nocopy,
          Subpath: subpath,
          Labels: isAnonymous ? { ...labels, ...anonymousVolumeLabels(spec, target) } : labels,
        }),
      });
    }
    case "tmpfs":
      return defined<MountBody>({
        ...common,
        TmpfsOptions: defined<NonNullable<MountBody["TmpfsOptions"]>>({
          SizeBytes: byteCount(mount.tmpfs?.size),
          Mode: mount.tmpfs?.mode,
        }),
      });
  }
}

function fileMount({ path, target }: HostFile): MountBody {
  return { Type: "bind", Source: path, Target: target, ReadOnly: true };
}

/** `/run:size=64m,mode=1777`. */
function tmpfsEntry(entry: string): readonly [string, string] {
  const [path = "", ...options] = entry.split(":");
  return [path, options.join(":")];
}
