import { type Fingerprints, fingerprintsOf } from "../../modules/stackfile/fingerprint.ts";
import type { Model, Port } from "../../modules/stackfile/model.ts";
import { type Lifecycles, lifecyclesOf } from "../../modules/plan/lifecycle.ts";
import type { DesiredState, ObservedApp, ObservedContainer, Plan, Step } from "../../modules/plan/types.ts";

/**
 * What would be observed after a plan on a host where everything goes well: containers run and are healthy, one-shots have
 * ended with code 0. It lets properties of the planner be checked without a runtime, as that a second plan is empty.
 */
export function applyPlan(observed: ObservedApp, plan: Plan, desired: DesiredState): ObservedApp {
  const { model, contentDigests } = desired;
  const world = { model, lifecycles: lifecyclesOf(model), fingerprints: fingerprintsOf(model, contentDigests) };
  return plan.steps.reduce((state, step) => applyStep(state, step, world), observed);
}

interface World {
  readonly model: Model;
  readonly lifecycles: Lifecycles;
  readonly fingerprints: Fingerprints;
}

function applyStep(state: ObservedApp, step: Step, { model, lifecycles, fingerprints }: World): ObservedApp {
  const change = (name: string, values: Partial<ObservedContainer>): ObservedApp => ({
    ...state,
    containers: state.containers.map((container) =>
      container.name === name ? { ...container, ...values } : container,
    ),
  });
  switch (step.kind) {
    case "ensure-image":
      return { ...state, images: { [step.image]: `sha256:of(${step.image})`, ...state.images } };
    case "create-network": {
      const made = { name: step.name, fingerprint: fingerprints.networks[step.network] ?? "" };
      return { ...state, networks: [...state.networks, made] };
    }
    case "remove-network":
      return { ...state, networks: state.networks.filter(({ name }) => name !== step.name) };
    case "create-volume": {
      const made = { name: step.name, fingerprint: fingerprints.volumes[step.volume] ?? "", key: step.volume };
      return { ...state, volumes: [...state.volumes, made] };
    }
    case "remove-volume":
      return {
        ...state,
        volumes: state.volumes.filter(({ name }) => name !== step.name),
        anonymousVolumes: state.anonymousVolumes.filter(({ name }) => name !== step.name),
      };
    case "create-container": {
      const image = model.services[step.service]?.image ?? "";
      const made: ObservedContainer = {
        id: `id-of-${step.name}`,
        name: step.name,
        service: step.service,
        number: step.number,
        fingerprint: fingerprints.services[step.service] ?? "",
        image,
        imageDigest: state.images[image] ?? "",
        state: "created",
        health: "none",
        ports: [],
      };
      const volumes = (model.services[step.service]?.volumes ?? [])
        .filter(({ type, source }) => type === "volume" && source === undefined)
        .map(({ target }) => ({
          name: `${step.service}-${step.number}${target}`,
          service: step.service,
          number: step.number,
          target,
        }));
      const names = new Set(volumes.map(({ name }) => name));
      const others = state.anonymousVolumes.filter(({ name }) => !names.has(name));
      return { ...state, containers: [...state.containers, made], anonymousVolumes: [...others, ...volumes] };
    }
    case "start-container":
      if (lifecycles.isOneShot(step.service)) return change(step.name, { state: "exited", exitCode: 0 });
      return change(step.name, {
        state: "running",
        health: model.services[step.service]?.healthcheck === undefined ? "none" : "healthy",
        ports: (model.services[step.service]?.ports ?? []).flatMap(bound),
      });
    case "stop-container":
      return change(step.name, { state: "exited", exitCode: 143, ports: [] });
    case "remove-container":
      return { ...state, containers: state.containers.filter(({ id }) => id !== step.containerId) };
    case "await-service":
      return state;
  }
}

function bound({ published, target, protocol, host_ip: hostIp = "0.0.0.0" }: Port): ObservedContainer["ports"] {
  return published !== undefined && /^\d+$/.test(published)
    ? [{ hostIp, published: Number(published), target, protocol }]
    : [];
}
