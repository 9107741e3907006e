import type { Draft } from "./draft.ts";

/** Keeps the services without profiles and those of an active one. */
export function selectProfiles(draft: Draft, active: readonly string[]): Draft {
  return { ...draft, services: activeServices(draft.services ?? {}, active) };
}

/** Those without profiles and those of an active one. `*` activates all. */
export function activeServices<Service extends { readonly profiles?: readonly string[] | undefined }>(
  services: Readonly<Record<string, Service>>,
  active: readonly string[],
): Readonly<Record<string, Service>> {
  const kept = Object.entries(services).filter(([, { profiles = [] }]) => {
    return profiles.length === 0 || active.includes("*") || profiles.some((profile) => active.includes(profile));
  });
  return Object.fromEntries(kept);
}
