import { PassThrough, Writable, type Duplex } from "node:stream";
import { drained } from "../base/backpressure.ts";
import { StackhouseError } from "../base/errors.ts";
import type { ExecRequest } from "../protocol/api.ts";
import {
  decodeExecFrames,
  encodeExecFrame,
  execUpgrade,
  maxExecPayload,
  type ExecFrame,
} from "../protocol/exec-frames.ts";
import { routes } from "../protocol/routes.ts";
import { errorOf, notUnderstood, streamError } from "./errors.ts";
import { openUpgrade, pathOf } from "./transport.ts";
import type { OpenStream, RemoteExec } from "./types.ts";

/** Starts a command in a container; see `AgentClient.exec`. */
export async function startExec(
  open: OpenStream,
  { app, request }: { readonly app: string; readonly request: ExecRequest },
  signal: AbortSignal,
): Promise<RemoteExec> {
  const route = routes.exec;
  const connection = await openUpgrade(open, { route, path: pathOf(route, { app }), signal }, execUpgrade);
  connection.write(encodeExecFrame({ kind: "start", request }));
  const output = { stdout: new PassThrough(), stderr: new PassThrough() };
  const exited = readFrames(connection, output)
    .catch((error: unknown) => {
      throw signal.aborted ? (signal.reason as Error) : streamError(error);
    })
    .finally(() => {
      output.stdout.end();
      output.stderr.end();
      connection.destroy();
    });
  exited.catch(() => undefined); // Whoever waits for it is told; nobody has to.
  return {
    stdin: createInput(connection),
    ...output,
    resize: (columns, rows) => {
      if (connection.writable) connection.write(encodeExecFrame({ kind: "resize", columns, rows }));
    },
    exited,
  };
}

interface Output {
  readonly stdout: PassThrough;
  readonly stderr: PassThrough;
}

/** Passes output on, no faster than it is read, and gives the exit code. */
async function readFrames(connection: Duplex, output: Output): Promise<number> {
  let rest: Uint8Array = new Uint8Array();
  for await (const chunk of connection as AsyncIterable<Buffer>) {
    const decoded = decodeExecFrames(rest.length === 0 ? chunk : Buffer.concat([rest, chunk]));
    rest = decoded.rest;
    for (const frame of decoded.frames) {
      const code = await take(frame, output, connection);
      if (code !== undefined) return code;
    }
  }
  throw new StackhouseError("agent.unreachable", "the connection to the command was lost");
}

/** The exit code, where the frame holds one. */
async function take(frame: ExecFrame, output: Output, connection: Duplex): Promise<number | undefined> {
  switch (frame.kind) {
    case "stdout":
    case "stderr": {
      const reader = output[frame.kind];
      if (reader.destroyed || reader.write(frame.data)) return undefined;
      await drained(reader, connection);
      return undefined;
    }
    case "exit":
      return frame.code;
    case "problem":
      throw errorOf(frame.problem);
    case "start":
    case "stdin":
    case "stdin-end":
    case "resize":
      throw notUnderstood(`a frame ${frame.kind} from the agent`);
  }
}

function createInput(connection: Duplex): Writable {
  return new Writable({
    write(chunk: Buffer, _encoding, done) {
      const frames: Uint8Array[] = [];
      for (let at = 0; at < chunk.length; at += maxExecPayload) {
        frames.push(encodeExecFrame({ kind: "stdin", data: chunk.subarray(at, at + maxExecPayload) }));
      }
      send(connection, Buffer.concat(frames), done);
    },
    final: (done) => send(connection, encodeExecFrame({ kind: "stdin-end" }), done),
  });
}

/** What comes after the command has ended is dropped, as it is for a local command. */
function send(connection: Duplex, bytes: Uint8Array, done: () => void): void {
  if (connection.writable) connection.write(bytes, () => done());
  else done();
}
