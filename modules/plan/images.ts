import { own } from "../stackfile/own.ts";
import type { Assessment } from "./assess.ts";
import { stepIds } from "./ids.ts";
import type { ObservedApp, PlanPolicy, Step } from "./types.ts";

/** Steps for the images that new containers need, and for those that are asked for every time. */
export function imageSteps(
  assessments: readonly Assessment[],
  observed: ObservedApp,
  { isUnseen = false }: Pick<PlanPolicy, "isUnseen"> = {},
): readonly Step[] {
  const missing = isUnseen ? "is needed, and may be on the host" : "is not on the host";
  const policies = new Map<string, "missing" | "always" | "never">();
  for (const { definition, create } of assessments) {
    const { image, pull_policy: policy } = definition;
    if (image === undefined) continue;
    if (policy === "always") policies.set(image, "always");
    else if (create.length > 0 && own(observed.images, image) === undefined && policies.get(image) !== "always") {
      policies.set(image, policy === "never" ? "never" : (policies.get(image) ?? "missing"));
    }
  }
  return [...policies]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([image, policy]) => ({
      kind: "ensure-image",
      id: stepIds.ensureImage(image),
      reason: policy === "always" ? "pull_policy is always" : missing,
      needs: [],
      image,
      policy,
    }));
}
