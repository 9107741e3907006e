import { Command, InvalidArgumentError } from "commander";
import type { Attach } from "../run.ts";
import {
  withCommonOptions,
  withDeployedOptions,
  withExamples,
  withJson,
  wholeNumber,
  type DeployedOptions,
} from "./options.ts";

export interface LogsOptions extends DeployedOptions {
  readonly follow?: boolean;
  readonly tail?: number;
  readonly since?: string;
  readonly timestamps?: boolean;
  readonly app?: string;
  readonly host?: string;
}

export function logsCommand(attach: Attach): Command {
  const command = withDeployedOptions(new Command("logs"))
    .description("show what the services of an app print")
    .argument("[services...]", "services to show (default: all)")
    .option("-f, --follow", "go on with what comes, until Ctrl-C")
    .option("-n, --tail <lines>", "last lines of each container only (default: all)", tailLines)
    .option("--since <time>", "only what is newer: 10m, 2h, or a date and time")
    .option("-t, --timestamps", "show when each line was printed")
    .option("--app <name>", "the app, where several are deployed: its name, or that of its resource in the program")
    .option("--host <name>", "the host that it runs on, where several are deployed");
  withExamples(withCommonOptions(withJson(command)), [
    ["stackhouse logs -f", "follow all services"],
    ["stackhouse logs --tail 50 web", "the last 50 lines of web"],
    ["stackhouse logs --since 10m --json", "the last ten minutes, one JSON document a line"],
  ]);
  return attach<LogsOptions>(command, async () => (await import("../actions/logs.ts")).logs);
}

function tailLines(value: string): number | undefined {
  if (value === "all") return undefined;
  try {
    return wholeNumber(value);
  } catch {
    throw new InvalidArgumentError("it must be a number of lines, or all.");
  }
}
