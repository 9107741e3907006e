/** Systems that a host may have, as images of clouds are chosen by them; `docs/hosts.md` says which of them the agent has run on. */
export const hostSystems = ["debian-13", "debian-12", "ubuntu-26.04", "ubuntu-24.04", "ubuntu-22.04"] as const;
export type HostSystem = (typeof hostSystems)[number];
