import type { Command, Option } from "commander";

/** The command line as a shell has to know it. */
export interface CliShape {
  readonly commands: readonly CommandShape[];
  /** Options before any command. */
  readonly options: readonly OptionShape[];
}

export interface CommandShape {
  readonly name: string;
  readonly description: string;
  readonly options: readonly OptionShape[];
  /** What its operands are, where a shell can help. */
  readonly operands: "services" | readonly string[];
}

export interface OptionShape {
  /** `-f`, `--file`. */
  readonly flags: readonly string[];
  readonly description: string;
  /** What follows it: nothing, a file, one of some words, or something that only the user knows. */
  readonly value: "none" | "file" | "free" | readonly string[];
}

const servicesOf: ReadonlySet<string> = new Set(["logs", "exec"]);

export function shapeOf(program: Command): CliShape {
  return {
    commands: program.commands.map((command) => ({
      name: command.name(),
      description: command.description(),
      options: [...optionsOf(command), help],
      operands: operandsOf(command),
    })),
    options: [...program.options.map(optionShape), help],
  };
}

/** Where a command has commands, those of all of them. */
function optionsOf({ commands, options }: Command): readonly OptionShape[] {
  const all = [...options, ...commands.flatMap((command) => command.options)];
  return [...new Map(all.map((option) => [option.flags, optionShape(option)])).values()];
}

function operandsOf(command: Command): CommandShape["operands"] {
  if (servicesOf.has(command.name())) return "services";
  if (command.commands.length > 0) return command.commands.map((sub) => sub.name());
  return command.registeredArguments[0]?.argChoices ?? [];
}

const help: OptionShape = { flags: ["-h", "--help"], description: "show help", value: "none" };

function optionShape({ short, long, description, flags, required, argChoices }: Option): OptionShape {
  const value = !required ? "none" : (argChoices ?? (/<(path|folder)>/.test(flags) ? "file" : "free"));
  return { flags: [short, long].filter((flag) => flag !== undefined), description, value };
}
