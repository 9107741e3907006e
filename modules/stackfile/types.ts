import type { Model } from "./model.ts";

/** One finding about a stack file, with its place. */
export interface Diagnostic {
  readonly severity: "error" | "warning";
  /** Stable, machine-readable, as in `unknown-key`. */
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** From 1. */
  readonly column: number;
  /** Path in the file: `["services", "web", "imge"]`. */
  readonly path: readonly (string | number)[];
}

/** The loader's view of the world: pure code reads nothing by itself. */
export interface LoadPorts {
  /** The content of a file by absolute path, or undefined where it does not exist. */
  readonly readFile: (path: string) => string | undefined;
  /** Variables for interpolation; they win over `.env` files. */
  readonly env: Readonly<Record<string, string>>;
}

export interface LoadInput {
  /** Stack files in merge order: absolute paths. */
  readonly files: readonly string[];
  /** A stack file given as an object instead of `files`. */
  readonly inline?: Readonly<Record<string, unknown>>;
  /** Folder that relative paths and the default name are taken from. Default: the folder of the first file. */
  readonly projectDirectory?: string;
  /** The app's name; wins over `name:` in the file. */
  readonly name?: string;
  /** Extra variable files, later wins; `.env` of the project directory is read where this is absent. */
  readonly envFiles?: readonly string[];
  readonly profiles?: readonly string[];
}

export interface LoadResult {
  /** Absent when there is an error among the diagnostics. */
  readonly model?: Model;
  readonly diagnostics: readonly Diagnostic[];
}
