import { readFile } from "node:fs/promises";
import { stringify } from "yaml";
import type { Engine } from "../../modules/engine/index.ts";
import { esModules, vmProject, type VmProject } from "./vm-project.ts";

export interface StacksProjectOptions {
  /** Which of `stacks/`: `aws`. */
  readonly host: string;
  /** What its user has set with `pulumi config set`. */
  readonly settings: Readonly<Record<string, string>>;
  /** For every command, besides what this process has. */
  readonly env?: Readonly<Record<string, string>>;
}

/** The program of this checkout, `stacks/`, as a project of its own: all is as a user has it, the command line, the engine, our provider's executable. */
export async function stacksProject(
  engine: Engine,
  { host, settings, env = {} }: StacksProjectOptions,
): Promise<VmProject> {
  const manifest = await readFile(new URL("../../Pulumi.yaml", import.meta.url), "utf8");
  const config = Object.entries({ host, ...settings }).map(([key, value]) => [`quickstart:${key}`, value]);
  return vmProject(engine, {
    files: {
      ...esModules,
      "Pulumi.yaml": manifest.replace("path: ./bin", "path: node_modules/stackhouse/bin"),
      "Pulumi.dev.yaml": stringify({ config: Object.fromEntries(config) as object }),
    },
    folders: { stacks: "stacks", "templates/quickstart": "templates/quickstart" },
    env,
  });
}
