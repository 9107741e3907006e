import type { LookupFunction } from "node:net";
import type { Duplex, Readable, Writable } from "node:stream";
import type { Clock } from "../base/clock.ts";
import type { StackhouseError } from "../base/errors.ts";
import type { Progress } from "../base/progress.ts";
import type { HostConnection } from "../protocol/host.ts";

/** Every operation can be cut short by its caller and ends by itself at its deadline. */
export interface SshCall {
  readonly signal: AbortSignal;
  /** Longest duration, milliseconds. */
  readonly deadlineMs: number;
}

/** How far a dial came. */
export type DialPhase = "address" | "TCP connection" | "SSH banner" | "key exchange" | "authentication";

/** What a dial waits for: what an error at the deadline names. */
export interface DialPoint {
  readonly phase: DialPhase;
  /** The server on the way to the host that it waits for, `root@192.0.2.1:22`. Undefined: for the host itself. */
  readonly jumpHost?: string | undefined;
}

/** `SSH banner`, `SSH banner of the jump host root@192.0.2.1:22`. */
export function describePoint({ phase, jumpHost }: DialPoint): string {
  return jumpHost === undefined ? phase : `${phase} of the jump host ${jumpHost}`;
}

export interface ConnectCall extends SshCall {
  /**
   * Longest time from its address to the host's first bytes, milliseconds: a host that is still booting takes connections and is silent. A jump host has
   * as long before.
   */
  readonly answerMs?: number;
  /** Told what the dial waits for now, and each change. */
  readonly onPoint?: (point: DialPoint) => void;
}

export interface SshPoolOptions {
  readonly clock: Clock;
  /** `SSH_AUTH_SOCK` of the workstation, for connections that hold no key. */
  readonly agentSocket?: string | undefined;
  /** Gives the addresses of names. Default: the system's. */
  readonly lookup?: LookupFunction;
  /** How long an unused connection stays open, milliseconds. Default 30 000: a handshake costs seconds under emulation. */
  readonly idleMs?: number;
  /** A host that is silent for five of these is lost, milliseconds. Default 15 000. */
  readonly keepaliveMs?: number;
}

/** SSH connections of one process: one a host and user, shared by all that talk to it. */
export interface SshPool extends AsyncDisposable {
  /**
   * Gives a session on the shared connection, dialling where there is none yet. The host must show the pinned key.
   *
   * @throws `ssh.host-key-mismatch` before anything is sent; `ssh.auth-failed`; `ssh.jump-host` where the server on the way is the one that
   *   does not let us through; `ssh.unreachable` with the reason, also at the deadline.
   * @example using session = await pool.connect(connection, { signal, deadlineMs: 10_000 });
   */
  connect(connection: HostConnection, call: ConnectCall): Promise<SshSession>;
}

/** A caller's share of a connection. Disposing gives the share back; an idle connection closes by itself. */
export interface SshSession extends Disposable {
  readonly connection: HostConnection;
  /** True when the connection was lost: take a new session from the pool. */
  readonly lost: boolean;
  /**
   * Runs a command to its end. Any exit code is a result.
   *
   * @throws `deadline`; `ssh.unreachable` when the connection is lost in the middle; the signal's reason.
   */
  exec(argv: readonly string[], call: SshCall, options?: SshExecOptions): Promise<SshExecResult>;
  /** Starts a command and gives its stdin and stdout as one stream; closing the stream ends the command. */
  openCommand(argv: readonly string[], call: SshCall, options?: Pick<SshExecOptions, "via">): Promise<Duplex>;
  /** Connects to a unix socket of the host. @throws `ssh.command-failed` when nobody listens there. */
  openUnixSocket(path: string, call: SshCall): Promise<Duplex>;
  /**
   * Puts a file in place in one step: readers see the old content or the new one. What a cut upload left is continued. A
   * file that is already there with the right digest is only given the mode.
   */
  upload(file: UploadSource, path: string, call: SshCall, options?: UploadOptions): Promise<UploadResult>;
  /** An interactive shell, or a command, with a pseudo-terminal. */
  shell(terminal: Terminal, call: Pick<SshCall, "signal">): Promise<SshShell>;
}

/** A command that gives rights to the one behind it: `sudo -n`. */
export interface Privilege {
  readonly command: readonly string[];
  /** What it reads from stdin before the other one does. */
  readonly stdin?: string;
  /**
   * Shows whether the host gives these rights. It is run once a connection, before anything is run with them: asking more than once may do harm, for
   * many lock a user out after three wrong passwords.
   */
  readonly proof?: RightsProof;
}

export interface RightsProof {
  /** Ends with 0 where the rights are given. */
  readonly argv: readonly string[];
  readonly stdin: string;
  /** What everything that wants these rights fails with where they are not. */
  readonly refused: (said: readonly string[]) => StackhouseError;
}

export interface SshExecOptions {
  /** What gives the rights to run it. Default: the user has them. */
  readonly via?: Privilege;
  readonly stdin?: string | Uint8Array | Readable;
  /** Called with each line of stdout and stderr as it comes, without its line end. */
  readonly onLine?: (line: string) => void;
  /** Where output goes as it comes, and not into the result: there may be any amount of it. They stay open. */
  readonly into?: { readonly stdout: Writable; readonly stderr: Writable };
}

export interface SshExecResult {
  /** 128 + the signal's number for a command that a signal ended, as in a shell. */
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface UploadSource {
  readonly bytes: number;
  /** `sha256:…` of the whole content. */
  readonly digest: string;
  /** The content from an offset on; called once for each attempt. */
  readonly open: (offset: number) => Readable;
}

export interface UploadOptions {
  /** Default 0o644. */
  readonly mode?: number;
  /** What gives the rights to write there. Default: the user has them. */
  readonly via?: Privilege;
  /** `gzip` sends less and costs both ends time. Default `none`. */
  readonly compression?: "none" | "gzip";
  /** Told as `uploading NAME 12 of 126 MB`. */
  readonly progress?: Progress;
  /** What progress calls the file. Default: the last part of the path. */
  readonly name?: string;
}

export interface UploadResult {
  /** Content bytes sent by this call: 0 when the file was there, fewer than all when an upload was continued. */
  readonly sentBytes: number;
}

export interface Terminal {
  /** `$TERM`: `xterm-256color`. */
  readonly term: string;
  readonly columns: number;
  readonly rows: number;
  /** Default: the user's login shell. */
  readonly command?: readonly string[];
}

export interface SshShell {
  readonly stream: Duplex;
  resize(columns: number, rows: number): void;
  readonly exited: Promise<number>;
}
