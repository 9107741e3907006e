import type { TemplateMemory } from "../../../images/index.ts";
import type { Memory } from "../machine/argv.ts";
import type { SavedMemory } from "../program/migration.ts";

/** How memory gets from a template into its clones. */
interface Restoring {
  /** What it is in the VM that becomes the template. */
  readonly made: Memory;
  /** What of it is in the saved state. */
  readonly saved: SavedMemory;
  /** What it is in clones. */
  readonly cloned: Memory;
}

export const restoring: Readonly<Record<TemplateMemory, Restoring>> = {
  mapped: { made: "file", saved: "unshared", cloned: "mapped" },
  streamed: { made: "anonymous", saved: "all", cloned: "loaded" },
};
