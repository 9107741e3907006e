import { Command, Option } from "commander";
import type { Attach } from "../run.ts";
import { collect, withCommonOptions, withExamples, withJson, withYes } from "./options.ts";

export interface CleanOptions {
  readonly yes?: boolean;
  readonly all?: boolean;
  readonly olderThan: string;
  readonly dataDisk?: readonly string[];
}

export function cleanCommand(attach: Attach): Command {
  const command = withYes(new Command("clean"))
    .description(
      "list what the cache holds, with the clones that wait for a VM, and remove what was not used for long; asks first. Data disks that have outlived their VM are listed, too, and go by name alone",
    )
    .option("--older-than <age>", "remove what was not used for so long: 12h, 30d", "7d")
    .option("--all", "remove everything that no VM stands on: it is made anew when it is needed")
    .addOption(
      new Option("--data-disk <VM/disk>", "remove this data disk of a VM that is gone, and nothing else; repeatable")
        .argParser(collect)
        .conflicts(["all", "olderThan"]),
    );
  withExamples(withCommonOptions(withJson(command)), [
    ["stackhouse clean", "show all, ask, remove what was not used for a week"],
    ["stackhouse clean --older-than 1d --yes", "for a nightly job"],
    ["stackhouse clean --all", "give back all the space"],
    ["stackhouse clean --data-disk box/logs", "lose what a VM that is gone has left"],
    ["stackhouse clean --json | jq '.entries | map(.bytes) | add'", "for a script: without --yes it only lists"],
  ]);
  return attach<CleanOptions>(command, async () => (await import("../actions/clean.ts")).clean);
}
