import type { Clearing } from "../tree/clearing.ts";
import type { Entry } from "../tree/node.ts";

/** Services that may extend each other. One that was extended takes the place of what was written. */
export interface Family {
  readonly entries: Map<string, Entry>;
  /** Of services. */
  readonly clearing: Clearing;
  readonly file: string;
  /** Services with something in their chain that cannot be extended, which was reported. They keep their `extends`. */
  readonly baseless: Set<string>;
}
