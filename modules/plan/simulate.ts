import { fingerprintsOf } from "../stackfile/fingerprint.ts";
import { isOneShot } from "./lifecycle.ts";
import type { DesiredState, ObservedApp, ObservedContainer, Plan, Step } from "./types.ts";

/**
 * What would be observed after a plan on a host where everything goes well: containers run and are healthy, one-shots have
 * ended with code 0. It lets properties of the planner be checked without a runtime, as that a second plan is empty.
 */
export function applyPlan(observed: ObservedApp, plan: Plan, desired: DesiredState): ObservedApp {
  return plan.steps.reduce((state, step) => applyStep(state, step, desired), observed);
}

function applyStep(state: ObservedApp, step: Step, { model, contentDigests }: DesiredState): ObservedApp {
  const change = (name: string, values: Partial<ObservedContainer>): ObservedApp => ({
    ...state,
    containers: state.containers.map((container) =>
      container.name === name ? { ...container, ...values } : container,
    ),
  });
  const fingerprints = fingerprintsOf(model, contentDigests);
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
      const made = { name: step.name, fingerprint: fingerprints.volumes[step.volume] ?? "" };
      return { ...state, volumes: [...state.volumes, made] };
    }
    case "remove-volume":
      return { ...state, volumes: state.volumes.filter(({ name }) => name !== step.name) };
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
      return { ...state, containers: [...state.containers, made] };
    }
    case "start-container":
      if (isOneShot(step.service, model)) return change(step.name, { state: "exited", exitCode: 0 });
      return change(step.name, {
        state: "running",
        health: model.services[step.service]?.healthcheck === undefined ? "none" : "healthy",
      });
    case "stop-container":
      return change(step.name, { state: "exited", exitCode: 143, ports: [] });
    case "remove-container":
      return { ...state, containers: state.containers.filter(({ id }) => id !== step.containerId) };
    case "await-service":
      return state;
  }
}
