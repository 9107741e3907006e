import { once } from "node:events";
import type { Duplex } from "node:stream";
import { drained } from "../../modules/base/backpressure.ts";
import type { Clock } from "../../modules/base/clock.ts";
import { unlessAborted, withDeadline } from "../../modules/base/deadline.ts";
import { StackhouseError } from "../../modules/base/errors.ts";
import type { ExecRequest } from "../../modules/protocol/api.ts";
import {
  decodeExecFrames,
  encodeExecFrame,
  maxExecPayload,
  type ExecFrame,
} from "../../modules/protocol/exec-frames.ts";
import { problemOf } from "../execute/problems.ts";
import type { ExecSession, Runtime } from "../runtime/port.ts";

const readLimitMs = 30_000;
/** Long enough for a person who pauses the output, as a pager does. */
const lastFramesLimitMs = 60 * 60_000;

interface ExecPorts {
  readonly runtime: Runtime;
  readonly clock: Clock;
}

/**
 * Speaks `exec-frames.ts` on a connection that has left HTTP, until the command has ended or the client is gone. What goes
 * wrong is the last frame, `problem`.
 */
export async function serveExec(app: string, connection: Duplex, { runtime, clock }: ExecPorts): Promise<void> {
  const gone = new AbortController();
  connection.once("close", () => gone.abort(new StackhouseError("cancelled", "the client is gone")));
  connection.on("error", () => undefined); // `close` follows.
  const frames = readFrames(connection);
  try {
    const request = await requestIn(frames, clock, gone.signal);
    const id = await containerOf(app, request, { runtime, signal: gone.signal });
    const session = await runtime.exec(id, request, gone.signal);
    forwardInput(frames, session).catch((error: unknown) => connection.destroy(asError(error)));
    const [code] = await Promise.all([
      session.exited,
      forwardOutput("stdout", session.stdout, connection),
      forwardOutput("stderr", session.stderr, connection),
    ]);
    connection.end(encodeExecFrame({ kind: "exit", code }));
  } catch (error) {
    if (!connection.destroyed) connection.end(encodeExecFrame({ kind: "problem", problem: problemOf(error) }));
  } finally {
    await sent(connection, clock, gone.signal);
    connection.destroy();
  }
}

async function requestIn(frames: AsyncGenerator<ExecFrame>, clock: Clock, gone: AbortSignal): Promise<ExecRequest> {
  const late = (): StackhouseError => new StackhouseError("deadline", "the client does not say what is to run");
  const first = await withDeadline({ clock, signal: gone, deadlineMs: readLimitMs }, late, (signal) =>
    unlessAborted(signal, frames.next()),
  );
  if (first.done !== true && first.value.kind === "start") return first.value.request;
  throw new StackhouseError("agent.protocol", "exec stream: the first frame is not `start`");
}

/** Until the last frames are with the client, which may have paused; one that does not read them in time is cut off. */
async function sent(connection: Duplex, clock: Clock, gone: AbortSignal): Promise<void> {
  const late = (): StackhouseError => new StackhouseError("deadline", "the client does not read what the command said");
  const call = { clock, signal: gone, deadlineMs: lastFramesLimitMs };
  await withDeadline(call, late, (signal) => once(connection, "finish", { signal })).catch(() => undefined);
}

/** The container that is meant: the given number, else the lowest that runs. */
async function containerOf(
  app: string,
  { service, number }: ExecRequest,
  { runtime, signal }: { readonly runtime: Runtime; readonly signal: AbortSignal },
): Promise<string> {
  const { containers } = await runtime.observe(app, [], { signal, deadlineMs: readLimitMs });
  const found = containers
    .filter((container) => container.service === service && (number === undefined || container.number === number))
    .sort((one, other) => one.number - other.number);
  const running = found.find(({ state }) => state === "running");
  if (running !== undefined) return running.id;
  const which = number === undefined ? service : `${service} number ${number}`;
  const [stopped] = found;
  throw new StackhouseError(
    "app.not-found",
    stopped === undefined ? `${app} has no container of ${which}` : `${stopped.name} is not running: ${stopped.state}`,
  );
}

async function* readFrames(connection: Duplex): AsyncGenerator<ExecFrame, undefined> {
  let rest: Uint8Array = new Uint8Array();
  for await (const chunk of connection.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    const decoded = decodeExecFrames(rest.length === 0 ? chunk : Buffer.concat([rest, chunk]));
    rest = decoded.rest;
    yield* decoded.frames;
  }
  return undefined;
}

async function forwardInput(frames: AsyncIterable<ExecFrame>, session: ExecSession): Promise<void> {
  session.stdin.on("error", () => undefined); // The command has closed its input, or ended.
  for await (const frame of frames) {
    switch (frame.kind) {
      case "stdin":
        if (session.stdin.writable && !session.stdin.write(frame.data)) await drained(session.stdin);
        break;
      case "stdin-end":
        session.stdin.end();
        break;
      case "resize":
        // A command that has just ended has no size any more.
        await session.resize(frame.columns, frame.rows).catch(() => undefined);
        break;
      case "start":
      case "stdout":
      case "stderr":
      case "exit":
      case "problem":
        throw new StackhouseError("agent.protocol", `exec stream: ${frame.kind} is not for a client to send here`);
    }
  }
}

async function forwardOutput(
  kind: "stdout" | "stderr",
  output: NodeJS.ReadableStream,
  connection: Duplex,
): Promise<void> {
  for await (const chunk of output as AsyncIterable<Buffer>) {
    for (let offset = 0; offset < chunk.length; offset += maxExecPayload) {
      const data = chunk.subarray(offset, offset + maxExecPayload);
      if (connection.destroyed) return;
      if (!connection.write(encodeExecFrame({ kind, data }))) await drained(connection);
    }
  }
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
