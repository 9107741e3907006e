import { type FingerprintRules, type Fingerprints, fingerprintsOf } from "../stackfile/fingerprint.ts";
import { own } from "../stackfile/own.ts";
import type { DesiredState, ObservedApp } from "./types.ts";

/**
 * What was observed, with the fingerprints of today's rules in the place of older ones. What was made by older rules is what
 * the app was meant to be before, where its fingerprint says so by those rules: an upgrade of Stackhouse alone makes nothing
 * anew. All else keeps its fingerprint, which no fingerprint of today is equal to.
 */
export function withFingerprintsOfToday(
  observed: ObservedApp,
  previous: DesiredState | undefined,
  older: readonly FingerprintRules[],
): ObservedApp {
  if (previous === undefined || older.length === 0) return observed;
  const { model, contentDigests } = previous;
  const today = fingerprintsOf(model, contentDigests);
  const before = older.map((rules) => rules.of(model, contentDigests));
  const translate = (kind: keyof Fingerprints, key: string | undefined, fingerprint: string): string => {
    const isMeant = key !== undefined && before.some((them) => own(them[kind], key) === fingerprint);
    return isMeant ? (own(today[kind], key) ?? fingerprint) : fingerprint;
  };
  const keyOf = (name: string): string | undefined =>
    Object.entries(model.networks ?? {}).find(([, network]) => network.name === name)?.[0];
  return {
    ...observed,
    containers: observed.containers.map((container) => ({
      ...container,
      fingerprint: translate("services", container.service, container.fingerprint),
    })),
    networks: observed.networks.map(({ name, fingerprint }) => ({
      name,
      fingerprint: translate("networks", keyOf(name), fingerprint),
    })),
    volumes: observed.volumes.map((volume) => ({
      ...volume,
      fingerprint: translate("volumes", volume.key, volume.fingerprint),
    })),
  };
}
