import type { FileSource, Mount } from "../model.ts";
import { joinPath } from "../paths.ts";
import { type Draft, mapServices } from "./draft.ts";

/** Makes the paths of mounts, configs, secrets and local volumes absolute. `~` is the user's home folder. */
export function resolvePaths(draft: Draft, projectDirectory: string, home: string | undefined): Draft {
  const resolve = (path: string): string => {
    if (home !== undefined && /^~(?:[\\/]|$)/.test(path)) return joinPath(home, `./${path.slice(1)}`);
    return joinPath(projectDirectory, path);
  };
  const resolveMount = (mount: Mount): Mount =>
    mount.type === "bind" && mount.source !== undefined ? { ...mount, source: resolve(mount.source) } : mount;
  const withMounts = mapServices(draft, (service) =>
    service.volumes === undefined ? service : { ...service, volumes: service.volumes.map(resolveMount) },
  );
  return {
    ...withMounts,
    ...(draft.configs === undefined ? {} : { configs: resolveFiles(draft.configs, resolve) }),
    ...(draft.secrets === undefined ? {} : { secrets: resolveFiles(draft.secrets, resolve) }),
    ...(draft.volumes === undefined ? {} : { volumes: resolveVolumes(draft.volumes, resolve) }),
  };
}

function resolveFiles(
  sources: Readonly<Record<string, FileSource>>,
  resolve: (path: string) => string,
): Record<string, FileSource> {
  return Object.fromEntries(
    Object.entries(sources).map(([key, source]) => [
      key,
      source.file === undefined ? source : { ...source, file: resolve(source.file) },
    ]),
  );
}

/** A volume whose driver is given as `local` may be a bind mount: then its device is a path. */
function resolveVolumes(
  volumes: NonNullable<Draft["volumes"]>,
  resolve: (path: string) => string,
): NonNullable<Draft["volumes"]> {
  return Object.fromEntries(
    Object.entries(volumes).map(([key, volume]) => {
      const { device, o } = volume?.driver_opts ?? {};
      if (volume?.driver !== "local" || device === undefined || o?.split(",").includes("bind") !== true)
        return [key, volume];
      return [key, { ...volume, driver_opts: { ...volume.driver_opts, device: resolve(device) } }];
    }),
  );
}
