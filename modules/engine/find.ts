import { dirname, join } from "node:path";
import { parse as parseVersion } from "semver";
import { withDeadline } from "../base/deadline.ts";
import { messageOf } from "../base/errors.ts";
import { seconds } from "../base/wait.ts";
import { findProgram } from "../system/programs.ts";
import { knownCommand } from "./command.ts";
import { installedRoot } from "./layout.ts";
import { runGroup } from "./process-group.ts";
import type { Engine, EnginePorts } from "./types.ts";
import { isAtLeast } from "../base/version-order.ts";
import { engineVersion, oldestVersion } from "./version.ts";

/** What a search for an engine found; `reason` is a line for people. */
export type EngineFinding =
  | { readonly kind: "found"; readonly engine: Engine; readonly reason: string }
  | { readonly kind: "too-old"; readonly reason: string }
  | { readonly kind: "missing"; readonly reason: string };

/** A start takes a third of a second, on a busy machine or from a cold disk many. */
const versionDeadlineMs = 60_000;

/** What looking for an engine needs. */
export type FindPorts = Pick<EnginePorts, "home" | "env" | "clock" | "signal">;

/** Looks for an engine that is there already: on PATH, else our own copy. Installs nothing. */
export async function findEngine(ports: FindPorts): Promise<EngineFinding> {
  const onPath = await findOnPath(ports);
  if (onPath.kind === "found") return onPath;
  const own = await findInstalled(ports.home);
  if (own.kind === "found") return own;
  if (onPath.kind === "too-old") return onPath;
  return { kind: "missing", reason: `${onPath.reason}, and ${own.reason}` };
}

async function findOnPath(ports: FindPorts): Promise<EngineFinding> {
  const { env } = ports;
  const program = await findProgram("pulumi", env);
  if (program === undefined) return { kind: "missing", reason: "no pulumi on PATH" };
  const binDir = dirname(program);
  let version: string;
  try {
    version = await versionOf(program, ports);
  } catch (error) {
    ports.signal.throwIfAborted();
    return { kind: "missing", reason: `${program} does not run: ${messageOf(error)}` };
  }
  if (!isAtLeast(version, oldestVersion)) {
    return { kind: "too-old", reason: `pulumi ${version} at ${program} is older than ${oldestVersion}` };
  }
  if ((await findProgram("pulumi-language-nodejs", { PATH: `${binDir}:${env["PATH"] ?? ""}` })) === undefined) {
    return { kind: "missing", reason: `${program} comes without pulumi-language-nodejs` };
  }
  return found({ command: knownCommand(program, version), binDir, version, source: "path" });
}

/** Our own copy, from an earlier run. It gets its place only when it has been seen to run. */
export async function findInstalled(home: EnginePorts["home"]): Promise<EngineFinding> {
  const binDir = join(await installedRoot(home), "bin");
  const program = await findProgram("pulumi", { PATH: binDir });
  if (program === undefined) return { kind: "missing", reason: `none in ${binDir}` };
  const command = knownCommand(program, engineVersion);
  return found({ command, binDir, version: engineVersion, source: "installed" });
}

/** The engine in `<root>/bin`; fails when it does not run. */
export async function engineAt(root: string, source: Engine["source"], ports: FindPorts): Promise<Engine> {
  const binDir = join(root, "bin");
  const program = join(binDir, "pulumi");
  const version = await versionOf(program, ports);
  return { command: knownCommand(program, version), binDir, version, source };
}

function found(engine: Engine): EngineFinding {
  return { kind: "found", engine, reason: `pulumi ${engine.version} in ${engine.binDir}` };
}

/** What an engine says of itself. */
async function versionOf(program: string, { home, env, clock, signal }: FindPorts): Promise<string> {
  const call = { clock, signal, deadlineMs: versionDeadlineMs };
  // It writes a log of its own, and takes the user's home from the password file.
  const quiet = { PULUMI_SKIP_UPDATE_CHECK: "true", PULUMI_HOME: home.state.pulumiHome };
  const late = (): Error => new Error(`pulumi version did not answer within ${seconds(versionDeadlineMs)}`);
  const asked = { program, args: ["version"], cwd: "/", env: { ...quiet, ...env } };
  return withDeadline(call, late, async (killSignal) => {
    const { code, stdout, stderr } = await runGroup(asked, { killSignal });
    killSignal.throwIfAborted();
    if (code !== 0) throw new Error(lastLine(stderr) || `exit code ${code ?? "none"}`);
    const version = parseVersion(stdout.trim());
    if (version === null) throw new Error(`it says ${JSON.stringify(lastLine(stdout))} for its version`);
    return version.version;
  });
}

function lastLine(text: string): string {
  return text.trim().split("\n").at(-1) ?? "";
}
