import { once } from "node:events";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openMonitor, type Monitor } from "../../modules/hypervisors/qemu/program/qmp.ts";

/** Replies, a line each, events among them; undefined: QEMU ends. */
export type Answer = (command: {
  execute: string;
  arguments?: Record<string, unknown>;
}) => readonly string[] | undefined;

/** A QMP server that says what a script says, on the socket of a VM's folder. */
export async function withMonitor(
  answer: Answer,
  use: (monitor: Monitor, said: string[]) => Promise<void>,
  signal: AbortSignal = AbortSignal.timeout(10_000),
  answerMs?: number,
): Promise<void> {
  const root = await mkdtemp(join(tmpdir(), "qmp-"));
  const folder = join(root, "f".repeat(120));
  await mkdir(folder);
  const said: string[] = [];
  const clients = new Set<Socket>();
  const server = createServer((client) => {
    clients.add(client);
    // One that hangs up before it is answered is no matter of ours.
    client.on("error", () => clients.delete(client));
    client.write('{"QMP": {"version": {}, "capabilities": []}}\r\n');
    client.setEncoding("utf8").on("data", (text: string) => {
      for (const line of text.trim().split("\n")) {
        const command = JSON.parse(line) as Parameters<Answer>[0];
        said.push(line);
        const replies = command.execute === "qmp_capabilities" ? ['{"return": {}}'] : answer(command);
        if (replies === undefined) {
          client.destroy();
          return;
        }
        // In two pieces, as a stream may come.
        const text = replies.map((reply) => `${reply}\r\n`).join("");
        client.write(text.slice(0, 5));
        setImmediate(() => client.write(text.slice(5)));
      }
    });
  });
  const here = process.cwd();
  process.chdir(folder); // As QEMU does: the path of a socket may have 107 bytes.
  server.listen("qmp.sock");
  await once(server, "listening");
  process.chdir(here);
  try {
    await using monitor = await openMonitor(folder, signal, answerMs);
    await use(monitor, said);
  } finally {
    for (const client of clients) client.destroy();
    server.close();
    await rm(root, { recursive: true, force: true });
  }
}
