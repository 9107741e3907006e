import { isUnknown } from "../unknown.ts";
import type { Check } from "./check.ts";

/** A container name belongs to one container of a host, so two services cannot both have it. */
export function checkContainerNames({ draft, error, shown }: Check): void {
  const holders = new Map<string, string>();
  for (const [service, { container_name: name }] of Object.entries(draft.services ?? {})) {
    if (name === undefined || isUnknown(name)) continue;
    const holder = holders.get(name);
    if (holder !== undefined) {
      const path = ["services", service, "container_name"];
      error(path, {
        code: "duplicate",
        message: `services.${service} and services.${holder} have the same container_name "${shown(path, name)}"`,
      });
    }
    holders.set(name, holder ?? service);
  }
}
