import { open } from "node:fs/promises";
import { createConnection, type Socket } from "node:net";
import { StackhouseError } from "../../../base/errors.ts";

export interface FolderSocket {
  /** Absolute path of the VM's folder. */
  readonly folder: string;
  readonly name: string;
  /** Who is at the other end, as an error calls it. */
  readonly peer: string;
  /** Longest silence, milliseconds. */
  readonly silenceMs: number;
}

/**
 * Connects to a socket in a VM's folder, by way of the open folder: the path of a socket may be no longer than 107 bytes.
 * Source: sockaddr_un, unix(7).
 */
export async function connectIn({ folder, name, peer, silenceMs }: FolderSocket, signal: AbortSignal): Promise<Socket> {
  const directory = await open(folder);
  try {
    return await new Promise((resolve, reject) => {
      const socket = createConnection({ path: `/proc/self/fd/${directory.fd}/${name}`, signal });
      socket.setTimeout(silenceMs, () => {
        socket.destroy(new StackhouseError("deadline", `${peer} was silent for ${silenceMs / 1000} s`));
      });
      // Node says of every abort that the operation was aborted: the reason is the signal's.
      socket.once("error", (error) => reject(signal.aborted ? (signal.reason as Error) : error));
      socket.once("connect", () => resolve(socket));
    });
  } finally {
    await directory.close();
  }
}

const longestLine = 1024 ** 2;

export async function* linesOf(socket: Socket): AsyncGenerator<string, undefined> {
  let rest = "";
  for await (const chunk of socket.setEncoding("utf8")) {
    const lines = (rest + String(chunk)).split("\n");
    rest = lines.pop() ?? "";
    if (rest.length > longestLine) throw new StackhouseError("internal", "the VM says a line that does not end");
    for (const line of lines) if (line.trim() !== "") yield line;
  }
  return undefined;
}
