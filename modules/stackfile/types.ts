import type { Content } from "./contents.ts";
import type { Model } from "./model.ts";

/** One finding about a stack file, with its place. */
export interface Diagnostic {
  readonly severity: "error" | "warning";
  /** Stable, machine-readable, as in `unknown-key`; `DiagnosticCode` lists them. */
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
  /** What most likely was meant, to be written in the place of the offending text. */
  readonly suggestion?: string;
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** From 1. */
  readonly column: number;
  /** Characters of the offending text, at least 1. */
  readonly length: number;
  /** Path in the file: `["services", "web", "imge"]`. */
  readonly path: readonly (string | number)[];
}

/** The loader's view of the world: pure code reads nothing by itself. */
export interface LoadPorts {
  /**
   * The text of a file by absolute path, or undefined where it does not exist. A `StackhouseError` says why it cannot be
   * read, as data, too: `reason` is "folder", "not-allowed", "link-loop", "not-text" (at `line` and `column`) or none of these.
   */
  readonly readFile: (path: string) => string | undefined;
  /** Whether a path is one of a folder. Without it, all that should be one is taken for one. */
  readonly isFolder?: (path: string) => boolean;
  /** Variables for interpolation; they win over `.env` files. */
  readonly env: Readonly<Record<string, string>>;
}

export interface LoadInput {
  /** Stack files in merge order: absolute paths. */
  readonly files: readonly string[];
  /** A stack file given as an object instead of `files`. Its strings are interpolated like those of a file. */
  readonly inline?: Readonly<Record<string, unknown>>;
  /** Paths of the values of `inline` that are secret: no finding shows one. */
  readonly inlineSecrets?: readonly (readonly (string | number)[])[];
  /** Folder that relative paths and the default name are taken from: absolute. Default: the folder of the first file. */
  readonly projectDirectory?: string;
  /** The app's name; wins over `name:` in the file. */
  readonly name?: string;
  /** Extra variable files: absolute paths, later wins. They are read instead of `defaultEnvFiles`. */
  readonly envFiles?: readonly string[];
  /** Variable files that need not exist: absolute paths, earlier wins. Default: `.env` of the project directory. */
  readonly defaultEnvFiles?: readonly string[];
  /** Profiles that are active; `*` is all. Default: those of the variable `COMPOSE_PROFILES`. */
  readonly profiles?: readonly string[];
  /** Variables that have a value which is not known yet, as in a Pulumi preview. See `unknownValue`. */
  readonly unknownVariables?: readonly string[];
  /**
   * `x-` keys stay in the model wherever they are, as `docker compose config` prints them in YAML. For people to read: what runs has
   * those of the file and of its services, networks and so on only.
   */
  readonly keepsExtensions?: boolean;
}

/** A position that was left out of the model because its value is known after apply only. */
export interface UnknownPart {
  readonly path: readonly (string | number)[];
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

export interface LoadResult {
  /** Absent when there is an error among the diagnostics. */
  readonly model?: Model;
  /** Absent when docker compose refuses the files: it is there, too, when the only errors are about what Stackhouse does not run. */
  readonly specification?: Specification;
  /** What the configs and secrets of the model hold, or where to find it; none without a model. */
  readonly contents: readonly Content[];
  /** Errors first, then by file and line. */
  readonly diagnostics: readonly Diagnostic[];
  /** What the model lacks because its value is not known yet. Strings are not listed: they are `unknownValue`. */
  readonly unknown: readonly UnknownPart[];
}

/** What stack files mean as `docker compose config` has it, whatever Stackhouse runs of it: what is common to an app and to templates. */
export interface Specification extends Readonly<Record<string, unknown>> {
  readonly name?: string;
  readonly services?: Readonly<Record<string, SpecifiedService>>;
  readonly volumes?: object;
  readonly networks?: object;
}

export interface SpecifiedService {
  readonly image?: string | undefined;
  readonly pre_start?: readonly { readonly image?: string | undefined }[] | undefined;
  readonly profiles?: readonly string[] | undefined;
}

export interface SpecificationResult {
  /** Absent when there is an error among the diagnostics. */
  readonly model?: Specification;
  readonly diagnostics: readonly Diagnostic[];
}
