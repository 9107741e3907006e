import type { Condition } from "./lifecycle.ts";
import type { ObservedContainer } from "./types.ts";

/** Ids of steps: from what the step acts on, so that they are the same in every plan and can be named before the step is written. */
export const stepIds = {
  ensureImage: (reference: string): string => `ensure-image/${reference}`,
  createNetwork: (key: string): string => `create-network/${key}`,
  removeNetwork: (name: string): string => `remove-network/${name}`,
  createVolume: (key: string): string => `create-volume/${key}`,
  removeVolume: (name: string): string => `remove-volume/${name}`,
  createContainer: (name: string): string => `create-container/${name}`,
  startContainer: (name: string): string => `start-container/${name}`,
  stopContainer: (name: string): string => `stop-container/${name}`,
  removeContainer: (name: string): string => `remove-container/${name}`,
  awaitService: (service: string, condition: Condition): string => `await-service/${service}/${condition}`,
};

/** Whether a container must be stopped before it is removed. */
export function isAlive({ state }: ObservedContainer): boolean {
  return state === "running" || state === "restarting" || state === "paused";
}

/** The step after which a container that is removed holds nothing any more: no port, no file that it writes. */
export function endOf(container: ObservedContainer): string {
  return isAlive(container) ? stepIds.stopContainer(container.name) : stepIds.removeContainer(container.name);
}
