import type { AsyncLocalStorage } from "node:async_hooks";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { LocalWorkspace, type Stack } from "@pulumi/pulumi/automation/index.js";
import { stringify } from "yaml";
import { messageOf } from "../base/errors.ts";
import { readFileIfPresent, writeFileAtomic } from "../system/files.ts";
import { controlled, type RunControl } from "./command.ts";
import { removeUnusedSalt, wrongPassphrase } from "./salt.ts";
import { stackSettingsFile, type EngineSettings } from "./settings.ts";
import type { Project, PulumiStackOptions } from "./types.ts";

/** The SDK's stack: made when missing, else selected. Every command it runs is under the control of the caller's context. */
export async function openWorkspace(
  options: PulumiStackOptions,
  settings: EngineSettings,
  controls: AsyncLocalStorage<RunControl>,
): Promise<Stack> {
  const { project, stackName } = options;
  if (project.kind === "inline") await writeProjectFile(project, options.providerPath);
  const workDir = project.kind === "directory" ? project.path : project.workDir;
  const workspace = {
    workDir,
    pulumiCommand: controlled(options.engine.command, controls),
    ...(settings.secretsProvider === undefined ? {} : { secretsProvider: settings.secretsProvider }),
  };
  const open = (): Promise<Stack> =>
    project.kind === "directory"
      ? LocalWorkspace.createOrSelectStack({ stackName, workDir }, workspace)
      : LocalWorkspace.createOrSelectStack(
          { stackName, projectName: project.name, program: project.program },
          workspace,
        );
  try {
    return await open();
  } catch (error) {
    const isOurs = settings.ownBackend !== undefined && wrongPassphrase.test(messageOf(error));
    if (isOurs && (await removeUnusedSalt(stackSettingsFile(workDir, stackName)))) return open();
    throw error;
  }
}

type InlineProject = Extract<Project, { kind: "inline" }>;

/** The SDK would write this file too, in place and without plugins. */
async function writeProjectFile(project: InlineProject, providerPath: string): Promise<void> {
  await mkdir(project.workDir, { recursive: true });
  const path = join(project.workDir, "Pulumi.yaml");
  const content = stringify({
    name: project.name,
    runtime: "nodejs",
    description: "Written by stackhouse; the program is part of it.",
    plugins: { providers: [{ name: "stackhouse", path: providerPath }] },
  });
  if ((await readFileIfPresent(path)) !== content) await writeFileAtomic(path, content);
}
