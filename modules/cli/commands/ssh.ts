import { Command } from "commander";
import type { Attach } from "../run.ts";
import { withCommonOptions, withDeployedOptions, withExamples, type DeployedOptions } from "./options.ts";

export interface SshOptions extends DeployedOptions {
  readonly host?: string;
}

export function sshCommand(attach: Attach): Command {
  const command = withDeployedOptions(new Command("ssh"))
    .description("log in to a host, or run a command there; its exit code becomes ours")
    .argument("[command...]", "one argument is a line for the host's shell; several are a program and its arguments")
    .option("--host <name>", "the host, where several are deployed")
    .passThroughOptions();
  withExamples(withCommonOptions(command), [
    ["stackhouse ssh", "a shell on the host"],
    ["stackhouse ssh -- uname -a", "a command there"],
    ["stackhouse ssh -- 'df -h | head -3'", "a line for the shell there"],
    ["stackhouse ssh --host shop -- cat /etc/os-release > os.txt", "one of several hosts"],
  ]);
  return attach<SshOptions>(command, async () => (await import("../actions/ssh.ts")).ssh);
}
