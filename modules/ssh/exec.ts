import { constants } from "node:os";
import { Readable, type Duplex, type Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { StringDecoder } from "node:string_decoder";
import type ssh2 from "ssh2";
import { passOn } from "../base/backpressure.ts";
import { unlessAborted } from "../base/deadline.ts";
import { StackhouseError } from "../base/errors.ts";
import type { Link } from "./link.ts";
import { nameOf } from "./names.ts";
import { shellCommandLine } from "./quote.ts";
import type { Privilege, SshCall, SshExecOptions, SshExecResult } from "./types.ts";

/** Runs a command to its end on a session channel of its own. */
export async function runCommand(
  link: Link,
  argv: readonly string[],
  call: SshCall,
  options: SshExecOptions = {},
): Promise<SshExecResult> {
  await proveRights(link, options.via, call.signal);
  return run(link, argv, call, options);
}

/** Rejects where the host does not give what a privilege promises; see `Privilege.proof`. No caller's end is another's answer. */
export async function proveRights(link: Link, via: Privilege | undefined, signal: AbortSignal): Promise<void> {
  const proof = via?.proof;
  if (proof === undefined) return;
  const prove = async (): Promise<StackhouseError | undefined> => {
    const call = { signal: new AbortController().signal, deadlineMs: proofMs };
    const { exitCode, stderr } = await run(link, proof.argv, call, { stdin: proof.stdin });
    return exitCode === 0 ? undefined : proof.refused(stderr.split("\n").filter((line) => line !== ""));
  };
  const refused = await unlessAborted(signal, link.proof(prove));
  if (refused !== undefined) throw refused;
}

/** `sudo` waits for some seconds after a wrong password. */
const proofMs = 30_000;

function run(link: Link, argv: readonly string[], call: SshCall, options: SshExecOptions): Promise<SshExecResult> {
  const line = shellCommandLine([...(options.via?.command ?? []), ...boundedOnHost(argv, call.deadlineMs)]);
  // A source may break while its command waits for a session; whoever feeds it to the command looks.
  if (options.stdin instanceof Readable) options.stdin.on("error", () => undefined);
  return link.within(call, nameOfCommand(argv), async (signal) => {
    const channel = await link.openSession(signal, (client, done) => client.exec(line, done));
    const stream = link.stream(channel);
    stream.on("error", () => undefined); // Seen by whoever reads it; one that comes after the end changes nothing.
    const stop = (): void => void stream.destroy(signal.reason as Error);
    signal.addEventListener("abort", stop, { once: true });
    try {
      return await collect(link, channel, stream, options);
    } catch (error) {
      stop();
      signal.throwIfAborted();
      throw error;
    } finally {
      signal.removeEventListener("abort", stop);
    }
  });
}

/** As errors call it: a script of ours goes by the name that it is given as `$0`. */
function nameOfCommand([program = "", option, , scriptName]: readonly string[]): string {
  return program === "sh" && option === "-c" ? (scriptName ?? program) : program;
}

/**
 * The host ends the command too: nothing that we started outlives its deadline by more than seconds, even when we are cut
 * off. SSH's own signals do not do it: OpenSSH passes none to a command of root. For the same reason this stands behind what
 * gives the command its rights: a user may not signal what sudo has made root.
 */
function boundedOnHost(argv: readonly string[], deadlineMs: number): readonly string[] {
  return ["timeout", "-k", "5", String(Math.ceil(deadlineMs / 1000) + 1), ...argv];
}

async function collect(
  link: Link,
  channel: ssh2.ClientChannel,
  stream: Duplex,
  options: SshExecOptions,
): Promise<SshExecResult> {
  const { onLine, into, via, stdin } = options;
  if (via?.stdin !== undefined) stream.write(via.stdin);
  const output = (source: Readable, sink: Writable | undefined): Promise<string> =>
    sink === undefined ? gather(source, onLine) : passOn(source, sink).then(() => "");
  const [exitCode, stdout, stderr] = await Promise.all([
    exitOf(channel),
    output(stream, into?.stdout),
    output(channel.stderr, into?.stderr),
    feed(stream, stdin),
  ]);
  if (exitCode !== undefined) return { exitCode, stdout, stderr };
  throw link.lost() ?? noExitCode(link);
}

function noExitCode(link: Link): StackhouseError {
  return new StackhouseError("ssh.command-failed", `${nameOf(link.connection)} ended a command without an exit code`);
}

/**
 * The exit code when the channel has closed; undefined where the host gave none. `close` tells it too, and cannot be missed: it waits
 * for the output to be read, while `exit` is over where a whole command came in one packet.
 */
export function exitOf(channel: ssh2.ClientChannel): Promise<number | undefined> {
  return new Promise((resolve) => {
    channel.once("close", (code?: number | null, signalName?: string) => {
      resolve(code === null ? 128 + signalNumber(signalName) : code);
    });
  });
}

function signalNumber(name: string | undefined): number {
  return new Map<string, number>(Object.entries(constants.signals)).get(name ?? "") ?? 0;
}

/** The whole text of a stream, and each of its lines as it comes. No piece is looked through twice, however long a line is. */
async function gather(source: Readable, onLine: (line: string) => void = () => undefined): Promise<string> {
  const decoder = new StringDecoder("utf8");
  let text = "";
  let unfinished = "";
  const take = (piece: string): void => {
    text += piece;
    const end = piece.lastIndexOf("\n") + 1;
    if (end > 0) {
      const lines = (unfinished + piece.slice(0, end)).split(/\r?\n/);
      lines.slice(0, -1).forEach(onLine);
      unfinished = "";
    }
    unfinished += piece.slice(end);
  };
  for await (const chunk of source) take(decoder.write(chunk as Buffer));
  take(decoder.end());
  if (unfinished !== "") onLine(unfinished);
  return text;
}

/** A command may end before it has read all of its stdin: that is its right, and the exit code tells how it went. */
async function feed(stream: Duplex, stdin: SshExecOptions["stdin"]): Promise<void> {
  if (!(stdin instanceof Readable)) {
    stream.end(stdin);
    return;
  }
  if (stdin.errored !== null) throw stdin.errored;
  let hostEnded = false;
  let sourceError: Error | undefined;
  for (const event of ["end", "error", "close"]) stream.once(event, () => (hostEnded = true));
  stdin.once("error", (error) => {
    if (!hostEnded) sourceError = error;
  });
  await pipeline(stdin, stream).catch(() => undefined); // What matters of it is in the two variables and the exit code.
  if (sourceError !== undefined) throw sourceError;
}
