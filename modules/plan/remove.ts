import { stepIds } from "./ids.ts";
import { anonymousVolumeRemovals } from "./objects.ts";
import { removalSteps } from "./services.ts";
import { sortSteps } from "./sort.ts";
import type { ObservedApp, Plan, Step } from "./types.ts";

/**
 * Takes an app away: all of its containers, networks and anonymous volumes, and of its named volumes those whose keys are given. Everything that
 * was observed carries the app's label; nothing else is touched.
 */
export function planRemove(app: string, observed: ObservedApp, deleteVolumes: readonly string[]): Plan {
  const containers = observed.containers
    .filter(({ state }) => state !== "removing")
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const needs = containers.map(({ name }) => stepIds.removeContainer(name));
  const reason = `app ${app} is removed`;
  const networks = observed.networks
    .toSorted(byName)
    .map(({ name }): Step => ({ kind: "remove-network", id: stepIds.removeNetwork(name), reason, needs, name }));
  const volumes = observed.volumes
    .filter(({ key }) => deleteVolumes.includes(key))
    .toSorted(byName)
    .map(({ name }): Step => ({
      kind: "remove-volume",
      id: stepIds.removeVolume(name),
      reason: "its deletion was asked for",
      needs,
      name,
    }));
  const anonymous = anonymousVolumeRemovals(observed.anonymousVolumes, { reason: () => reason, needs });
  const steps = [
    ...containers.flatMap((container) => removalSteps({ container, reason }, [])),
    ...networks,
    ...volumes,
    ...anonymous,
  ];
  return { app, steps: sortSteps(steps) };
}

function byName(a: { readonly name: string }, b: { readonly name: string }): number {
  return a.name < b.name ? -1 : 1;
}
