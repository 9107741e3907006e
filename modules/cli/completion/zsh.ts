import type { CliShape, CommandShape, OptionShape } from "./shape.ts";

/** A completion script for zsh. */
export function zshScript({ commands, options }: CliShape): string {
  const names = commands.map(({ name }) => name);
  return `#compdef stackhouse
# Completion of stackhouse for zsh: source <(stackhouse completion zsh), after compinit
_stackhouse() {
  local command= word
  for word in \${words[2,CURRENT-1]}; do
    case $word in (${names.join("|")}) command=$word; break ;; esac
  done
  case "$command \${words[CURRENT-1]}" in
${commands.flatMap(({ name, options: own }) => own.flatMap((option) => valueCase(name, option))).join("\n")}
  esac
  if [[ \${words[CURRENT]} == -* ]]; then
    case $command in
      ("") ${describe("option", options.flatMap(flagLines))} ;;
${commands.map(({ name, options: own }) => `      (${name}) ${describe("option", own.flatMap(flagLines))} ;;`).join("\n")}
    esac
    return
  fi
  case $command in
    ("") ${describe(
      "command",
      commands.map(({ name, description }) => `${name}:${description}`),
    )} ;;
${commands.flatMap(operandCase).join("\n")}
    (*) _files ;;
  esac
}
compdef _stackhouse stackhouse
`;
}

function describe(what: string, lines: readonly string[]): string {
  return `local -a found=(${lines.map(quoted).join(" ")}); _describe ${what} found`;
}

function flagLines({ flags, description }: OptionShape): string[] {
  return flags.map((flag) => `${flag}:${description}`);
}

/** A colon ends the word that `_describe` shows. */
function quoted(line: string): string {
  const end = line.indexOf(":");
  const text = line.slice(0, end + 1) + line.slice(end + 1).replaceAll(":", "\\:");
  return `'${text.replaceAll("'", "'\\''")}'`;
}

function valueCase(command: string, { flags, value }: OptionShape): string[] {
  if (value === "none") return [];
  const pattern = flags.map((flag) => `"${command} ${flag}"`).join("|");
  if (value === "file") return [`    (${pattern}) _files; return ;;`];
  if (value === "free") return [`    (${pattern}) return ;;`];
  return [`    (${pattern}) compadd -- ${value.join(" ")}; return ;;`];
}

function operandCase({ name, operands }: CommandShape): string[] {
  const words = operands === "services" ? '${(f)"$("${words[1]}" config --services 2>/dev/null)"}' : operands.join(" ");
  return words === "" ? [] : [`    (${name}) compadd -- ${words} ;;`];
}
