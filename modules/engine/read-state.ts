import { StackNotFoundError } from "@pulumi/pulumi/automation/index.js";
import { answered } from "./answer.ts";
import { runEngine } from "./command.ts";
import { runError } from "./failures.ts";
import { emptyRun } from "./rows.ts";
import { settingsFor } from "./settings.ts";
import type { PulumiStackOptions } from "./types.ts";
import { projectName } from "./project-name.ts";

/** The state of a Pulumi stack at one moment. */
export interface PulumiState {
  readonly project: string;
  /** The deployment as `pulumi stack export --show-secrets` gives it. */
  readonly exported: unknown;
}

/** Reads the state of a Pulumi stack, secrets in plain text; undefined where the stack is not there. Makes and locks nothing. */
export async function readState(options: PulumiStackOptions): Promise<PulumiState | undefined> {
  const { project, stackName, engine, clock, signal } = options;
  const name = await projectName(project);
  const { env } = await settingsFor(options);
  const invocation = {
    program: engine.command.command,
    args: ["stack", "export", "--show-secrets", "--stack", stackName],
    cwd: project.kind === "directory" ? project.path : project.workDir,
    env: {},
  };
  try {
    const { stdout } = await answered("pulumi stack export", clock, (killSignal) =>
      runEngine(invocation, { env, signal, killSignal }),
    );
    return { project: name, exported: JSON.parse(stdout) as unknown };
  } catch (error) {
    if (error instanceof StackNotFoundError) return undefined;
    throw runError(error, { operation: "reading the Pulumi stack", view: emptyRun, call: options });
  }
}
