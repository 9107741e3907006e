import { Command } from "commander";
import type { Attach } from "../run.ts";
import { withCommonOptions, withExamples, withJson, withYes } from "./options.ts";

export interface CleanOptions {
  readonly yes?: boolean;
  readonly all?: boolean;
  readonly olderThan: string;
}

export function cleanCommand(attach: Attach): Command {
  const command = withYes(new Command("clean"))
    .description(
      "list what the cache holds, with the clones that wait for a VM, and remove what was not used for long; asks first",
    )
    .option("--older-than <age>", "remove what was not used for so long: 12h, 30d", "7d")
    .option("--all", "remove everything that no VM stands on: it is made anew when it is needed");
  withExamples(withCommonOptions(withJson(command)), [
    ["stackhouse clean", "show all, ask, remove what was not used for a week"],
    ["stackhouse clean --older-than 1d --yes", "for a nightly job"],
    ["stackhouse clean --all", "give back all the space"],
    ["stackhouse clean --json | jq '.entries | map(.bytes) | add'", "for a script: without --yes it only lists"],
  ]);
  return attach<CleanOptions>(command, async () => (await import("../actions/clean.ts")).clean);
}
