import type { Service, Network, Volume } from "../../modules/stackfile/model.ts";
import type { ObservedApp, ObservedContainer } from "../../modules/plan/types.ts";
import type { ExecRequest, LogLine, LogsQuery } from "../../modules/protocol/api.ts";

/**
 * What starts containers on a host, in domain words. Every operation is idempotent, cancellable and has a deadline;
 * its errors are `RuntimeError`s. Implementations touch only what carries our label.
 */
export interface Runtime {
  info(call: Call): Promise<RuntimeInfo>;
  /**
   * What of this it cannot make, because it is too old: a line each, `web: healthcheck.start_interval needs …`. Asked before anything is taken
   * away for something new.
   */
  lacks(wanted: Wanted, call: Call): Promise<readonly string[]>;
  /** Everything of an app, with one list call a kind. `images`: references whose digest is wanted. */
  observe(app: string, images: readonly string[], call: Call): Promise<ObservedApp>;
  /** Names of all apps that have containers or networks here. Volumes alone are no app: they outlive theirs. */
  apps(call: Call): Promise<readonly string[]>;
  /**
   * What happens to containers of ours from now on. Ends when the signal aborts; ends or throws where the stream breaks, as in a
   * restart of the engine: whoever watches watches anew. See `RuntimeEvent`.
   */
  watch(signal: AbortSignal): AsyncIterable<RuntimeEvent>;

  /** Digest of a local image, or undefined where it is absent. */
  resolveImage(reference: string, call: Call): Promise<string | undefined>;
  pullImage(reference: string, credentials: RegistryCredentials | undefined, call: ProgressCall): Promise<string>;
  /** Loads an archive (`docker save` or OCI layout in a tar); gives the references that it held, of an image without one its digest. */
  loadImages(archive: AsyncIterable<Uint8Array>, call: ProgressCall): Promise<readonly string[]>;

  createNetwork(spec: NetworkSpec, call: Call): Promise<void>;
  removeNetwork(name: string, call: Call): Promise<void>;
  createVolume(spec: VolumeSpec, call: Call): Promise<void>;
  removeVolume(name: string, call: Call): Promise<void>;

  /** Creates, does not start. A container of that name with the same fingerprint is the answer, not a conflict. */
  createContainer(spec: ContainerSpec, call: Call): Promise<string>;
  startContainer(id: string, call: Call): Promise<void>;
  /** @param graceMs undefined: what it was created with. */
  stopContainer(id: string, graceMs: number | undefined, call: Call): Promise<void>;
  /** Running or not. Its volumes stay, the anonymous ones too: the next container of its service and number goes on with them. */
  removeContainer(id: string, call: Call): Promise<void>;
  /** Drops what is kept on the host for containers of an app that are not there, as one whose creation was cut short. */
  sweep(app: string, call: Call): Promise<void>;
  inspectContainer(id: string, call: Call): Promise<ContainerDetail | undefined>;

  logs(
    id: string,
    query: Omit<LogsQuery, "services">,
    signal: AbortSignal,
  ): AsyncIterable<Pick<LogLine, "stream" | "at" | "line">>;
  exec(id: string, request: ExecRequest, signal: AbortSignal): Promise<ExecSession>;
}

export interface Call {
  readonly signal: AbortSignal;
  /** Longest duration, milliseconds. */
  readonly deadlineMs: number;
}

export interface ProgressCall extends Call {
  readonly onProgress: (text: string) => void;
}

/** Parts of a model, by their key in the stack file. */
export interface Wanted {
  readonly services: Readonly<Record<string, Service>>;
  readonly networks: Readonly<Record<string, Network>>;
}

export interface RuntimeInfo {
  /** `docker`, `fake`, `native`. */
  readonly kind: string;
  readonly version: string;
}

export interface RegistryCredentials {
  readonly username: string;
  readonly password: string;
}

export interface NetworkSpec {
  readonly app: string;
  readonly key: string;
  readonly fingerprint: string;
  readonly network: Network;
}

export interface VolumeSpec {
  readonly app: string;
  readonly key: string;
  readonly fingerprint: string;
  readonly volume: Volume;
}

export interface ContainerSpec {
  readonly app: string;
  readonly service: string;
  readonly number: number;
  /** The container's name on the runtime. */
  readonly name: string;
  readonly fingerprint: string;
  readonly release: string;
  readonly definition: Service;
  /** Runtime network name by key of the stack file, for the networks that the service joins. */
  readonly networks: Readonly<Record<string, string>>;
  /** Runtime volume name by key of the stack file. */
  readonly volumes: Readonly<Record<string, string>>;
  /** Ids of the containers that it shares namespaces or volumes with, by their service. */
  readonly owners: Readonly<Record<string, string>>;
  /** Configs and secrets, placed read-only before the first start. */
  readonly files: readonly ContainerFile[];
}

export interface ContainerFile {
  readonly target: string;
  readonly content: Uint8Array;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
}

export interface ContainerDetail {
  readonly container: ObservedContainer;
  /** Outputs of the last health probes, newest last. */
  readonly probes: readonly { readonly exitCode: number; readonly output: string; readonly at: string }[];
  /** The engine's own error for a container that did not start. */
  readonly error: string | undefined;
  /** How long it was created to have between its stop signal and its end, in milliseconds; undefined: as the engine has it. */
  readonly stopGraceMs: number | undefined;
}

/**
 * `listening` opens the stream: what happened before it may have been missed, so observe on it. Everything after it arrives,
 * until the stream ends.
 */
export type RuntimeEvent =
  | { readonly kind: "listening" }
  | {
      readonly kind: "started" | "died" | "health" | "removed";
      readonly app: string;
      readonly service: string;
      readonly containerId: string;
    };

/** Both outputs have to be read or resumed: a command waits for its reader. Aborted, they break off and `exited` rejects. */
export interface ExecSession {
  readonly stdin: NodeJS.WritableStream;
  readonly stdout: NodeJS.ReadableStream;
  readonly stderr: NodeJS.ReadableStream;
  resize(columns: number, rows: number): Promise<void>;
  /** The exit code, when the command has ended. */
  readonly exited: Promise<number>;
}
