import { Command } from "commander";
import { exitCodes } from "../exit-codes.ts";
import type { Attach } from "../run.ts";
import { withExamples, withRunOptions, type RunOptions } from "./options.ts";

export interface PreviewOptions extends RunOptions {
  readonly expectNoChanges?: boolean;
}

export function previewCommand(attach: Attach): Command {
  const command = new Command("preview")
    .description("show what up would do and why, without doing it")
    .option("--expect-no-changes", `exit with code ${exitCodes.changes} when there is something to do`);
  withExamples(withRunOptions(command), [
    ["stackhouse preview", "the plan, down to the containers"],
    ["stackhouse preview --json", "the same for a script"],
    ["stackhouse preview --expect-no-changes", "for a job that looks for drift"],
  ]);
  return attach<PreviewOptions>(command, async () => (await import("../actions/preview.ts")).preview);
}
