import { fingerprintsOf } from "../stackfile/fingerprint.ts";
import { own } from "../stackfile/own.ts";
import { assess, type Assessment, type AssessContext } from "./assess.ts";
import { stepIds } from "./ids.ts";
import { imageSteps } from "./images.ts";
import { lifecyclesOf } from "./lifecycle.ts";
import { anonymousVolumeRemovals, changedNetworks, networkSteps, volumeNotes, volumeSteps } from "./objects.ts";
import { findObstacles } from "./obstacles.ts";
import { dependencyOrder } from "./order.ts";
import { removalSteps, serviceSteps } from "./services.ts";
import { sortSteps } from "./sort.ts";
import type { DesiredState, ObservedApp, Plan, PlanPolicy } from "./types.ts";

/**
 * What has to happen so that an app becomes what is desired. Pure: the same input gives the same plan, step by step, whatever
 * the order of keys in the stack file. An app that is as desired gives a plan without steps.
 *
 * No container is stopped before every image that the plan needs is on the host.
 */
export function planApply(desired: DesiredState, observed: ObservedApp, policy: PlanPolicy = {}): Plan {
  const { model } = desired;
  const fingerprints = fingerprintsOf(model, desired.contentDigests);
  const lifecycles = lifecyclesOf(model);
  const changed = changedNetworks(model, observed, fingerprints);
  const assessments = assessAll({
    desired,
    previous: policy.previous,
    observed,
    lifecycles,
    fingerprints: fingerprints.services,
    changedNetworks: changed,
  });
  const services = [...assessments.values()];
  const orphans = observed.containers
    .filter((container) => own(model.services, container.service) === undefined && container.state !== "removing")
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const leaving = [...services.flatMap(({ remove }) => remove.map(({ container }) => container)), ...orphans];
  const obstacles = findObstacles({ assessments: services, leaving, allMakeWay: changed.size > 0 });

  const imagesFirst = imageSteps(services, observed, policy);
  const images = imagesFirst.map(({ id }) => id);
  const removals = leaving.map(({ name }) => stepIds.removeContainer(name));
  const steps = sortSteps([
    ...imagesFirst,
    ...orphans.flatMap((container) =>
      removalSteps({ container, reason: `service ${container.service} is gone` }, images),
    ),
    ...networkSteps(model, observed, { changed, removals }),
    ...volumeSteps(model, observed),
    ...anonymousVolumeRemovals(
      // Of a service that stays they stay, too: its next container with that number goes on with them.
      observed.anonymousVolumes.filter(({ service }) => own(model.services, service) === undefined),
      { reason: ({ service }) => `service ${service} is gone`, needs: removals },
    ),
    ...serviceSteps({ lifecycles, assessments, obstacles, images }),
  ]);
  const notes = volumeNotes(model, observed, fingerprints);
  return { app: model.name, steps, ...(notes.length === 0 ? {} : { notes: [...notes] }) };
}

function assessAll(context: Omit<AssessContext, "done">): ReadonlyMap<string, Assessment> {
  const { model } = context.desired;
  const done = new Map<string, Assessment>();
  for (const service of dependencyOrder(model)) {
    const definition = model.services[service];
    if (definition !== undefined) done.set(service, assess(service, definition, { ...context, done }));
  }
  return done;
}
