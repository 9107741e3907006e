import type { CliShape, CommandShape, OptionShape } from "./shape.ts";

/** A completion script for fish. */
export function fishScript({ commands, options }: CliShape): string {
  return `# Completion of stackhouse for fish: stackhouse completion fish | source
function __stackhouse_services
    set -l words (commandline -poc)
    $words[1] config --services 2>/dev/null
end
complete -c stackhouse -f
${[
  ...options.map((option) => `complete -c stackhouse -n __fish_use_subcommand ${optionWords(option)}`),
  ...commands.flatMap(commandLines),
].join("\n")}
`;
}

function commandLines({ name, description, options, operands }: CommandShape): string[] {
  const here = `complete -c stackhouse -n '__fish_seen_subcommand_from ${name}'`;
  return [
    `complete -c stackhouse -n __fish_use_subcommand -a ${name} -d ${quoted(description)}`,
    ...options.map((option) => `${here} ${optionWords(option)}`),
    ...operandLines(here, operands),
  ];
}

function operandLines(here: string, operands: CommandShape["operands"]): string[] {
  const words = operands === "services" ? "(__stackhouse_services)" : operands.join(" ");
  return words === "" ? [] : [`${here} -a '${words}'`];
}

function optionWords({ flags, description, value }: OptionShape): string {
  const names = flags.map((flag) => (flag.startsWith("--") ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`));
  return [...names, ...valueWords(value), `-d ${quoted(description)}`].join(" ");
}

function valueWords(value: OptionShape["value"]): string[] {
  if (value === "none") return [];
  if (value === "file") return ["-r", "-F"];
  if (value === "free") return ["-x"];
  return ["-x", `-a '${value.join(" ")}'`];
}

function quoted(text: string): string {
  return `'${text.replaceAll(/['\\]/g, (special) => `\\${special}`)}'`;
}
