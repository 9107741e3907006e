import { Command, InvalidArgumentError, Option } from "commander";
import type { Attach } from "../run.ts";
import { address, login, port, publicKey, withCommonOptions, withExamples, withJson } from "./options.ts";

/** Where the app of a new project runs. */
export type ProjectKind = "local" | "ssh" | "aws" | "digitalocean";

export interface InitOptions {
  readonly host: ProjectKind;
  readonly name?: string;
  readonly region?: string;
  readonly address?: string;
  readonly user?: string;
  readonly port?: number;
  readonly identity?: string;
  readonly hostKey?: string;
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
    .option("--region <name>", "aws, digitalocean: where the host is made", region)
    .option("--address <host>", "ssh: name or address of the machine", address)
    .option("--user <name>", "ssh: user to log in as (default: root)", login)
    .option("--port <number>", "ssh: port (default: 22)", port)
    .option("--identity <path>", "ssh: file of the private key (default, and '': the SSH agent)")
    .option("--host-key <key>", "ssh: the host's public key, as in ssh-ed25519 AAAA…", publicKey);
  withExamples(withCommonOptions(withJson(command)), [
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
