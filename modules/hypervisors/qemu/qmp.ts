import { open } from "node:fs/promises";
import { createConnection, type Socket } from "node:net";
import * as z from "zod";
import { StackhouseError, isStackhouseError } from "../../base/errors.ts";

const replySchema = z.union([
  z.object({ return: z.unknown() }),
  z.object({ error: z.object({ class: z.string(), desc: z.string() }) }),
]);

/** A conversation with a VM's monitor. QEMU serves one client a socket: hold the VM's lock while it is open. */
export interface Monitor extends AsyncDisposable {
  execute(command: string, args?: Readonly<Record<string, unknown>>): Promise<unknown>;
  /** A command of the human monitor; gives what it prints, where its errors are too. */
  human(commandLine: string): Promise<string>;
  /** `running`, `paused`, `io-error`, … Source: QEMU's RunState. */
  status(): Promise<string>;
}

const answerDeadlineMs = 10_000;

/**
 * Opens the monitor socket of a VM's folder, by way of the open folder: the path of a socket may be no longer than 107 bytes.
 * Source: QEMU, docs/interop/qmp-spec.rst.
 */
export async function openMonitor(folder: string, signal: AbortSignal): Promise<Monitor> {
  const directory = await open(folder);
  let socket: Socket;
  try {
    socket = await connect(`/proc/self/fd/${directory.fd}/qmp.sock`, signal);
  } finally {
    await directory.close();
  }
  const lines = linesOf(socket);
  const next = async (): Promise<unknown> => {
    const line = await lines.next().catch((error: unknown) => {
      if (isStackhouseError(error)) throw error;
      return { done: true } as const; // The connection broke.
    });
    if (line.done === true) throw new StackhouseError("vm.exited", "the VM's monitor closed: QEMU is ending");
    return JSON.parse(line.value);
  };
  const execute = async (command: string, args?: Readonly<Record<string, unknown>>): Promise<unknown> => {
    signal.throwIfAborted();
    socket.write(`${JSON.stringify({ execute: command, ...(args && { arguments: args }) })}\n`);
    for (;;) {
      const reply = replySchema.safeParse(await next());
      if (!reply.success) continue; // An event.
      if ("return" in reply.data) return reply.data.return;
      throw new StackhouseError("internal", `QEMU refused ${command}: ${reply.data.error.desc}`);
    }
  };
  try {
    await next(); // The greeting.
    await execute("qmp_capabilities");
  } catch (error) {
    socket.destroy();
    throw error;
  }
  return {
    execute,
    async human(commandLine) {
      return z.string().parse(await execute("human-monitor-command", { "command-line": commandLine }));
    },
    async status() {
      return z.object({ status: z.string() }).parse(await execute("query-status")).status;
    },
    async [Symbol.asyncDispose]() {
      socket.destroy();
      await lines.return(undefined).catch(() => undefined);
    },
  };
}

function connect(path: string, signal: AbortSignal): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = createConnection({ path, signal });
    socket.setTimeout(answerDeadlineMs, () => {
      socket.destroy(new StackhouseError("deadline", `QEMU's monitor was silent for ${answerDeadlineMs / 1000} s`));
    });
    socket.once("error", reject);
    socket.once("connect", () => resolve(socket));
  });
}

async function* linesOf(socket: Socket): AsyncGenerator<string, undefined> {
  let rest = "";
  for await (const chunk of socket.setEncoding("utf8")) {
    const lines = (rest + String(chunk)).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) if (line.trim() !== "") yield line;
  }
  return undefined;
}
