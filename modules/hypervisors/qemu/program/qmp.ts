import type { Socket } from "node:net";
import * as z from "zod";
import { isStackhouseError, messageOf, StackhouseError } from "../../../base/errors.ts";
import { connectIn, linesOf, type FolderSocket } from "./folder-socket.ts";

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

/** A command that QEMU understood, and says no to. */
export class CommandRefused extends StackhouseError {
  constructor(command: string, reason: string) {
    super("internal", `QEMU refused ${command}: ${reason}`);
  }
}

/** An idle machine's answers in milliseconds: the rest is for busy ones, on which several VMs begin. */
const answerDeadlineMs = 30_000;

async function connect(place: FolderSocket, signal: AbortSignal): Promise<Socket> {
  try {
    return await connectIn(place, signal);
  } catch (error) {
    signal.throwIfAborted();
    throw new StackhouseError("vm.unreachable", `QEMU does not answer: ${messageOf(error)}`, {
      hint: "stackhouse host list says what became of the VM; stackhouse host stop --grace 0 ends one that hangs",
      cause: error,
    });
  }
}

/** Opens the monitor socket of a VM's folder. Source: QEMU, docs/interop/qmp-spec.rst. */
export async function openMonitor(
  folder: string,
  signal: AbortSignal,
  answerMs: number = answerDeadlineMs,
): Promise<Monitor> {
  const place = { folder, name: "qmp.sock", peer: "QEMU's monitor", silenceMs: answerMs };
  const socket = await connect(place, signal);
  const lines = linesOf(socket);
  const next = async (): Promise<unknown> => {
    const line = await lines.next().catch((error: unknown) => {
      signal.throwIfAborted();
      if (isStackhouseError(error)) throw error;
      return { done: true } as const; // The connection broke.
    });
    if (line.done === true) throw new StackhouseError("vm.exited", "the VM's monitor closed: QEMU is ending");
    return JSON.parse(line.value);
  };
  const reply = async (): Promise<z.infer<typeof replySchema>> => {
    for (;;) {
      const said = replySchema.safeParse(await next());
      if (said.success) return said.data; // Else an event.
    }
  };
  const execute = async (command: string, args?: Readonly<Record<string, unknown>>): Promise<unknown> => {
    signal.throwIfAborted();
    socket.setTimeout(answerMs);
    socket.write(`${JSON.stringify({ execute: command, ...(args && { arguments: args }) })}\n`);
    const answer = await reply();
    // Who is asked nothing may be silent.
    socket.setTimeout(0);
    if ("return" in answer) return answer.return;
    throw new CommandRefused(command, answer.error.desc);
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
