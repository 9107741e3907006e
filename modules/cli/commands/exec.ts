import { Command } from "commander";
import type { Attach } from "../run.ts";
import {
  collectPairs,
  positiveInteger,
  withCommonOptions,
  withDeployedOptions,
  withExamples,
  type DeployedOptions,
} from "./options.ts";

export interface ExecOptions extends DeployedOptions {
  readonly app?: string;
  readonly host?: string;
  readonly user?: string;
  readonly workdir?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly index?: number;
  /** False after `--no-tty`. */
  readonly tty: boolean;
}

export function execCommand(attach: Attach): Command {
  const command = withDeployedOptions(new Command("exec"))
    .description("run a command in a container of a service; its exit code becomes ours")
    .argument("<service>", "the service")
    .argument("<command...>", "the command with its arguments")
    .option("-u, --user <name>", "user inside the container")
    .option("-w, --workdir <path>", "folder inside the container")
    .option("-e, --env <KEY=VALUE>", "variable for the command; repeatable", collectPairs)
    .option("--index <number>", "which container of the service (default: the first that runs)", positiveInteger)
    .option("-T, --no-tty", "no terminal, also when this is one")
    .option("--app <name>", "the app, where several are deployed: its name, or that of its resource in the program")
    .option("--host <name>", "the host that it runs on, where several are deployed")
    .passThroughOptions();
  withExamples(withCommonOptions(command), [
    ["stackhouse exec web sh", "a shell in web"],
    ["stackhouse exec db -- psql -U postgres", "options after -- go to the command"],
    ["stackhouse exec -T db pg_dump app > app.sql", "output into a file"],
    ["stackhouse exec -T db psql app < app.sql", "input from a file"],
  ]);
  return attach<ExecOptions>(command, async () => (await import("../actions/exec.ts")).exec);
}
