import { messageOf } from "../../base/errors.ts";
import { findProgram } from "../../system/programs.ts";
import type { Check, Finding } from "./check.ts";

interface ProgramCheck extends Omit<Check, "look"> {
  readonly program: string;
  /** Arguments that print its version. */
  readonly versionArgs: readonly string[];
  readonly missing: Omit<Finding, "found">;
}

/** A check for a program on PATH that runs and says its version. */
export function programCheck({ program, versionArgs, missing, ...check }: ProgramCheck): Check {
  return {
    ...check,
    async look({ env, runner, signal }) {
      const path = await findProgram(program, env);
      if (path === undefined) return { ...missing, found: `${program} is not on PATH` };
      const ran = await runner.exec(path, versionArgs, { signal, timeoutMs: 10_000 }).catch((error: unknown) => {
        signal.throwIfAborted();
        return { exitCode: 128, stdout: "", stderr: messageOf(error) };
      });
      const { exitCode, stdout, stderr } = ran;
      const line = (stdout || stderr).split("\n")[0]?.trim() ?? "";
      if (exitCode !== 0) return { ...missing, found: `${path} does not run: ${line}` };
      return { status: "passed", found: line.startsWith(program) ? line : `${program} ${line}` };
    },
  };
}
