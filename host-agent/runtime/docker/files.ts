import { chmod, chown, mkdir, readdir, rm, rmdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { ContainerFile, ContainerSpec } from "../port.ts";
import type { HostFile } from "./context.ts";

/**
 * Configs and secrets as files of the host that are bound read-only into their container, from a folder that only root can
 * enter: `ROOT/APP/CONTAINER/0`. Not copied into the container's own file system: the engine refuses that for `read_only`
 * services, and a copy would stay in the layer. They are on disk and not in memory because the engine restarts containers
 * after a boot, before the agent runs.
 */
export interface FileStore {
  /** Puts the files of a container into place, whatever was there before. */
  write(spec: ContainerSpec): Promise<readonly HostFile[]>;
  /** Removes the files of a container. */
  remove(app: string, container: string): Promise<void>;
  /** Removes the files of all containers of an app but these. */
  keepOnly(app: string, containers: ReadonlySet<string>): Promise<void>;
}

export function createFileStore(root: string): FileStore {
  const folderOf = (app: string, container: string): string => join(root, app, container);
  return {
    async write({ app, name, files }) {
      if (files.length === 0) return [];
      const folder = folderOf(app, name);
      await rm(folder, { recursive: true, force: true });
      await mkdir(root, { recursive: true, mode: 0o700 });
      await chmod(root, 0o700); // It may have been there before.
      await mkdir(folder, { recursive: true, mode: 0o700 });
      return await Promise.all(files.map((file, index) => place(join(folder, String(index)), file)));
    },
    async remove(app, container) {
      await rm(folderOf(app, container), { recursive: true, force: true });
      await rmdir(join(root, app)).catch(() => undefined); // Others are still in it.
    },
    async keepOnly(app, containers) {
      const folder = join(root, app);
      const names = await readdir(folder).catch(() => []); // No container of the app ever had a file.
      for (const name of names) {
        if (!containers.has(name)) await rm(folderOf(app, name), { recursive: true, force: true });
      }
      await rmdir(folder).catch(() => undefined); // Others are still in it.
    },
  };
}

async function place(path: string, file: ContainerFile): Promise<HostFile> {
  await writeFile(path, file.content, { mode: 0o600 });
  await chown(path, file.uid, file.gid);
  await chmod(path, file.mode); // After chown, which clears set-id bits, and without the umask.
  return { path, target: file.target };
}
