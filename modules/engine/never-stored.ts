import { isStored, ownStack } from "./own-backend.ts";
import { projectName } from "./project-name.ts";
import { usesOwnBackend } from "./settings.ts";
import type { PulumiStackOptions } from "./types.ts";

/**
 * Whether a Pulumi stack is certainly not there, so that no engine is needed to say so. Only our own backend can be asked
 * without one.
 */
export async function isNeverStored(
  options: Pick<PulumiStackOptions, "home" | "env" | "project" | "stackName">,
): Promise<boolean> {
  if (!(await usesOwnBackend(options))) return false;
  const name = await projectName(options.project);
  return !(await isStored(ownStack(options.home.state.backend, name, options.stackName)));
}
