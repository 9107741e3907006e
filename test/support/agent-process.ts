import { execFile, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { cp, mkdir, mkdtemp, readFile, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { silentProgress } from "../../modules/base/progress.ts";
import { waitUntil } from "../../modules/base/wait.ts";
import { installPaths, type Slot } from "../../modules/protocol/slots.ts";
import { systemClock } from "../../modules/system/clock.ts";
import { agentHttp, type AgentHttp } from "./agent.ts";

/** The built agent as the unit starts it: through the launcher, from a slot, on folders of its own. */
export interface InstalledAgent extends AsyncDisposable {
  readonly http: AgentHttp;
  readonly install: string;
  readonly state: string;
  readonly socket: string;
  /** Links a slot as systemd's next start would find it. */
  link(name: "confirmed" | "candidate", slot: Slot): Promise<void>;
  /** Starts the launcher; resolves when the agent answers. */
  start(): Promise<AgentProcess>;
  /** Starts the launcher; resolves when it has ended. */
  startToEnd(): Promise<AgentProcess>;
}

export interface AgentProcess {
  readonly pid: number;
  /** What it wrote, and its exit code, when it has ended. */
  readonly ended: Promise<{ readonly code: number | null; readonly output: string }>;
  kill(signal: NodeJS.Signals): Promise<void>;
}

/** @param folder where its own folder is made: a place that its engine sees, too. */
export async function installAgent(
  env: Readonly<Record<string, string>>,
  folder: string = tmpdir(),
): Promise<InstalledAgent> {
  const root = await mkdtemp(join(folder, "installed-"));
  const paths = installPaths(join(root, "install"));
  const socket = join(root, "agent.sock");
  const state = join(root, "state");
  const running = new Set<ChildProcess>();
  for (const name of ["a", "b"] as const) {
    const slot = paths.slot(name);
    await mkdir(slot.directory, { recursive: true });
    await symlink(process.execPath, slot.node);
  }
  const slotA = paths.slot("a");
  await promisify(execFile)(process.execPath, ["tools/build.mjs", "agent", slotA.directory]);
  await cp(slotA.bundle, paths.slot("b").bundle);
  await cp("templates/agent/launch.sh", paths.launcher);

  const launch = (): AgentProcess => {
    const child = spawn(paths.launcher, [], {
      env: {
        PATH: "/usr/bin:/bin",
        STACKHOUSE_INSTALL: join(root, "install"),
        STACKHOUSE_STATE: state,
        STACKHOUSE_SOCKET: socket,
        ...env,
      },
      stdio: ["ignore", "pipe", "pipe"],
    });
    running.add(child);
    let output = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (output += String(chunk)));
    const ended = once(child, "close").then(([code]) => {
      running.delete(child);
      return { code: code as number | null, output };
    });
    return {
      pid: child.pid ?? -1,
      ended,
      async kill(signal) {
        child.kill(signal);
        await ended;
      },
    };
  };
  const http = agentHttp(socket);
  return {
    http,
    install: join(root, "install"),
    state,
    socket,
    link: (name, slot) => symlink(slot, paths[name]),
    async start() {
      const agent = launch();
      await waitUntil(
        async () => {
          const answered = await http.send("GET", "/v1/info").catch(() => undefined); // Not yet.
          if (answered?.status === 200) return { done: true, value: undefined };
          return { done: false, reason: "no answer" };
        },
        {
          clock: systemClock,
          signal: new AbortController().signal,
          deadlineMs: 20_000,
          what: "the agent",
          progress: silentProgress,
        },
      );
      return agent;
    },
    async startToEnd() {
      const agent = launch();
      await agent.ended;
      return agent;
    },
    async [Symbol.asyncDispose]() {
      for (const child of running) {
        child.kill("SIGKILL");
        await once(child, "close");
      }
      await rm(root, { recursive: true });
    },
  };
}

/** Resident memory of a process, megabytes. */
export async function residentMegabytes(pid: number): Promise<number> {
  const [, kilobytes] = /^VmRSS:\s+(\d+) kB$/m.exec(await readFile(`/proc/${pid}/status`, "utf8")) ?? [];
  return Number(kilobytes) / 1024;
}
