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
  readonly operands: "services" | "shells" | "none";
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
      options: [...command.options.map(optionShape), help],
      operands: servicesOf.has(command.name()) ? "services" : command.name() === "completion" ? "shells" : "none",
    })),
    options: [...program.options.map(optionShape), help],
  };
}

const help: OptionShape = { flags: ["-h", "--help"], description: "show help", value: "none" };

function optionShape({ short, long, description, flags, required, argChoices }: Option): OptionShape {
  const value = !required ? "none" : (argChoices ?? (/<(path|folder)>/.test(flags) ? "file" : "free"));
  return { flags: [short, long].filter((flag) => flag !== undefined), description, value };
}
