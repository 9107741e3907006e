import type { Draft } from "./draft.ts";

export type ResourceKind = "networks" | "volumes" | "configs" | "secrets" | "models";
const kinds: readonly ResourceKind[] = ["networks", "volumes", "configs", "secrets", "models"];

/** The draft without the networks, volumes, configs and secrets that none of its services uses. */
export function keepUsedResources(draft: Draft): Draft {
  const used = usedResources(draft);
  const kept = kinds.flatMap((kind) => {
    const entries = Object.entries(draft[kind] ?? {}).filter(([key]) => used[kind].has(key));
    return entries.length === 0 ? [] : [[kind, Object.fromEntries(entries)] as const];
  });
  const others = Object.entries(draft).filter(([key]) => !kinds.some((kind) => kind === key));
  return { ...(Object.fromEntries(others) as Draft), ...Object.fromEntries(kept) };
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
        [...secrets, ...(build?.secrets ?? [])].map(({ source }) => source),
      ),
    ),
    models: new Set(services.flatMap(({ models }) => Object.keys(models ?? {}))),
  };
}
