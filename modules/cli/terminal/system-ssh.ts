import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, open, rm, type FileHandle } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import type { HostConnection } from "../../protocol/host.ts";
import { hostKeyAlgorithms } from "../../ssh/algorithms.ts";
import { shellCommandLine } from "../../ssh/quote.ts";
import type { CommandContext } from "../context.ts";
import { isInteractive } from "./attach.ts";

interface Login {
  /** The system's ssh, absolute. */
  readonly program: string;
  readonly connection: HostConnection;
  readonly argv: readonly string[];
}

/**
 * Runs the system's `ssh` with the pinned host key and the stored private key, and with nothing of the user's own settings.
 * Both keys are in files without a name, that only this process holds open: nothing is left behind, not even by a kill.
 */
export async function systemSsh(context: CommandContext, { program, connection, argv }: Login): Promise<number> {
  const { address, port, user, hostKey, privateKey } = connection;
  await using knownHosts = await namelessFile(`${hostAlias} ${hostKey.trim()}\n`);
  await using identity = privateKey === undefined ? undefined : await namelessFile(`${privateKey.trim()}\n`);
  const [keyType = ""] = hostKey.trim().split(/\s+/u);
  const settings = [
    "StrictHostKeyChecking=yes",
    `UserKnownHostsFile=${knownHosts.path}`,
    "GlobalKnownHostsFile=/dev/null",
    `HostKeyAlias=${hostAlias}`,
    `HostKeyAlgorithms=${hostKeyAlgorithms(keyType).join(",")}`,
    "PasswordAuthentication=no",
    "KbdInteractiveAuthentication=no",
    "ConnectTimeout=15",
    "LogLevel=ERROR",
    ...(identity === undefined ? [] : ["IdentitiesOnly=yes", `IdentityFile=${identity.path}`]),
  ];
  const { signal } = context.interrupts;
  signal.throwIfAborted();
  const child = spawn(
    program,
    [
      "-F",
      "none",
      ...settings.flatMap((setting) => ["-o", setting]),
      ...(isInteractive(context.io) ? ["-t"] : ["-T"]),
      "-p",
      String(port),
      "-l",
      user,
      "--",
      address,
      ...remoteLine(argv),
    ],
    { stdio: "inherit" },
  );
  const end = (): void => void child.kill("SIGTERM");
  signal.addEventListener("abort", end, { once: true });
  try {
    const [code] = (await once(child, "exit")) as [number | null];
    signal.throwIfAborted();
    return code ?? 255;
  } finally {
    signal.removeEventListener("abort", end);
  }
}

const hostAlias = "stackhouse-host";

/** One argument is a line for the shell there, as with ssh itself; several are an exact argv. */
export function remoteLine(argv: readonly string[]): readonly string[] {
  const [only] = argv;
  if (only === undefined) return [];
  return argv.length === 1 ? [only] : [shellCommandLine(argv)];
}

interface NamelessFile extends AsyncDisposable {
  /** Where other processes of this user open it while we hold it. */
  readonly path: string;
}

/** A private file whose name is gone before anything is written into it. */
async function namelessFile(content: string): Promise<NamelessFile> {
  const folder = await mkdtemp(join(tmpdir(), "stackhouse-"));
  let file: FileHandle;
  try {
    file = await open(join(folder, "file"), "wx+", 0o600);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  await file.writeFile(content);
  return {
    path: `/proc/${process.pid}/fd/${file.fd}`,
    [Symbol.asyncDispose]: () => file.close(),
  };
}
