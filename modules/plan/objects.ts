import type { Fingerprints } from "../stackfile/fingerprint.ts";
import type { Model } from "../stackfile/model.ts";
import { stepIds } from "./ids.ts";
import type { ObservedApp, Step } from "./types.ts";

/** Keys of the networks that exist and must be made anew, because a network cannot be changed. */
export function changedNetworks(model: Model, observed: ObservedApp, { networks }: Fingerprints): ReadonlySet<string> {
  const changed = usedNetworks(model).filter((key) => {
    const found = observed.networks.find(({ name }) => name === model.networks?.[key]?.name);
    return found !== undefined && found.fingerprint !== networks[key];
  });
  return new Set(changed);
}

/** Steps for the networks of an app. `removals`: the steps that take containers away, and with them their connections. */
export function networkSteps(
  model: Model,
  observed: ObservedApp,
  { changed, removals }: { changed: ReadonlySet<string>; removals: readonly string[] },
): readonly Step[] {
  const used = usedNetworks(model);
  const names = new Set(used.map((key) => model.networks?.[key]?.name));
  const remove = (name: string, reason: string): Step => ({
    kind: "remove-network",
    id: stepIds.removeNetwork(name),
    reason,
    needs: [...removals],
    name,
  });
  const made = used.flatMap((key): Step[] => {
    const name = model.networks?.[key]?.name ?? key;
    const exists = observed.networks.some((network) => network.name === name);
    if (exists && !changed.has(key)) return [];
    const reason = exists ? "definition changed" : "is new";
    const needs = exists ? [stepIds.removeNetwork(name)] : [];
    const create: Step = { kind: "create-network", id: stepIds.createNetwork(key), reason, needs, network: key, name };
    return exists ? [remove(name, reason), create] : [create];
  });
  const orphans = observed.networks.map(({ name }) => name).filter((name) => !names.has(name));
  return [...made, ...orphans.toSorted().map((name) => remove(name, "no service uses it any more"))];
}

/** Steps for the named volumes of an app. One that exists is never changed or removed: it holds data. */
export function volumeSteps(model: Model, observed: ObservedApp): readonly Step[] {
  return usedVolumes(model).flatMap((key): Step[] => {
    const name = model.volumes?.[key]?.name ?? key;
    if (observed.volumes.some((volume) => volume.name === name)) return [];
    return [{ kind: "create-volume", id: stepIds.createVolume(key), reason: "is new", needs: [], volume: key, name }];
  });
}

type AnonymousVolume = ObservedApp["anonymousVolumes"][number];

/** Steps that delete anonymous volumes, once no container is left that uses them. */
export function anonymousVolumeRemovals(
  volumes: readonly AnonymousVolume[],
  { reason, needs }: { readonly reason: (volume: AnonymousVolume) => string; readonly needs: readonly string[] },
): readonly Step[] {
  return volumes
    .toSorted((one, other) => (one.name < other.name ? -1 : 1))
    .map((volume) => ({
      kind: "remove-volume",
      id: stepIds.removeVolume(volume.name),
      reason: reason(volume),
      needs: [...needs],
      name: volume.name,
    }));
}

export function volumeNotes(model: Model, observed: ObservedApp, { volumes }: Fingerprints): readonly string[] {
  return usedVolumes(model).flatMap((key) => {
    const found = observed.volumes.find(({ name }) => name === model.volumes?.[key]?.name);
    if (found === undefined || found.fingerprint === volumes[key]) return [];
    return [
      `volume ${found.name} stays as it was made: its definition changed, and making it anew would delete its data`,
    ];
  });
}

/** Keys of the networks that services join and the app owns. */
function usedNetworks(model: Model): readonly string[] {
  const used = Object.values(model.services).flatMap((service) => Object.keys(service.networks ?? {}));
  return owned(used, model.networks);
}

function usedVolumes(model: Model): readonly string[] {
  const used = Object.values(model.services).flatMap((service) =>
    (service.volumes ?? []).flatMap(({ type, source }) => (type === "volume" && source !== undefined ? [source] : [])),
  );
  return owned(used, model.volumes);
}

function owned(
  keys: readonly string[],
  objects: Readonly<Record<string, { external?: boolean | undefined }>> | undefined,
): readonly string[] {
  return [...new Set(keys)].filter((key) => objects?.[key] !== undefined && objects[key].external !== true).toSorted();
}
