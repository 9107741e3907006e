/**
 * The one error type that reaches a user. `code` is stable and machine-readable; `message` says what and where;
 * `hint` says what to do. Rooms subclass nothing: they name a code and add details.
 */
export class StackhouseError extends Error {
  override readonly name = "StackhouseError";
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  /** Evidence shown below the message: serial lines, probe outputs, log tails. One array entry a line. */
  readonly details: readonly string[];
  /** The evidence as data, by name, for scripts: `--json` prints it beside the message. */
  readonly data: Readonly<Record<string, unknown>>;

  constructor(code: ErrorCode, message: string, options: ErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.hint = options.hint;
    this.details = options.details ?? [];
    this.data = options.data ?? {};
  }

  /** The error as it fits on a screen: message, evidence, hint. */
  format(): string {
    const evidence = this.details.map((line) => `    ${line}`);
    const hint = this.hint === undefined ? [] : [`  → ${this.hint}`];
    return [this.message, ...evidence, ...hint].join("\n");
  }
}

interface ErrorOptions {
  readonly hint?: string | undefined;
  readonly details?: readonly string[];
  readonly data?: Readonly<Record<string, unknown>>;
  readonly cause?: unknown;
}

/** Every error code that Stackhouse shows, by room. `docs/errors.md` explains each. */
export type ErrorCode =
  // stack files
  | "stackfile.missing"
  | "stackfile.invalid"
  // engine
  | "engine.missing"
  | "engine.too-old"
  | "engine.no-go"
  | "engine.no-network"
  | "engine.build-failed"
  | "engine.failed"
  // base images
  | "image.tool-missing"
  | "image.build-failed"
  | "image.corrupt"
  // local VMs
  | "vm.qemu-missing"
  | "vm.qemu-too-old"
  | "vm.port-taken"
  | "vm.disk-full"
  | "vm.memory-too-small"
  | "vm.exited"
  | "vm.not-running"
  | "vm.cannot-resume"
  | "vm.disk-failed"
  | "vm.unreachable"
  | "vm.not-found"
  | "vm.damaged"
  // SSH
  | "ssh.host-key-mismatch"
  | "ssh.auth-failed"
  | "ssh.sudo-refused"
  | "ssh.unreachable"
  | "ssh.jump-host"
  | "ssh.command-failed"
  // host agent
  | "agent.install-failed"
  | "agent.crashed"
  | "agent.volume-disk"
  | "agent.disk-size"
  | "agent.unreachable"
  | "agent.silent"
  | "agent.protocol"
  | "agent.runtime-unavailable"
  | "agent.job-not-found"
  // apps
  | "app.unhealthy"
  | "app.image-pull-failed"
  | "app.image-missing"
  | "app.container-failed"
  | "app.port-taken"
  | "app.disk-full"
  | "app.unsupported"
  | "app.not-found"
  | "app.job-failed"
  // everything
  | "input.invalid"
  | "lock.held"
  | "deadline"
  | "cancelled"
  | "internal";

export function isStackhouseError(error: unknown, code?: ErrorCode): error is StackhouseError {
  return error instanceof StackhouseError && (code === undefined || error.code === code);
}

/** The message of anything that was thrown, for a line of a log. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
