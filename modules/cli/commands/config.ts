import { Command, Option } from "commander";
import type { Attach } from "../run.ts";
import { withCommonOptions, withExamples, withJson, withStackFileOptions, type StackFileOptions } from "./options.ts";

export interface ConfigOptions extends StackFileOptions {
  readonly format: "yaml" | "json";
  readonly services?: boolean;
  readonly images?: boolean;
  readonly volumes?: boolean;
}

export function configCommand(attach: Attach): Command {
  const command = withStackFileOptions(new Command("config"))
    .description("check the stack file and print what it comes to, fully resolved")
    .addOption(new Option("--format <format>", "format of the model").choices(["yaml", "json"]).default("yaml"))
    .addOption(new Option("--services", "print the names of the services only").conflicts(["images", "volumes"]))
    .addOption(new Option("--images", "print the images only").conflicts("volumes"))
    .option("--volumes", "print the names of the volumes only");
  withExamples(withCommonOptions(withJson(command)), [
    ["stackhouse config", "the stack file after merging and filling in variables"],
    ["stackhouse config --format json", "the same, as JSON"],
    ["stackhouse config -f base.yaml -f prod.yaml", "two files merged"],
    ["stackhouse config --set TAG=1.2 --images", "the images with a variable set"],
  ]);
  return attach<ConfigOptions>(command, async () => (await import("../actions/config.ts")).config);
}
