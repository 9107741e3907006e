import type { Duplex, Readable, Writable } from "node:stream";
import type { Plan } from "../plan/types.ts";
import type { AgentInfo, ExecRequest, LogLine, LogsQuery } from "../protocol/api.ts";
import type { AppStatus, DesiredApp } from "../protocol/app.ts";
import type { Job, JobEvent } from "../protocol/jobs.ts";

export interface AgentCall {
  readonly signal: AbortSignal;
  /** Longest time to the answer once there is a way to the host, milliseconds: `open` has its own deadline. Default 30 000. */
  readonly deadlineMs?: number;
}

export interface JobCall {
  readonly signal: AbortSignal;
  /** Longest duration of the job, milliseconds, counted by the agent from the request on. */
  readonly deadlineMs: number;
  /** Who asks and why, for the release record. */
  readonly requestedBy: string;
  readonly onEvent: (event: JobEvent) => void;
  /** Asked when the agent is lost: why it cannot come back, as far as that is known. Default: it may. */
  readonly whyLost?: () => Promise<string | undefined>;
}

export interface LoadCall extends AgentCall {
  /** What the runtime tells while it loads. */
  readonly onProgress?: (text: string) => void;
}

/** An image archive: `docker save`, or an OCI layout in a tar. */
export interface ImageArchive {
  /** SHA-256 in hexadecimal. */
  readonly digest: string;
  readonly open: () => Readable;
}

/** An image that an archive held, and whether it is still there as it was. */
export interface ArchivedImage {
  readonly reference: string;
  readonly present: boolean;
}

/**
 * The agent's API. Every call is a stream of its own over one connection to the host.
 *
 * Problems of the agent come as `StackhouseError` with the agent's code. Besides them every call throws `agent.unreachable`
 * where no agent answers, `agent.silent` where one takes a
 * request and does not answer it in time, `agent.protocol` for an answer that is not understood, `deadline`, what `open` throws, and the
 * signal's reason.
 */
export interface AgentClient {
  info(call: AgentCall): Promise<AgentInfo>;
  /** Confirms the running slot. */
  confirm(call: AgentCall): Promise<AgentInfo>;
  /** Names of the apps on the host: those with containers, networks or a release. Volumes outlive their app. */
  apps(call: AgentCall): Promise<readonly string[]>;
  /** Undefined where nothing of the app is there. */
  status(app: string, call: AgentCall): Promise<AppStatus | undefined>;
  plan(desired: DesiredApp, call: AgentCall): Promise<Plan>;
  /**
   * Makes the app as desired, and gives its state when that is done. A connection that is cut is taken up again, and no event
   * is missed; the job goes on meanwhile. An abort cancels the job.
   */
  apply(desired: DesiredApp, call: JobCall): Promise<AppStatus>;
  /** Removes the app. Named volumes stay, but those of `deleteVolumes` (keys of the stack file). */
  remove(app: string, deleteVolumes: readonly string[], call: JobCall): Promise<void>;
  job(id: string, call: AgentCall): Promise<Job>;
  cancelJob(id: string, call: AgentCall): Promise<Job>;
  /** Log lines; with `follow` until the signal aborts. */
  logs(app: string, query: LogsQuery, signal: AbortSignal): AsyncIterable<LogLine>;
  /** Runs a command in a container. An abort ends it. */
  exec(app: string, request: ExecRequest, signal: AbortSignal): Promise<RemoteExec>;
  /** Digest by reference, for the images that are on the host. */
  images(references: readonly string[], call: AgentCall): Promise<Readonly<Record<string, string>>>;
  /** Loads an image archive; gives the references that it held. */
  loadImages(archive: ImageArchive, call: LoadCall): Promise<readonly string[]>;
  /** What is left of the archives that were loaded on the host, by digest; others are left out. */
  archives(digests: readonly string[], call: AgentCall): Promise<Readonly<Record<string, readonly ArchivedImage[]>>>;
}

/** A command in a container. Both outputs must be read: it waits for a slow reader. */
export interface RemoteExec {
  readonly stdin: Writable;
  readonly stdout: Readable;
  /** Empty with a terminal, which has one stream. */
  readonly stderr: Readable;
  resize(columns: number, rows: number): void;
  /** The exit code, when the command has ended. */
  readonly exited: Promise<number>;
}

/** Opens a stream to the agent: a unix socket forward over SSH, or a local unix socket. It gives up by itself, with the reason. */
export type OpenStream = (signal: AbortSignal) => Promise<Duplex>;
