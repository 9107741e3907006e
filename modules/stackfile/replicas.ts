import type { Service } from "./model.ts";

/** More than a host can run. */
export const mostContainers = 10_000;

/** How many containers a service wants. `mode: global` is one for each host, and an app has one host. */
export function replicasOf({ scale, deploy }: Pick<Partial<Service>, "scale" | "deploy">): number {
  if (deploy?.mode === "global") return 1;
  return scale ?? deploy?.replicas ?? 1;
}
