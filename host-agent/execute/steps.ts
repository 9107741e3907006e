import type { Step } from "../../modules/plan/types.ts";
import { awaitService } from "./await-service.ts";
import { createContainer, removeContainer, startContainer, stopContainer } from "./containers.ts";
import type { StepContext, StepOf } from "./context.ts";
import { ensureImage } from "./images.ts";
import { createNetwork, createVolume, removeNetwork, removeVolume } from "./objects.ts";

type Executors = { readonly [K in Step["kind"]]: (step: StepOf<K>, context: StepContext) => Promise<void> };

/** One function a kind of step. A kind without one does not compile. */
const executors: Executors = {
  "ensure-image": ensureImage,
  "create-network": createNetwork,
  "remove-network": removeNetwork,
  "create-volume": createVolume,
  "remove-volume": removeVolume,
  "create-container": createContainer,
  "start-container": startContainer,
  "stop-container": stopContainer,
  "remove-container": removeContainer,
  "await-service": awaitService,
};

export function executeStep<K extends Step["kind"]>(step: StepOf<K>, context: StepContext): Promise<void> {
  const execute: (step: StepOf<K>, context: StepContext) => Promise<void> = executors[step.kind];
  return execute(step, context);
}
