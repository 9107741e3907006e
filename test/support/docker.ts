import { spawn } from "node:child_process";
import { once } from "node:events";
import { access, mkdtemp, readdir, readFile, rm, rmdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { silentProgress } from "../../modules/base/progress.ts";
import { waitUntil } from "../../modules/base/wait.ts";
import { createDockerRuntime } from "../../host-agent/runtime/docker/runtime.ts";
import { systemClock } from "../../modules/system/clock.ts";

/** A Docker Engine for tests. */
export interface TestEngine extends AsyncDisposable {
  readonly socketPath: string;
  /** Folder that test and engine see under the same path. */
  readonly directory: string;
  /** The command that runs a program where the engine's published ports and its loopback are. */
  inNetwork(program: string, ...args: readonly string[]): readonly [string, ...string[]];
}

/** A Docker Engine that nobody else has, in namespaces of its own. */
export interface PrivateEngine extends TestEngine {
  /** The command that runs a program among the engine's files and processes, on the network of this machine. */
  readonly among: (program: string, ...args: readonly string[]) => readonly [string, ...string[]];
}

/** Why there is no Docker Engine to test with on this machine; undefined where there is one. */
export async function whyNoEngine(): Promise<string | undefined> {
  const given = process.env["DOCKER_HOST"];
  if (given === undefined) return whyNoPrivateEngine();
  return given.startsWith("unix://") ? undefined : `DOCKER_HOST is ${given}, and only unix sockets are tested`;
}

/** The same of a private one. */
export async function whyNoPrivateEngine(): Promise<string | undefined> {
  if (process.platform !== "linux") return "a private Docker Engine needs Linux; or set DOCKER_HOST";
  if (process.getuid?.() !== 0) return "a private Docker Engine needs root; or set DOCKER_HOST";
  for (const program of ["/usr/sbin/dockerd", "/bin/busybox"]) {
    const found = await access(program).then(
      () => true,
      () => false,
    );
    if (!found) return `${program} is missing: apt-get install docker.io busybox-static`;
  }
  return undefined;
}

/** The engine of DOCKER_HOST, or a private one. */
export async function startEngine(): Promise<TestEngine> {
  const given = process.env["DOCKER_HOST"];
  if (given === undefined) return startPrivateEngine();
  const directory = await mkdtemp(join(tmpdir(), "docker-"));
  return {
    socketPath: given.slice("unix://".length),
    directory,
    inNetwork: (program, ...args) => [program, ...args],
    [Symbol.asyncDispose]: () => rm(directory, { recursive: true, force: true }),
  };
}

export interface PrivateEngineOptions {
  /** A disk of its own that is soon full, megabytes. */
  readonly diskMegabytes?: number;
}

/** Gone without a trace when it is disposed. */
export async function startPrivateEngine({ diskMegabytes }: PrivateEngineOptions = {}): Promise<PrivateEngine> {
  const directory = await mkdtemp(join(tmpdir(), "docker-"));
  const controlGroup = `stackhouse-test-${basename(directory)}`;
  const namespaces = [
    "--mount",
    "--net",
    "--pid",
    "--fork",
    "--kill-child",
    "--mount-proc",
    "--propagation",
    "private",
  ];
  const script = join(import.meta.dirname, "docker-namespace.sh");
  const parameters = [directory, controlGroup, String(diskMegabytes ?? "")];
  const child = spawn("unshare", [...namespaces, "sh", script, ...parameters], { stdio: ["pipe", "ignore", "ignore"] });
  const exited = once(child, "exit");
  const itsNamespaces = `/proc/${child.pid ?? 0}/ns`;
  const dispose = async (): Promise<void> => {
    child.stdin.end();
    await exited;
    await removeControlGroups(controlGroup);
    await rm(directory, { recursive: true, force: true });
  };
  const socketPath = join(directory, "docker.sock");
  try {
    await answering(socketPath, directory, () => child.exitCode);
  } catch (error) {
    await dispose();
    throw error;
  }
  return {
    socketPath,
    directory,
    inNetwork: (program, ...args) => ["nsenter", `--net=${itsNamespaces}/net`, program, ...args],
    among: (program, ...args) => {
      const [mounts, processes] = [`--mount=${itsNamespaces}/mnt`, `--pid=${itsNamespaces}/pid_for_children`];
      return ["nsenter", mounts, processes, program, ...args];
    },
    [Symbol.asyncDispose]: dispose,
  };
}

async function answering(socketPath: string, directory: string, exitCode: () => number | null): Promise<void> {
  const { signal } = new AbortController();
  const runtime = createDockerRuntime({ socketPath, filesDirectory: directory, clock: systemClock });
  const log = (): Promise<string> => readFile(join(directory, "dockerd.log"), "utf8").catch(() => "");
  await waitUntil(
    async () => {
      if (exitCode() !== null) throw new Error(`the test engine ended:\n${(await log()).slice(-2_000)}`);
      try {
        return { done: true, value: await runtime.info({ signal, deadlineMs: 5_000 }) };
      } catch (error) {
        return { done: false, reason: String(error) };
      }
    },
    { clock: systemClock, signal, deadlineMs: 60_000, intervalMs: 50, what: "dockerd", progress: silentProgress },
  );
}

/** Control groups outlive their processes. */
async function removeControlGroups(name: string): Promise<void> {
  const root = "/sys/fs/cgroup";
  const hierarchies = [root, ...(await readdir(root)).map((entry) => join(root, entry))];
  for (const hierarchy of hierarchies) await removeTree(join(hierarchy, name));
}

async function removeTree(directory: string): Promise<void> {
  const entries = await readdir(directory, { withFileTypes: true }).catch(() => []);
  for (const entry of entries) if (entry.isDirectory()) await removeTree(join(directory, entry.name));
  await rmdir(directory).catch(() => undefined); // It was never there.
}
