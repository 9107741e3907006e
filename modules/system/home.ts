import { homedir } from "node:os";
import { join, resolve } from "node:path";

/** Where everything of ours lives: `~/.stackhouse`, or `STACKHOUSE_HOME`. Caches can be deleted at any time, state can not. */
export interface Home {
  readonly root: string;
  /** Content-addressed and rebuildable: engine, base images, image archives, compiled code. Survives `--down`. */
  readonly cache: {
    readonly root: string;
    readonly engine: string;
    readonly images: string;
    /** Saved moments of booted VMs. */
    readonly templates: string;
    readonly archives: string;
    /** Node for hosts whose processor is not the workstation's. */
    readonly nodes: string;
    /** Code as V8 compiled it. */
    readonly code: string;
  };
  /** What must not be lost while something runs: VMs, the Pulumi backend, its passphrase. */
  readonly state: {
    readonly root: string;
    readonly vms: string;
    /** Clones that wait for a VM to become. */
    readonly pool: string;
    readonly backend: string;
    readonly pulumiHome: string;
    readonly projects: string;
  };
}

export function homeFrom(env: Readonly<Record<string, string | undefined>>): Home {
  const root = env["STACKHOUSE_HOME"] ? resolve(env["STACKHOUSE_HOME"]) : join(homedir(), ".stackhouse");
  const cache = join(root, "cache");
  const state = join(root, "state");
  return {
    root,
    cache: {
      root: cache,
      engine: join(cache, "engine"),
      images: join(cache, "images"),
      templates: join(cache, "templates"),
      archives: join(cache, "archives"),
      nodes: join(cache, "nodes"),
      code: join(cache, "code"),
    },
    state: {
      root: state,
      vms: join(state, "vms"),
      pool: join(state, "pool"),
      backend: join(state, "backend"),
      pulumiHome: join(state, "pulumi"),
      projects: join(state, "projects"),
    },
  };
}
