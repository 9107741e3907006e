import type { Engine } from "../../../modules/engine/index.ts";
import { serve } from "../../../modules/provider/kit/serve.ts";
import type { ProviderDefinition } from "../../../modules/provider/kit/server.ts";
import { stacksProject } from "../stacks-project.ts";
import { emptyProject, vmProject, type VmProject } from "../vm-project.ts";

export interface CloudProjectOptions {
  /** As in `stacks/`: `aws`. */
  readonly host: string;
  readonly provider: ProviderDefinition;
}

/** A project with the program of this checkout for a cloud, whose provider is served from this process. */
export function cloudProject(engine: Engine, { host, provider }: CloudProjectOptions): Promise<VmProject> {
  return withProvider(provider, (env) => stacksProject(engine, { host, settings: { sshFrom: "127.0.0.0/8" }, env }));
}

/** A project with nothing in it yet, whose engine finds the cloud's provider in this process. */
export function emptyCloudProject(engine: Engine, provider: ProviderDefinition): Promise<VmProject> {
  return withProvider(provider, (env) => vmProject(engine, { ...emptyProject, env }));
}

async function withProvider(
  provider: ProviderDefinition,
  make: (env: Readonly<Record<string, string>>) => Promise<VmProject>,
): Promise<VmProject> {
  const serving = await serve(provider);
  const project = await make({ PULUMI_DEBUG_PROVIDERS: `${provider.name}:${serving.port}` });
  return {
    ...project,
    async [Symbol.asyncDispose]() {
      await project[Symbol.asyncDispose]();
      await serving[Symbol.asyncDispose]();
    },
  };
}
