import { spawn } from "node:child_process";
import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { once } from "node:events";
import type { HostConnection } from "../../modules/protocol/host.ts";
import { mintKeyPair, type KeyPair } from "../../modules/ssh/keys.ts";

/** A real sshd of this machine on a loopback port, with keys of its own. Needs the package openssh-server. */
export interface TestSshd extends AsyncDisposable {
  readonly connection: HostConnection & { readonly privateKey: string };
  readonly directory: string;
}

export interface TestSshdOptions {
  readonly hostKey?: KeyPair;
  /** Of this machine's loopback addresses. Default 127.0.0.1. */
  readonly address?: string;
  readonly port?: number;
  /** Path of an `authorized_keys` file. Default: one with the key of `connection`. */
  readonly authorizedKeys?: string;
  /** Further lines of sshd_config. */
  readonly settings?: readonly string[];
  /** Folders that the server and all that it starts have in the place of others, mounted in this order. Needs root. */
  readonly mounts?: readonly (readonly [folder: string, over: string])[];
  /** Shell commands that run first, where the server will. */
  readonly prepare?: string;
  /** The command that runs another one where the server is to be. Default: here. */
  readonly within?: (...command: Command) => Command;
}

type Command = readonly [program: string, ...args: string[]];

function here(...command: Command): Command {
  return command;
}

export async function startSshd(options: TestSshdOptions = {}): Promise<TestSshd> {
  const directory = await mkdtemp(join(tmpdir(), "sshd-"));
  // The keys are read as the user that logs in.
  await chmod(directory, 0o711);
  const hostKey = options.hostKey ?? mintKeyPair();
  const userKey = mintKeyPair();
  const { address = "127.0.0.1", port = await freePort() } = options;
  await writeFile(join(directory, "host_key"), hostKey.privateKey, { mode: 0o600 });
  await writeFile(join(directory, "authorized_keys"), `${userKey.publicKey}\n`);
  await writeFile(
    join(directory, "sshd_config"),
    [
      ...(options.settings ?? []),
      `Port ${port}`,
      `ListenAddress ${address}`,
      `HostKey ${directory}/host_key`,
      `AuthorizedKeysFile ${options.authorizedKeys ?? `${directory}/authorized_keys`}`,
      "PidFile none",
      "UsePAM no",
      "StrictModes no",
      "PermitRootLogin yes",
      "PasswordAuthentication no",
      "MaxStartups 100",
      "",
    ].join("\n"),
  );
  if (process.getuid?.() === 0) await mkdir("/run/sshd", { recursive: true });
  // The kernel ends it when a killed test run cannot.
  const config = join(directory, "sshd_config");
  const server = ["setpriv", "--pdeathsig", "TERM", "/usr/sbin/sshd", "-D", "-e", "-f", config] as const;
  const { mounts = [], prepare = ":", within = here } = options;
  const inOwnMounts = `while [ "$1" != -- ]; do mount --bind "$1" "$2"; shift 2; done\n${prepare}\nshift; exec "$@"`;
  const [program, ...args] =
    mounts.length === 0
      ? within(...server)
      : within("unshare", "--mount", "sh", "-euc", inOwnMounts, "sh", ...mounts.flat(), "--", ...server);
  const child = spawn(program, args, { stdio: ["ignore", "ignore", "pipe"] });
  const exited = once(child, "exit");
  const lines: string[] = [];
  const listening = new Promise<void>((resolve) => {
    createInterface(child.stderr).on("line", (line) => {
      lines.push(line);
      if (line.startsWith("Server listening")) resolve();
    });
  });
  await Promise.race([
    listening,
    exited.then(() => {
      throw new Error(`sshd did not start:\n${lines.join("\n")}`);
    }),
  ]);
  return {
    directory,
    connection: {
      address,
      port,
      user: userInfo().username,
      hostKey: hostKey.publicKey,
      privateKey: userKey.privateKey,
    },
    async [Symbol.asyncDispose]() {
      child.kill("SIGTERM");
      await exited;
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** A loopback port on which nobody listens now. */
export async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}
