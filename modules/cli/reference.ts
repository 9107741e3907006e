import type { Command } from "commander";

/** All commands with their help, as `docs/cli.md` holds them. */
export function referenceOf(program: Command): string {
  return withNames(program)
    .map(({ name, command }) => {
      let help = "";
      command.configureHelp({ helpWidth: 100 }).configureOutput({ writeOut: (text) => (help += text) });
      command.outputHelp();
      return `### ${name}\n\n\`\`\`text\n${help.trimEnd()}\n\`\`\`\n`;
    })
    .join("\n");
}

interface NamedCommand {
  readonly name: string;
  readonly command: Command;
}

function withNames(parent: Command, name: string = parent.name()): readonly NamedCommand[] {
  return parent.commands.flatMap((command) => {
    const own = { name: `${name} ${command.name()}`, command };
    return [own, ...withNames(command, own.name)];
  });
}
