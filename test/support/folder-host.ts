import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { StackhouseError } from "../../modules/base/errors.ts";
import type { SshExecResult, SshSession } from "../../modules/ssh/types.ts";

/** A host that is a folder: commands run here with their absolute paths inside it. Its systemd does nothing. */
export interface FolderHost extends AsyncDisposable {
  readonly session: SshSession;
  /** A path of the host as a path of this machine. */
  path(onHost: string): string;
  write(onHost: string, content: string): Promise<void>;
}

export async function folderHost(): Promise<FolderHost> {
  const root = await mkdtemp(join(tmpdir(), "folder-host-"));
  const path = (onHost: string): string => join(root, onHost);
  const write = async (onHost: string, content: string): Promise<void> => {
    await mkdir(dirname(path(onHost)), { recursive: true });
    await writeFile(path(onHost), content, { mode: 0o755 });
  };
  await write("/bin/systemctl", "#!/bin/sh\n");
  await mkdir(path("/etc/systemd/system"), { recursive: true });
  const env = { PATH: `${path("/bin")}:${process.env["PATH"] ?? ""}` };

  const notHere = (): never => {
    throw new StackhouseError("ssh.command-failed", "nobody listens");
  };
  const session: SshSession = {
    connection: { address: "203.0.113.1", port: 22, user: "root", hostKey: "" },
    lost: false,
    exec: (argv, { signal }, { stdin, via } = {}) =>
      new Promise<SshExecResult>((resolve) => {
        const [file = "", ...args] = [...(via?.command ?? []), ...argv];
        const inside = args.map((arg) => (arg.startsWith("/") ? path(arg) : arg));
        const child = execFile(file, inside, { env, cwd: root, signal }, (error, stdout, stderr) => {
          // One that a signal ends has no code.
          resolve({ exitCode: error === null ? 0 : Number(error.code ?? 137), stdout, stderr });
        });
        child.stdin?.end(stdin);
      }),
    openUnixSocket: () => Promise.resolve().then(notHere),
    openCommand: () => Promise.resolve().then(notHere),
    upload: () => Promise.resolve().then(notHere),
    shell: () => Promise.resolve().then(notHere),
    [Symbol.dispose]: () => undefined,
  };
  return { session, path, write, [Symbol.asyncDispose]: () => rm(root, { recursive: true, force: true }) };
}
