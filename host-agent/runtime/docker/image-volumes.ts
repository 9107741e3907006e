import { cleanTarget } from "../anonymous-volumes.ts";
import type { ContainerSpec } from "../port.ts";
import type { EngineClient } from "./client.ts";
import { inspect } from "./containers.ts";
import { imageVolumes } from "./images.ts";
import { volumesFrom } from "./mounts.ts";

/** Targets of the volumes that a service's image declares and that the containers of its `volumes_from` do not bring. */
export async function unmountedImageVolumes(
  engine: EngineClient,
  spec: Pick<ContainerSpec, "definition" | "owners">,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const declared = await imageVolumes(engine, spec.definition.image ?? "", signal);
  if (declared.length === 0) return [];
  const sources = await Promise.all(
    (volumesFrom(spec) ?? []).map((source) => inspect(engine, source.replace(/:(?:ro|rw)$/, ""), signal)),
  );
  const brought = sources.flatMap((source) => (source?.Mounts ?? []).map(({ Destination: target }) => target));
  return declared.filter((target) => !brought.includes(cleanTarget(target)));
}
