import type { CliShape, OptionShape } from "./shape.ts";

/** A completion script for bash. */
export function bashScript({ commands, options }: CliShape): string {
  const names = commands.map(({ name }) => name);
  return `# Completion of stackhouse for bash: source <(stackhouse completion bash)
_stackhouse() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]} command= word
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case $word in ${names.join("|")}) command=$word; break ;; esac
  done
  COMPREPLY=()
  case "$command $prev" in
${commands.flatMap(({ name, options: own }) => own.flatMap((option) => valueCase(name, option))).join("\n")}
  esac
  if [[ $cur == -* ]]; then
    case $command in
      "") COMPREPLY=($(compgen -W "${flagsOf(options)}" -- "$cur")) ;;
${commands.map(({ name, options: own }) => `      ${name}) COMPREPLY=($(compgen -W "${flagsOf(own)}" -- "$cur")) ;;`).join("\n")}
    esac
    return
  fi
  case $command in
    "") COMPREPLY=($(compgen -W "${names.join(" ")}" -- "$cur")) ;;
${commands.flatMap(({ name, operands }) => operandCase(name, operands)).join("\n")}
  esac
}
complete -o default -F _stackhouse stackhouse
`;
}

function valueCase(command: string, { flags, value }: OptionShape): string[] {
  if (value === "none") return [];
  const pattern = flags.map((flag) => `"${command} ${flag}"`).join("|");
  if (value === "file") return [`    ${pattern}) COMPREPLY=($(compgen -f -- "$cur")); return ;;`];
  if (value === "free") return [`    ${pattern}) return ;;`];
  return [`    ${pattern}) COMPREPLY=($(compgen -W "${value.join(" ")}" -- "$cur")); return ;;`];
}

function operandCase(command: string, operands: CliShape["commands"][number]["operands"]): string[] {
  const words = operands === "services" ? '$("${COMP_WORDS[0]}" config --services 2>/dev/null)' : operands.join(" ");
  return words === "" ? [] : [`    ${command}) COMPREPLY=($(compgen -W "${words}" -- "$cur")) ;;`];
}

function flagsOf(options: readonly OptionShape[]): string {
  return options.flatMap(({ flags }) => flags).join(" ");
}
