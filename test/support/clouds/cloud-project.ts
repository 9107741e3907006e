import { readFile } from "node:fs/promises";
import { stringify } from "yaml";
import type { Engine } from "../../../modules/engine/index.ts";
import { serve } from "../../../modules/provider/kit/serve.ts";
import type { ProviderDefinition } from "../../../modules/provider/kit/server.ts";
import { vmProject, type VmProject } from "../vm-project.ts";

export interface CloudProjectOptions {
  /** As in `stacks/`: `aws`. */
  readonly host: string;
  readonly provider: ProviderDefinition;
}

/**
 * The program of this checkout, `stacks/`, as a project of its own, with the cloud's provider served from this process. All else is
 * as a user has it: the command line, the engine, our provider's executable.
 */
export async function cloudProject(engine: Engine, options: CloudProjectOptions): Promise<VmProject> {
  const { host, provider } = options;
  const serving = await serve(provider);
  const manifest = await readFile(new URL("../../../Pulumi.yaml", import.meta.url), "utf8");
  const project = await vmProject(engine, {
    files: {
      "Pulumi.yaml": manifest.replace("path: ./bin", "path: node_modules/stackhouse/bin"),
      "Pulumi.dev.yaml": stringify({ config: { "quickstart:host": host, "quickstart:sshFrom": "127.0.0.0/8" } }),
    },
    folders: { stacks: "stacks", "templates/quickstart": "templates/quickstart" },
    env: { PULUMI_DEBUG_PROVIDERS: `${provider.name}:${serving.port}` },
  });
  return {
    ...project,
    async [Symbol.asyncDispose]() {
      await project[Symbol.asyncDispose]();
      await serving[Symbol.asyncDispose]();
    },
  };
}
