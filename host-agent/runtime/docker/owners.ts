import { RuntimeError } from "../errors.ts";
import type { ContainerSpec } from "../port.ts";

type Sharing = Pick<ContainerSpec, "owners">;

/** Id of the container of another service that a container shares something with. */
export function ownerOf({ owners }: Sharing, service: string): string {
  const id = owners[service];
  if (id === undefined) throw new RuntimeError("not-found", `service ${service} has no container to share with`);
  return id;
}

/** `service:x` of `network_mode`, `pid` and `ipc` becomes the id of its container; anything else is the engine's own word. */
export function namespace(spec: Sharing, mode: string): string {
  return mode.startsWith("service:") ? `container:${ownerOf(spec, mode.slice("service:".length))}` : mode;
}
