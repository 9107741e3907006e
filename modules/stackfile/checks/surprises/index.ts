import type { Check } from "../check.ts";
import { warnOfFloatingTags } from "./floating-tags.ts";
import { warnOfMissingHealthChecks } from "./missing-health-checks.ts";
import { warnOfSharedHostPorts } from "./shared-host-ports.ts";
import { warnOfUnpublishedPorts } from "./unpublished-ports.ts";

/**
 * What Compose loads without a word and does not do what its writer most likely believes. Surprises in the writing of one value (a
 * cut command, an unset variable) are told where that value is read.
 */
const surprises: readonly ((check: Check) => void)[] = [
  warnOfFloatingTags,
  warnOfMissingHealthChecks,
  warnOfSharedHostPorts,
  warnOfUnpublishedPorts,
];

export function warnOfSurprises(check: Check): void {
  for (const warn of surprises) warn(check);
}
