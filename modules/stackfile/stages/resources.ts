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
  const entries = Object.entries(resources ?? {}).filter(([key]) => used[kind].has(key));
  // TypeScript takes a computed key for any string.
  const section = { [kind]: Object.fromEntries(entries) } as Record<K, Readonly<Record<string, Resource>>>;
  return entries.length === 0 ? {} : section;
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
  const services = Object.values(draft.services ?? {});
  return {
    networks: new Set(services.flatMap(({ networks }) => Object.keys(networks ?? {}))),
    volumes: new Set(
      services.flatMap(({ volumes = [] }) =>
        volumes.flatMap(({ type, source }) => (type === "volume" && source !== undefined ? [source] : [])),
      ),
    ),
    configs: new Set(services.flatMap(({ configs = [] }) => configs.map(({ source }) => source))),
    secrets: new Set(
      services.flatMap(({ secrets = [], build }) =>
        [...secrets, ...(build?.secrets ?? [])].flatMap(({ source }) => source ?? []),
      ),
    ),
    models: new Set(services.flatMap(({ models }) => Object.keys(models ?? {}))),
  };
}
