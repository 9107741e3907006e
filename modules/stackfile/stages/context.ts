import type { Variables } from "../interpolate/variables.ts";
import { At, type Reports } from "../shapes/at.ts";
import type { Node, YamlDocument } from "../tree/node.ts";
import type { Source } from "../tree/source.ts";
import type { LoadPorts } from "../types.ts";
import type { Family } from "./family.ts";
import type { Merging } from "./merging.ts";
import type { Passes } from "./settle.ts";

/** What is the same for all files of a load. */
export interface Load extends Reports {
  readonly ports: LoadPorts;
  /** Loads a project that is included: `assemble`, which itself includes. */
  readonly assemble: (sources: readonly Source[], project: Project, including: readonly string[]) => Node | undefined;
  readonly skipsInterpolation: boolean;
  /** Whatever stands in the files is taken, but for what has no long form. */
  readonly skipsValidation: boolean;
  /** Models of files that were included before, by all that makes them what they are. */
  readonly included: Map<string, Node | undefined>;
  /** Services of files that were extended before, by file. */
  readonly extended: Map<string, Family>;
  /** Files without a document. */
  readonly empty: Source[];
  readonly passes: Passes;
  readonly merging: Merging;
  /** Files that were read before, by path. */
  readonly sources: Map<string, Source>;
  /** Documents of files that were read before: parsing is most of the work. */
  readonly parsed: Map<Source, readonly YamlDocument[]>;
}

/** One project: the one that is loaded, or one that is included. */
export interface Project {
  readonly load: Load;
  /** Where its files are looked for: absolute. */
  readonly folder: string;
  /** Where its relative paths begin. An included project's is relative to that of the including one. */
  readonly base: string;
  readonly variables: Variables;
}

/** The top of a file. */
export function at(load: Load): At {
  return At.root(load);
}
