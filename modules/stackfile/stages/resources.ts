import type { Draft } from "./draft.ts";

export type ResourceKind = "networks" | "volumes" | "configs" | "secrets" | "models";

/** The draft without the networks, volumes, configs and secrets that none of its services uses. */
export function keepUsedResources(draft: Draft): Draft {
  const used = usedResources(draft);
  const { networks, volumes, configs, secrets, models, ...others } = draft;
  return {
    ...others,
    ...keep("networks", networks, used),
    ...keep("volumes", volumes, used),
    ...keep("configs", configs, used),
    ...keep("secrets", secrets, used),
    ...keep("models", models, used),
  };
}

/** A section with what is used of it; none where that is nothing. */
function keep<K extends ResourceKind, Resource>(
  kind: K,
  resources: Readonly<Record<string, Resource>> | undefined,
  used: Readonly<Record<ResourceKind, ReadonlySet<string>>>,
): Partial<Record<K, Readonly<Record<string, Resource>>>> {
  const all = Object.entries(resources ?? {});
  const kept = all.filter(([key]) => used[kind].has(key));
  // TypeScript takes a computed key for any string.
  const section = { [kind]: kept.length === all.length ? resources : Object.fromEntries(kept) };
  return kept.length === 0 ? {} : (section as Record<K, Readonly<Record<string, Resource>>>);
}

/** Names of what is declared and not used, by kind. */
export function unusedResources(draft: Draft): Readonly<Record<ResourceKind, readonly string[]>> {
  const used = usedResources(draft);
  const unused = (kind: ResourceKind): readonly string[] =>
    Object.keys(draft[kind] ?? {}).filter((key) => !used[kind].has(key));
  return {
    networks: unused("networks"),
    volumes: unused("volumes"),
    configs: unused("configs"),
    secrets: unused("secrets"),
    models: unused("models"),
  };
}

function usedResources(draft: Draft): Readonly<Record<ResourceKind, ReadonlySet<string>>> {
  const used = {
    networks: new Set<string>(),
    volumes: new Set<string>(),
    configs: new Set<string>(),
    secrets: new Set<string>(),
    models: new Set<string>(),
  };
  for (const service of Object.values(draft.services ?? {})) {
    const { networks = {}, volumes = [], configs = [], secrets = [], build, models = {} } = service;
    for (const network of Object.keys(networks)) used.networks.add(network);
    for (const { type, source } of volumes) if (type === "volume" && source !== undefined) used.volumes.add(source);
    for (const { source } of configs) used.configs.add(source);
    for (const { source } of secrets) used.secrets.add(source);
    for (const { source } of build?.secrets ?? []) if (source !== undefined) used.secrets.add(source);
    for (const model of Object.keys(models)) used.models.add(model);
  }
  return used;
}
