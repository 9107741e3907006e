import type { Draft } from "./draft.ts";

/** Keeps the services without profiles and those of an active one. `*` activates all. */
export function selectProfiles(draft: Draft, active: readonly string[]): Draft {
  const services = Object.entries(draft.services ?? {}).filter(([, service]) => {
    const profiles = service.profiles ?? [];
    return profiles.length === 0 || active.includes("*") || profiles.some((profile) => active.includes(profile));
  });
  return { ...draft, services: Object.fromEntries(services) };
}
