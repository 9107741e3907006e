import type { Command } from "commander";

/** All commands with their help, as `docs/cli.md` holds them. */
export function referenceOf(program: Command): string {
  return program.commands
    .map((command) => {
      let help = "";
      command.configureHelp({ helpWidth: 100 }).configureOutput({ writeOut: (text) => (help += text) });
      command.outputHelp();
      return `### stackhouse ${command.name()}\n\n\`\`\`text\n${help.trimEnd()}\n\`\`\`\n`;
    })
    .join("\n");
}
