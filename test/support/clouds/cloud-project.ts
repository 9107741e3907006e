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
  return withProviders([provider], (env) => stacksProject(engine, { host, settings: { sshFrom: "127.0.0.0/8" }, env }));
}

/** A project with nothing in it yet, whose engine finds these providers in this process. */
export function emptyCloudProject(engine: Engine, ...providers: readonly ProviderDefinition[]): Promise<VmProject> {
  return withProviders(providers, (env) => vmProject(engine, { ...emptyProject, env }));
}

async function withProviders(
  providers: readonly ProviderDefinition[],
  make: (env: Readonly<Record<string, string>>) => Promise<VmProject>,
): Promise<VmProject> {
  await using stack = new AsyncDisposableStack();
  const attached: string[] = [];
  for (const provider of providers) attached.push(`${provider.name}:${stack.use(await serve(provider)).port}`);
  const project = stack.use(await make({ PULUMI_DEBUG_PROVIDERS: attached.join(",") }));
  const parts = stack.move();
  return { ...project, [Symbol.asyncDispose]: () => parts.disposeAsync() };
}
