import { PassThrough } from "node:stream";
import type { Duplex } from "node:stream";
import { drained } from "../../../modules/base/backpressure.ts";
import type { Clock } from "../../../modules/base/clock.ts";
import type { ExecRequest } from "../../../modules/protocol/api.ts";
import { RuntimeError } from "../errors.ts";
import type { ExecSession } from "../port.ts";
import { createdSchema, inspectedExecSchema } from "./answers.ts";
import type { EngineClient } from "./client.ts";
import { inspectOurs } from "./containers.ts";
import { toRuntimeError } from "./errors.ts";
import { frames } from "./frames.ts";

/** How long the engine may take to know the exit code after the output has ended, milliseconds. */
const exitCodeDeadlineMs = 5_000;

/** Runs a command in a container. The signal ends the session; the engine has no way to end the command itself. */
export async function execInContainer(
  engine: EngineClient,
  clock: Clock,
  { id, request }: { readonly id: string; readonly request: ExecRequest },
  signal: AbortSignal,
): Promise<ExecSession> {
  const container = await inspectOurs(engine, id, signal);
  if (container === undefined) throw new RuntimeError("not-found", `there is no container ${id}`);
  const { Id: execId } = await engine.json(createdSchema, {
    method: "POST",
    path: `/containers/${container.Id}/exec`,
    body: {
      AttachStdin: true,
      AttachStdout: true,
      AttachStderr: true,
      Tty: request.tty,
      Cmd: request.command,
      Env: Object.entries(request.env).map(([name, value]) => `${name}=${value}`),
      User: request.user,
      WorkingDir: request.workingDir,
    },
    signal,
  });
  const path = `/exec/${execId}`;
  const socket = await engine.upgrade({
    method: "POST",
    path: `${path}/start`,
    body: { Detach: false, Tty: request.tty },
    signal,
  });
  const stdout = new PassThrough();
  const stderr = new PassThrough();
  const output = request.tty ? copyRaw(socket, stdout, stderr) : copyFrames(socket, stdout, stderr);
  const breakOff = (): void => {
    for (const stream of [socket, stdout, stderr]) stream.destroy();
  };
  signal.addEventListener("abort", breakOff, { once: true });
  socket.on("error", () => undefined); // `exited` tells.

  const exited = (async () => {
    try {
      await output;
      return await exitCode(engine, clock, path, signal);
    } catch (error) {
      breakOff();
      signal.throwIfAborted();
      throw toRuntimeError(error, "any");
    } finally {
      signal.removeEventListener("abort", breakOff);
      socket.destroy();
    }
  })();
  exited.catch(() => undefined); // A caller that only reads the output must not be ended by it.
  return {
    stdin: socket,
    stdout,
    stderr,
    async resize(columns, rows) {
      await engine.send({ method: "POST", path: `${path}/resize`, query: { h: rows, w: columns }, signal });
    },
    exited,
  };
}

async function copyRaw(socket: Duplex, stdout: PassThrough, stderr: PassThrough): Promise<void> {
  stderr.end();
  for await (const chunk of socket as AsyncIterable<Uint8Array>) await write(stdout, chunk);
  stdout.end();
}

async function copyFrames(socket: Duplex, stdout: PassThrough, stderr: PassThrough): Promise<void> {
  const streams = { stdout, stderr };
  for await (const { stream, content } of frames(socket)) await write(streams[stream], content);
  stdout.end();
  stderr.end();
}

/** Waits for a slow reader; one that left gets nothing more. */
async function write(target: PassThrough, content: Uint8Array): Promise<void> {
  if (target.destroyed || target.write(content)) return;
  await drained(target);
}

async function exitCode(engine: EngineClient, clock: Clock, path: string, signal: AbortSignal): Promise<number> {
  const started = clock.now();
  for (;;) {
    const found = await engine.json(inspectedExecSchema, { method: "GET", path: `${path}/json`, signal });
    if (!found.Running && found.ExitCode !== null) return found.ExitCode;
    if (clock.now() - started > exitCodeDeadlineMs) {
      throw new RuntimeError("deadline", "the command's output ended, but the engine does not know its exit code");
    }
    await clock.sleep(20, signal);
  }
}
