import { Command } from "commander";
import { doctorCommand } from "./commands/doctor.ts";
import { withExamples } from "./commands/options.ts";
import type { CliIo } from "./io.ts";
import { packageVersion } from "./package-files.ts";
import type { Attach } from "./run.ts";

/** All commands. Building it must stay fast: what a command needs is imported when it runs. */
export function buildProgram(attach: Attach, io: CliIo): Command {
  const program = new Command("stackhouse")
    .description("From a stack file to a running app on a host, in one command.")
    .version(packageVersion(), "-V, --version", "print the version")
    .helpCommand(false)
    .enablePositionalOptions()
    .showSuggestionAfterError();
  withExamples(program, [
    ["stackhouse init", "start a project in an empty folder"],
    ["stackhouse up", "make the host and run the app, after showing the plan"],
    ["stackhouse status", "what runs, and where to reach it"],
    ["stackhouse logs -f web", "follow the log of a service"],
    ["stackhouse destroy", "take all of it away"],
  ]);
  for (const command of [doctorCommand(attach)]) program.addCommand(command);
  for (const command of [program, ...program.commands]) {
    command.exitOverride().configureOutput({
      writeOut: (text) => io.stdout.write(text),
      // Errors are shown by `run`, once.
      writeErr: () => {},
    });
  }
  return program;
}
