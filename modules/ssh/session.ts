import { StackhouseError } from "../base/errors.ts";
import { nameOf } from "./names.ts";
import { exitOf, proveRights, runCommand } from "./exec.ts";
import type { Link } from "./link.ts";
import { shellCommandLine } from "./quote.ts";
import type { SshSession, SshShell, Terminal } from "./types.ts";
import { uploadFile } from "./upload.ts";

/** One caller's share of a link. `release` is called once, at its end. */
export function createSession(link: Link, release: () => void): SshSession {
  let over = false;
  return {
    connection: link.connection,
    get lost() {
      return link.lost() !== undefined;
    },
    exec: (argv, call, options) => runCommand(link, argv, call, options),
    upload: (file, path, call, options) => uploadFile(link, { file, path }, call, options),
    openCommand: async (argv, call, { via } = {}) => {
      await proveRights(link, via, call.signal);
      const line = shellCommandLine([...(via?.command ?? []), ...argv]);
      // Those before it may take as long as their jobs do.
      const channel = await link.openSession(
        call.signal,
        (client, done) => client.exec(line, done),
        (opening) => link.within(call, argv[0] ?? "", opening),
      );
      channel.stderr.resume();
      const stream = link.stream(channel);
      if (via?.stdin !== undefined) stream.write(via.stdin);
      return stream;
    },
    openUnixSocket: (path, call) =>
      link.within(call, `opening ${path}`, async (signal) => {
        try {
          return link.stream(
            await link.openChannel(signal, (client, done) => client.openssh_forwardOutStreamLocal(path, done)),
          );
        } catch (error) {
          if (signal.aborted || error instanceof StackhouseError) throw error;
          throw new StackhouseError("ssh.command-failed", `nobody listens on ${path} of ${nameOf(link.connection)}`, {
            cause: error,
          });
        }
      }),
    shell: (terminal, call) => openShell(link, terminal, call.signal),
    [Symbol.dispose]: () => {
      if (!over) release();
      over = true;
    },
  };
}

async function openShell(link: Link, terminal: Terminal, signal: AbortSignal): Promise<SshShell> {
  const window = { term: terminal.term, cols: terminal.columns, rows: terminal.rows };
  const channel = await link.openSession(signal, (client, done) => {
    if (terminal.command === undefined) client.shell(window, done);
    else client.exec(shellCommandLine(terminal.command), { pty: window }, done);
  });
  channel.stderr.resume(); // A terminal has one stream.
  const exitCode = exitOf(channel);
  const stream = link.stream(channel);
  stream.on("error", () => undefined); // Seen by whoever reads it.
  const onAbort = (): void => void stream.destroy(signal.reason as Error);
  signal.addEventListener("abort", onAbort, { once: true });
  stream.once("close", () => signal.removeEventListener("abort", onAbort));
  const exited = exitCode.then((code) => {
    const lost = link.lost();
    if (code === undefined && lost !== undefined) throw lost;
    return code ?? 255; // As ssh itself exits when the host gives no code.
  });
  exited.catch(() => undefined); // Seen by whoever waits for it: a shell may be left without.
  return { stream, resize: (columns, rows) => channel.setWindow(rows, columns, 0, 0), exited };
}
