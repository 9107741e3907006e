import { realpath } from "node:fs/promises";
import { findProgram } from "../system/programs.ts";
import type { CliIo } from "./io.ts";

/**
 * How the user calls this program and can call it again: by its name where that is on PATH and means us, else through npx or by the
 * path of its script.
 */
export async function calledAs(script: string, env: CliIo["env"]): Promise<string> {
  // npx and npm say so to what they run: https://docs.npmjs.com/cli/v10/using-npm/scripts (environment)
  if (env["npm_command"] !== undefined) return "npx stackhouse";
  const onPath = await findProgram("stackhouse", env);
  return onPath !== undefined && (await realpath(onPath)) === (await realpath(script)) ? "stackhouse" : script;
}
