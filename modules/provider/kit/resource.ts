import type { Progress } from "../../base/progress.ts";
import type { Change } from "./changes.ts";
import type { Path, Properties } from "./values.ts";

/** One call of the engine on one resource. */
export interface Call {
  readonly urn: string;
  /** True while the engine only asks what would happen: nothing may be made. */
  readonly preview: boolean;
  /** Longest duration of the whole call, milliseconds. */
  readonly deadlineMs: number;
  /** Aborts at the deadline (`customTimeouts`, else the resource's own) and when the engine cancels. */
  readonly signal: AbortSignal;
  readonly progress: Progress;
  /** Where the inputs that came in are secret: nothing that people read may show a value of these. */
  readonly secrets: readonly Path[];
}

/** What the engine remembers. `outputs` is what the last create, update or read gave. */
export interface Remembered {
  readonly id: string;
  readonly inputs: Properties;
  readonly outputs: Properties;
}

export interface CheckFailure {
  /** The input at fault in Pulumi's notation, or empty. */
  readonly property: string;
  readonly reason: string;
}

export interface Checked {
  readonly inputs: Properties;
  readonly failures: readonly CheckFailure[];
}

export interface Diff {
  readonly changes: readonly (Change & { readonly replace: boolean })[];
  readonly deleteBeforeReplace: boolean;
}

export interface Made {
  readonly id: string;
  readonly outputs: Properties;
}

/** Longest duration of each operation, milliseconds, where the program sets no `customTimeouts`. */
export interface Deadlines {
  readonly create: number;
  readonly read: number;
  readonly update: number;
  readonly delete: number;
}

/** An output that has an input in it, as a URL has an address: it is a secret where the program made that one. */
export interface Repeat {
  readonly input: Path;
  readonly output: Path;
}

/**
 * A resource type as the server drives it. Values are plain; secrets are marked on the way out at `secrets`, and wherever
 * an input of the same path was secret. Most resources are made with `defineResource`.
 */
export interface Resource {
  /** `package:module:Name`. */
  readonly type: string;
  readonly secrets: readonly Path[];
  readonly repeats: readonly Repeat[];
  readonly deadlines: Deadlines;
  check(previous: Properties | undefined, news: Properties, call: Call): Promise<Checked>;
  diff(state: Remembered, news: Properties, call: Call): Promise<Diff>;
  create(inputs: Properties, call: Call): Promise<Made>;
  /** Undefined: it is gone. For an import, inputs and outputs are empty. */
  read(state: Remembered, call: Call): Promise<Remembered | undefined>;
  update(state: Remembered, inputs: Properties, call: Call): Promise<Properties>;
  delete(state: Remembered, call: Call): Promise<void>;
}
