import { mostContainers } from "../replicas.ts";
import { childOf, type MapNode, type Place } from "../tree/node.ts";
import type { Load } from "./context.ts";

/** Whether a host has room for as many services: false when not, which is reported once, before stages look at each of them. */
export function mayHaveServices(tree: MapNode, { merging, diagnostics }: Load): boolean {
  if (merging.isGivenUp) return false;
  const services = childOf(tree, "services");
  if (services?.kind !== "map" || services.entries.size <= mostContainers) return true;
  merging.isGivenUp = true;
  const [name, place] = firstBeyond(services) ?? ["", services.place];
  diagnostics.error(place, ["services", name], {
    code: "invalid-value",
    message: `from here on, the app has more than ${mostContainers} services`,
    hint: "split the app",
  });
  return false;
}

function firstBeyond({ entries }: MapNode): readonly [string, Place] | undefined {
  let count = 0;
  for (const [name, { keyPlace }] of entries) if (++count > mostContainers) return [name, keyPlace];
  return undefined;
}
