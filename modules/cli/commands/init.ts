import { Command, InvalidArgumentError, Option } from "commander";
import type { Attach } from "../run.ts";
import { withCommonOptions, withExamples, withJson, withMachineOptions, type MachineOptions } from "./options.ts";

/** Where the app of a new project runs. */
export type ProjectKind = "local" | "ssh" | "aws" | "digitalocean";

export interface InitOptions extends MachineOptions {
  readonly host: ProjectKind;
  readonly name?: string;
  readonly region?: string;
}

export function initCommand(attach: Attach): Command {
  const command = new Command("init")
    .description("start a project: a program, a stack file and a README")
    .addOption(
      new Option("--host <kind>", "a VM on this machine, a machine that exists, or one in a cloud")
        .choices(["local", "ssh", "aws", "digitalocean"] satisfies ProjectKind[])
        .default("local"),
    )
    .option("--name <name>", "name of the project and the app (default: the folder's)")
    .option("--region <name>", "aws, digitalocean: where the host is made", region);
  withExamples(withCommonOptions(withJson(withMachineOptions(command))), [
    ["mkdir shop && cd shop && stackhouse init", "an app on a VM on this machine"],
    ["stackhouse init --host ssh --address 192.0.2.7", "an app on a machine that exists"],
    ["stackhouse init --host aws --region eu-west-1", "an app on an EC2 instance"],
  ]);
  return attach<InitOptions>(
    command,
    async () => (await import("../actions/init.ts")).init,
    // The name stands in the project from now on: no command needs it again.
    (options) => ({ ...options, name: undefined }),
  );
}

/** Those of all clouds are of these signs; which of them there are changes from month to month. */
function region(value: string): string {
  if (/^[a-z\d]+(?:-[a-z\d]+)*$/u.test(value)) return value;
  throw new InvalidArgumentError("it must be a region's name, as in eu-central-1 or fra1.");
}
