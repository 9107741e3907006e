import { idFromInputs } from "../../provider/resources/ids.ts";
import { join } from "node:path";
import { StackhouseError } from "../../base/errors.ts";
import { silentProgress } from "../../base/progress.ts";
import type { Engine, EnginePorts, PulumiStack, PulumiStackOptions, PulumiState } from "../../engine/index.ts";
import { isNeverStored } from "../../engine/never-stored.ts";
import { projectName } from "../../engine/project-name.ts";
import { systemRunner } from "../../system/exec.ts";
import { packageRoot } from "../../system/package-root.ts";
import type { CommandContext } from "../context.ts";
import type { Display } from "../terminal/display.ts";
import type { Target } from "./target.ts";

/** Loading the engine takes most of a second: wrong input is told before. */
const engineRoom = () => import("../../engine/index.ts");

/** Finds the engine; one that is not there is installed. */
export async function prepareEngine(context: CommandContext, display: Display): Promise<Engine> {
  const { ensureEngine } = await engineRoom();
  using task = display.task("engine");
  return await ensureEngine({ ...enginePorts(context), progress: task });
}

/** Opens the Pulumi stack of a target, with an engine that is installed where it is not there. */
export async function openStack(context: CommandContext, target: Target, display: Display): Promise<PulumiStack> {
  // A project that is wrong is told before an engine is built for it.
  await projectName(target.project);
  const { openPulumiStack } = await engineRoom();
  const engine = await prepareEngine(context, display);
  using task = display.task("opening");
  task.status(`the Pulumi stack ${target.stackName}`);
  return await openPulumiStack(stackOptions(context, target, { engine, progress: task }));
}

/** Whether certainly nothing is deployed; false where only an engine can tell. */
export async function isNeverDeployed(context: CommandContext, { project, stackName }: Target): Promise<boolean> {
  return isNeverStored({ home: context.home, env: context.io.env, project, stackName });
}

/**
 * The state of what is deployed already; undefined where nothing is. Installs and makes nothing.
 *
 * @throws `engine.missing`
 */
export async function stateOf(context: CommandContext, target: Target): Promise<PulumiState | undefined> {
  if (await isNeverDeployed(context, target)) return undefined;
  const { findEngine, readState } = await engineRoom();
  const finding = await findEngine(enginePorts(context));
  if (finding.kind !== "found") {
    throw new StackhouseError("engine.missing", `there is no Pulumi engine to ask: ${finding.reason}`, {
      hint: "stackhouse up installs it",
    });
  }
  return readState(stackOptions(context, target, { engine: finding.engine, progress: silentProgress }));
}

function stackOptions(
  context: CommandContext,
  target: Target,
  more: Pick<PulumiStackOptions, "engine" | "progress">,
): PulumiStackOptions {
  return {
    idOf: idFromInputs,
    ...enginePorts(context),
    ...more,
    project: target.project,
    stackName: target.stackName,
    providerPath: join(packageRoot(), "bin"),
  };
}

function enginePorts(context: CommandContext): Omit<EnginePorts, "progress"> {
  return {
    home: context.home,
    env: context.io.env,
    runner: systemRunner,
    clock: context.clock,
    signal: context.interrupts.signal,
  };
}
