import { type FingerprintRules, fingerprintsOf } from "../../modules/stackfile/fingerprint.ts";

/** Rules of a version before the first one: their fingerprints look otherwise. */
export const olderRules: FingerprintRules = {
  of(model, contentDigests) {
    const { services, networks, volumes } = fingerprintsOf(model, contentDigests);
    const each = (values: Readonly<Record<string, string>>): Record<string, string> =>
      Object.fromEntries(Object.entries(values).map(([key, value]) => [key, asOlder(value)]));
    return { services: each(services), networks: each(networks), volumes: each(volumes) };
  },
};

export function asOlder(fingerprint: string): string {
  return fingerprint.replace(/^v1:/, "v0:");
}
