import { describe, expect, it } from "@jest/globals";
import { planApply } from "../../modules/plan/apply.ts";
import type { DesiredState, ObservedApp } from "../../modules/plan/types.ts";
import { type FingerprintRules, fingerprintsOf } from "../../modules/stackfile/fingerprint.ts";
import { desired, running, steps, withContainer } from "../support/app-states.ts";

/** Rules of a version before the first one: they see less, and their fingerprints look otherwise. */
const older: FingerprintRules = {
  of(model, contentDigests) {
    const { services, networks, volumes } = fingerprintsOf(model, contentDigests);
    const each = (values: Readonly<Record<string, string>>): Record<string, string> =>
      Object.fromEntries(Object.entries(values).map(([key, value]) => [key, value.replace(/^v1:/, "v0:")]));
    return { services: each(services), networks: each(networks), volumes: each(volumes) };
  },
};

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
  const policy = { previous: before, olderRules: [older] };

  it("make nothing anew where the app is what it was", () => {
    const plan = planApply(before, host, policy);
    expect({ steps: plan.steps, notes: plan.notes }).toEqual({ steps: [], notes: undefined });
  });

  it("tell what changed, and nothing else", () => {
    const after = desired(text.replace("web:1", "web:2"));
    expect(steps(planApply(after, host, policy))).toEqual(steps(planApply(after, running(text), { previous: before })));
  });

  it("make a container anew that is not what the app was meant to be", () => {
    const other = withContainer(host, "shop-web-1", { fingerprint: "v0:sha256:of-another-one" });
    expect(planApply(before, other, policy).steps.map(({ id }) => id)).toContain("remove-container/shop-web-1");
  });

  it("say nothing where the older rules are not known", () => {
    expect(planApply(before, host, { previous: before }).steps).not.toEqual([]);
  });
});
