import type { Checked, Resource } from "../kit/resource.ts";
import { stateOnly } from "./state-only.ts";

/**
 * Types that older versions made and no program makes any more. All of them lived in the state alone, and there they are until the next `up` takes
 * them out: the engine reads and deletes them as they were written, whatever that was.
 *
 * `Fixed` was what may not change while something lives, which `keeps` of `Allowed` says now.
 */
const retiredTypes = ["stackhouse:index:Fixed"];

export function retiredResources(): readonly Resource[] {
  return retiredTypes.map(retired);
}

function retired(type: string): Resource {
  const refused: Checked = { inputs: {}, failures: [{ property: "", reason: "is no resource any more: take it out" }] };
  const never = (): Promise<never> => Promise.reject(new Error(`${type} is refused before it is made`));
  return {
    type,
    secrets: [],
    repeats: [],
    deadlines: stateOnly.deadlines,
    check: () => Promise.resolve(refused),
    // A refresh compares what it has read.
    diff: () => Promise.resolve({ changes: [], deleteBeforeReplace: false }),
    create: never,
    read: stateOnly.read,
    update: never,
    delete: stateOnly.delete,
  };
}
