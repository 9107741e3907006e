import type { PulumiCommand, PulumiFn } from "@pulumi/pulumi/automation/index.js";
import type { Clock } from "../base/clock.ts";
import type { Progress } from "../base/progress.ts";
import type { Runner } from "../system/exec.ts";
import type { Home } from "../system/home.ts";
import type { EngineEvent } from "./events.ts";
import type { Operation } from "./run-view.ts";

/** Environment variables, as `process.env` has them. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** A Pulumi engine that is there and new enough. */
export interface Engine {
  readonly command: PulumiCommand;
  /** Folder of `pulumi` and `pulumi-language-nodejs`, absolute. */
  readonly binDir: string;
  /** `3.259.0`. */
  readonly version: string;
  /** Where it is from: the PATH, an earlier run of ours, or this run. */
  readonly source: "path" | "installed" | "downloaded" | "built";
}

/** What finding or making an engine needs. */
export interface EnginePorts {
  readonly home: Home;
  readonly runner: Runner;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly progress: Progress;
  readonly env: Environment;
}

/** The program that an engine runs. */
export type Project =
  /** A folder with a `Pulumi.yaml`; the language host runs it. */
  | { readonly kind: "directory"; readonly path: string }
  /** A function in this process. `name` is the Pulumi project's, `workDir` a folder for its settings, made when missing. */
  | { readonly kind: "inline"; readonly name: string; readonly workDir: string; readonly program: PulumiFn };

export interface PulumiStackOptions {
  readonly engine: Engine;
  readonly home: Home;
  readonly project: Project;
  readonly stackName: string;
  readonly env: Environment;
  /** Folder of `pulumi-resource-stackhouse`, absolute. */
  readonly providerPath: string;
  /** The id that a create gives, for resources whose create can be run again. Undefined for all others. */
  readonly idOf: (type: string, inputs: unknown) => string | undefined;
  readonly runner: Runner;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly progress: Progress;
}

/** One run of the engine. */
export interface RunCall {
  /** Aborted: the engine is asked once to stop; running steps end or are recorded, then the call fails with `cancelled`. */
  readonly signal: AbortSignal;
  /** Aborted: the engine is killed and the call fails at once with `cancelled` and how to recover. Default: never. */
  readonly killSignal?: AbortSignal;
  readonly progress: Progress;
  readonly onEvent?: (event: EngineEvent) => void;
  /** Raw text of the engine, for a log file or `-v`. */
  readonly onOutput?: (text: string) => void;
  /** How long to wait for another run on the same Pulumi stack, milliseconds. Default 10 minutes; 0 refuses at once. */
  readonly lockDeadlineMs?: number;
}

/** What a run did or a preview found, by operation. */
export interface Changes {
  readonly counts: Readonly<Partial<Record<Operation, number>>>;
  /** Some resource is not as it was: anything but `same` and `read`. */
  readonly changed: boolean;
}

export interface UpResult extends Changes {
  /** What the program exports; secrets are `[secret]`. */
  readonly outputs: Readonly<Record<string, unknown>>;
}

export interface RefreshCall extends RunCall {
  /** `preview` reports drift and keeps the state as it is. Default: `apply`. */
  readonly mode?: "apply" | "preview";
}

export interface DestroyCall extends RunCall {
  /** `remove` also forgets the Pulumi stack, its settings and its history once all resources are gone. Default: `keep`. */
  readonly stack?: "keep" | "remove";
}

/** How secrets appear in exported state: as text, or as their ciphertext. */
export type SecretsMode = "plain" | "encrypted";

/** A Pulumi stack, driven through the Automation API. Runs that change it hold a lock, so two of them follow each other. */
export interface PulumiStack {
  readonly name: string;
  readonly project: string;
  /** Where the state is: a URL. */
  readonly backend: string;
  preview(call: RunCall): Promise<Changes>;
  up(call: RunCall): Promise<UpResult>;
  refresh(call: RefreshCall): Promise<Changes>;
  destroy(call: DestroyCall): Promise<void>;
  /** The deployment as `pulumi stack export` gives it. */
  export(secrets: SecretsMode): Promise<unknown>;
}
