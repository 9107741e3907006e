import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import { isAtLeast } from "../base/version-order.ts";
import type { ExecResult } from "../system/exec.ts";
import type { Home } from "../system/home.ts";
import { findProgram } from "../system/programs.ts";
import type { EnginePorts } from "./types.ts";
import { oldestGo } from "./version.ts";

const buildDeadlineMs = 45 * 60_000;

/** Where an installation by the archive of go.dev is, which puts nothing on `PATH`. Source: https://go.dev/doc/install */
const unlistedFolder = "/usr/local/go/bin";

/** The program, absolute: the one on `PATH`, or the one that go.dev's archive brought. */
export async function findGo(env: EnginePorts["env"]): Promise<string | undefined> {
  return await findProgram("go", { PATH: goPath(env) });
}

function goPath(env: EnginePorts["env"]): string {
  return [env["PATH"] ?? "", unlistedFolder].join(delimiter);
}

/** Why there is no Go that can build a module; undefined where there is one. */
export async function whyNoGo(ports: EnginePorts): Promise<string | undefined> {
  if ((await findGo(ports.env)) === undefined) return "Go is not installed";
  // In the root folder and without switching, so that this says what is installed and downloads nothing.
  const env = { ...goEnvironment(ports), GOTOOLCHAIN: "local" };
  const asked = await ports.runner.exec("go", ["env", "GOVERSION"], { cwd: "/", env, signal: ports.signal });
  if (asked.exitCode !== 0) return `Go does not run: ${asked.stderr.trim()}`;
  const version = asked.stdout.trim().replace(/^go/u, "");
  return isAtLeast(version, oldestGo) ? undefined : `Go ${version} is older than ${oldestGo}`;
}

export interface GoCall extends EnginePorts {
  readonly onLine: (line: string) => void;
}

/** Runs Go in the folder of a module, with caches of ours. A non-zero exit is a result. */
export async function runGo(args: readonly string[], folder: string, call: GoCall): Promise<ExecResult> {
  const { runner, signal, onLine } = call;
  // A fifth of a compiler's time is collecting garbage that the end of its short life collects for free: it does so when memory is short.
  const env = { ...goEnvironment(call), GOWORK: "off", CGO_ENABLED: "0", GOGC: "off", GOMEMLIMIT: "700MiB" };
  return await runner.exec("go", args, { cwd: folder, env, signal, timeoutMs: buildDeadlineMs, onLine });
}

/** Go's own notes of its use, which it keeps beside the user's settings, go where its caches are; the settings hold. */
function goEnvironment({ home, env }: EnginePorts): Record<string, string> {
  const settings = env["XDG_CONFIG_HOME"] ?? join(homedir(), ".config");
  return {
    PATH: goPath(env),
    GOENV: env["GOENV"] ?? join(settings, "go", "env"),
    XDG_CONFIG_HOME: join(goCache(home), "config"),
    GOMODCACHE: env["GOMODCACHE"] ?? join(goCache(home), "modules"),
    GOCACHE: env["GOCACHE"] ?? join(goCache(home), "build"),
  };
}

/** What Go keeps between builds. */
export function goCache(home: Home): string {
  return join(home.cache.engine, "go");
}
