import { Command } from "commander";
import { version } from "../base/version.ts";
import { cleanCommand } from "./commands/clean.ts";
import { completionCommand } from "./commands/completion.ts";
import { configCommand } from "./commands/config.ts";
import { destroyCommand } from "./commands/destroy.ts";
import { doctorCommand } from "./commands/doctor.ts";
import { execCommand } from "./commands/exec.ts";
import { hostCommand } from "./commands/host.ts";
import { initCommand } from "./commands/init.ts";
import { logsCommand } from "./commands/logs.ts";
import { withExamples } from "./commands/options.ts";
import { previewCommand } from "./commands/preview.ts";
import { sshCommand } from "./commands/ssh.ts";
import { statusCommand } from "./commands/status.ts";
import { upCommand } from "./commands/up.ts";
import type { Attach } from "./run.ts";

const commands = [
  initCommand,
  upCommand,
  previewCommand,
  destroyCommand,
  statusCommand,
  logsCommand,
  execCommand,
  sshCommand,
  hostCommand,
  configCommand,
  doctorCommand,
  cleanCommand,
  completionCommand,
];

/** All commands. Building it must stay fast: what a command needs is imported when it runs. */
export function buildProgram(attach: Attach, stdout: { write(text: string): unknown }): Command {
  const program = new Command("stackhouse")
    .description("From a stack file to a running app on a host, in one command.")
    .version(version, "-V, --version", "print the version")
    .helpCommand("help [command]", "show what a command does and takes")
    .enablePositionalOptions()
    .showSuggestionAfterError();
  withExamples(program, [
    ["stackhouse init", "start a project in an empty folder"],
    ["stackhouse up", "make the host and run the app, after showing the plan"],
    ["stackhouse status", "what runs, and where to reach it"],
    ["stackhouse logs -f web", "follow the log of a service"],
    ["stackhouse destroy", "take all of it away"],
  ]);
  for (const make of commands) program.addCommand(make(attach));
  for (const command of withSubcommands(program)) {
    command.exitOverride().configureOutput({
      writeOut: (text) => stdout.write(text),
      // Errors are shown by `run`, once. A command that has commands shows its help when it is given none.
      writeErr: (text) => {
        if (text.startsWith("Usage:")) stdout.write(text);
      },
    });
  }
  return program;
}

function withSubcommands(command: Command): Command[] {
  return [command, ...command.commands.flatMap(withSubcommands)];
}
