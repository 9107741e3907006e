import { basename, dirname, join } from "node:path";
import { PulumiCommand } from "@pulumi/pulumi/automation/index.js";
import { messageOf } from "../base/errors.ts";
import { findProgram } from "../system/programs.ts";
import { knownCommand } from "./command.ts";
import { installedRoot } from "./layout.ts";
import type { Engine, EnginePorts } from "./types.ts";
import { isAtLeast } from "../base/version-order.ts";
import { engineVersion, oldestVersion } from "./version.ts";

/** What a search for an engine found; `reason` is a line for people. */
export type EngineFinding =
  | { readonly kind: "found"; readonly engine: Engine; readonly reason: string }
  | { readonly kind: "too-old"; readonly reason: string }
  | { readonly kind: "missing"; readonly reason: string };

/** Looks for an engine that is there already: on PATH, else our own copy. Installs nothing. */
export async function findEngine(ports: Pick<EnginePorts, "home" | "env">): Promise<EngineFinding> {
  const onPath = await findOnPath(ports.env);
  if (onPath.kind === "found") return onPath;
  const own = await findInstalled(ports.home);
  return own.kind === "found" || onPath.kind === "missing" ? own : onPath;
}

async function findOnPath(env: EnginePorts["env"]): Promise<EngineFinding> {
  const program = await findProgram("pulumi", env);
  if (program === undefined) return { kind: "missing", reason: "no pulumi on PATH" };
  const binDir = dirname(program);
  let command: PulumiCommand;
  try {
    command = await commandIn(binDir);
  } catch (error) {
    return { kind: "missing", reason: `${program} does not run: ${messageOf(error)}` };
  }
  const version = command.version?.version ?? "0";
  if (!isAtLeast(version, oldestVersion)) {
    return { kind: "too-old", reason: `pulumi ${version} at ${program} is older than ${oldestVersion}` };
  }
  if ((await findProgram("pulumi-language-nodejs", { PATH: `${binDir}:${env["PATH"] ?? ""}` })) === undefined) {
    return { kind: "missing", reason: `${program} comes without pulumi-language-nodejs` };
  }
  return found({ command, binDir, version, source: "path" });
}

/** Our own copy, from an earlier run. It gets its place only when it has been seen to run. */
export async function findInstalled(home: EnginePorts["home"]): Promise<EngineFinding> {
  const binDir = join(await installedRoot(home), "bin");
  const program = await findProgram("pulumi", { PATH: binDir });
  if (program === undefined) return { kind: "missing", reason: `no pulumi on PATH and none in ${binDir}` };
  const command = knownCommand(program, engineVersion);
  return found({ command, binDir, version: engineVersion, source: "installed" });
}

/** The engine in `<root>/bin`; fails when it does not run. */
export async function engineAt(root: string, source: Engine["source"]): Promise<Engine> {
  const binDir = join(root, "bin");
  const command = await commandIn(binDir);
  return { command, binDir, version: command.version?.version ?? "0", source };
}

function found(engine: Engine): EngineFinding {
  return { kind: "found", engine, reason: `pulumi ${engine.version} in ${engine.binDir}` };
}

/** The Automation API takes a root with a `bin` in it; a folder of another name is found through the PATH of this process. */
async function commandIn(binDir: string): Promise<PulumiCommand> {
  const root = basename(binDir) === "bin" ? { root: dirname(binDir) } : {};
  return PulumiCommand.get({ ...root, skipVersionCheck: true });
}
