import { own } from "../../own.ts";
import type { Check } from "../check.ts";
import type { DraftService } from "../../stages/draft.ts";

/** Warns of services that wait for the health of one that has no health check in the file: its image may have one, or the wait fails. */
export function warnOfMissingHealthChecks({ draft, warning }: Check): void {
  for (const [name, service] of Object.entries(draft.services ?? {})) {
    for (const [target, { condition }] of Object.entries(service.depends_on ?? {})) {
      const dependency = own(draft.services, target);
      if (condition !== "service_healthy" || dependency === undefined || hasCheck(dependency)) continue;
      warning(["services", name, "depends_on", target], {
        code: "no-effect",
        message: `services.${name} waits for "${target}" to be healthy, and "${target}" has no healthcheck here`,
        hint: "give it a healthcheck; without one in its image either, the wait fails",
      });
    }
  }
}

function hasCheck({ healthcheck }: DraftService): boolean {
  return healthcheck?.test !== undefined && healthcheck.disable !== true && healthcheck.test[0] !== "NONE";
}
