import { Command, Option } from "commander";
import type { Attach } from "../run.ts";
import { withCommonOptions, withExamples, withJson, withStackFileOptions, type StackFileOptions } from "./options.ts";

export interface ConfigOptions extends StackFileOptions {
  readonly format?: "yaml" | "json";
  readonly services?: boolean;
  readonly images?: boolean;
  readonly volumes?: boolean;
  readonly networks?: boolean;
  readonly profiles?: boolean;
  readonly variables?: boolean;
  readonly hash?: string;
  readonly quiet?: boolean;
  /** False after `--no-interpolate`. */
  readonly interpolate: boolean;
}

/** What is printed instead of the model: one of these, if any. */
const parts = {
  services: ["--services", "print the names of the services"],
  images: ["--images", "print the images of the services"],
  volumes: ["--volumes", "print the names of the volumes"],
  networks: ["--networks", "print the names of the networks"],
  profiles: ["--profiles", "print the names of the profiles, active or not"],
  variables: ["--variables", "print the variables, with what the stack file says about each"],
  hash: ["--hash <services>", 'print the fingerprint of each of these services, or of all: "*"'],
  quiet: ["-q, --quiet", "print findings alone: the exit code says whether the stack file is right"],
} as const;

/** A fingerprint is that of what runs, so its variables have values. */
const needsValues: ReadonlySet<string> = new Set(["hash"]);

export function configCommand(attach: Attach): Command {
  const command = withStackFileOptions(new Command("config"))
    .description("check the stack file and print what it comes to, fully resolved")
    .addOption(new Option("--format <format>", "format of the model (default: yaml)").choices(["yaml", "json"]))
    .option("--no-interpolate", "leave variables in the model as they are written");
  const names = Object.keys(parts);
  for (const [name, [flags, description]] of Object.entries(parts)) {
    const others = names.filter((other) => other !== name);
    command.addOption(
      new Option(flags, description).conflicts(needsValues.has(name) ? [...others, "interpolate"] : others),
    );
  }
  withExamples(withCommonOptions(withJson(command)), [
    ["stackhouse config", "the stack file after merging and filling in variables"],
    ["stackhouse config --format json", "the same, as JSON"],
    ["stackhouse config -f base.yaml -f prod.yaml", "two files merged"],
    ["stackhouse config --set TAG=1.2 --images", "the images with a variable set"],
    ["stackhouse config --env-file prod.env -p shop", "with the variables and the name of another environment"],
    ["stackhouse config --variables", "what can be set from outside, and the defaults"],
    ["stackhouse config --quiet --json", "what is wrong, for an editor or a pipeline"],
    ["stackhouse config --hash '*'", "to see which services a change touches"],
  ]);
  return attach<ConfigOptions>(command, async () => (await import("../actions/config.ts")).config);
}
