import { describe, expect, it } from "@jest/globals";
import { planApply } from "../../modules/plan/apply.ts";
import { withFingerprintsOfToday } from "../../modules/plan/older-fingerprints.ts";
import type { DesiredState, ObservedApp, Plan } from "../../modules/plan/types.ts";
import { desired, running, steps, withContainer } from "../support/app-states.ts";
import { olderRules as older } from "../support/older-rules.ts";

const text = `services:
  web: { image: "web:1", networks: [front], volumes: ["data:/data"] }
networks: { front: {} }
volumes: { data: {} }
`;

/** A host on which an app was made when the older rules held. */
function madeByOlder(state: DesiredState): ObservedApp {
  const { services, networks, volumes } = older.of(state.model, state.contentDigests);
  const made = running(text);
  return {
    ...made,
    containers: made.containers.map((one) => ({ ...one, fingerprint: services[one.service] ?? "" })),
    networks: made.networks.map((one) => ({ ...one, fingerprint: networks["front"] ?? "" })),
    volumes: made.volumes.map((one) => ({ ...one, fingerprint: volumes[one.key] ?? "" })),
  };
}

describe("fingerprints of older rules", () => {
  const before = desired(text);
  const host = madeByOlder(before);
  const planFor = (desired: DesiredState, observed: ObservedApp, rules = [older]): Plan =>
    planApply(desired, withFingerprintsOfToday(observed, before, rules), { previous: before });

  it("make nothing anew where the app is what it was", () => {
    const plan = planFor(before, host);
    expect({ steps: plan.steps, notes: plan.notes }).toEqual({ steps: [], notes: undefined });
  });

  it("tell what changed, and nothing else", () => {
    const after = desired(text.replace("web:1", "web:2"));
    expect(steps(planFor(after, host))).toEqual(steps(planApply(after, running(text), { previous: before })));
  });

  it("make a container anew that is not what the app was meant to be", () => {
    const other = withContainer(host, "shop-web-1", { fingerprint: "v0:sha256:of-another-one" });
    expect(planFor(before, other).steps.map(({ id }) => id)).toContain("remove-container/shop-web-1");
  });

  it("say nothing where the older rules are not known", () => {
    expect(planFor(before, host, []).steps).not.toEqual([]);
  });
});
