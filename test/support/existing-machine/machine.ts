import { execFile } from "node:child_process";
import { access, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import type { HostConnection } from "../../../modules/protocol/host.ts";
import { startPrivateEngine, whyNoPrivateEngine, type PrivateEngine } from "../docker.ts";
import { startSshd } from "../sshd.ts";

/**
 * A machine that exists: this one's own system, with a Docker Engine, files and processes that nobody else has, and a real sshd. All that is
 * not real is its systemd. What is done to it is gone with it.
 */
export interface ExistingMachine extends AsyncDisposable {
  readonly connection: HostConnection & { readonly privateKey: string };
  /** File of the key that opens it. */
  readonly privateKeyFile: string;
  readonly engine: PrivateEngine;
  /** Everything that was written to it since it began, and each folder that was made: `/etc/systemd/system/x.service`. */
  written(): Promise<readonly string[]>;
  /** Processes of the agent on it. */
  agents(): Promise<readonly string[]>;
  /** Lets the agent's process go on no more: who connects to it gets no answer. */
  hangAgent(): Promise<void>;
  /** What a web server answers that it publishes on a port of its own. */
  get(url: string): Promise<string>;
}

export interface ExistingMachineOptions {
  /** Of its sshd, among this machine's loopback addresses. Default 127.0.0.1. */
  readonly address?: string;
  /** Default: one that is free. */
  readonly port?: number;
}

/** Why there can be none here; undefined where there can. */
export async function whyNoExistingMachine(): Promise<string | undefined> {
  const reason = await whyNoPrivateEngine();
  if (reason !== undefined) return reason;
  const hasSshd = await access("/usr/sbin/sshd").then(
    () => true,
    () => false,
  );
  return hasSshd ? undefined : "/usr/sbin/sshd is missing: apt-get install openssh-server";
}

/** A folder that was there before is in its layer, too, once something in it was touched. */
const writtenScript = `
for folder in etc opt var/lib; do
  cd "/run/layers/$folder/written"
  find . -mindepth 1 \\( -not -type d -o -exec test ! -d "../below/{}" \\; \\) -printf "/$folder/%P\\n"
done`;

const findAgents = "grep -al '[a]gent.js' /proc/[0-9]*/cmdline";

export async function startExistingMachine(options: ExistingMachineOptions = {}): Promise<ExistingMachine> {
  await using stack = new AsyncDisposableStack();
  const engine = stack.use(await startPrivateEngine());
  const run = async ([program, ...args]: readonly [string, ...string[]]): Promise<string> =>
    (await promisify(execFile)(program, args, { timeout: 60_000 })).stdout;
  const here = (name: string): string => join(import.meta.dirname, name);
  await run(engine.among("sh", "-eu", here("set-up.sh"), engine.directory, here("systemctl.sh")));
  const { connection, directory } = stack.use(await startSshd({ ...options, within: engine.among }));
  const privateKeyFile = join(directory, "login_key");
  await writeFile(privateKeyFile, connection.privateKey, { mode: 0o600 });
  const lines = (text: string): readonly string[] => text.split("\n").filter((line) => line !== "");
  const parts = stack.move();
  return {
    connection,
    privateKeyFile,
    engine,
    async written() {
      return [...lines(await run(engine.among("sh", "-euc", writtenScript)))].sort();
    },
    agents: async () => lines(await run(engine.among("sh", "-c", `${findAgents} || :`))),
    async hangAgent() {
      await run(engine.among("sh", "-euc", `${findAgents} | cut -d / -f 3 | xargs kill -STOP`));
    },
    get: (url) => run(engine.inNetwork("busybox", "wget", "-q", "-O", "-", url)),
    [Symbol.asyncDispose]: () => parts.disposeAsync(),
  };
}
