import { shellWord } from "../shell-word.ts";

/** How this user types our commands. */
export interface Typing {
  /** How the program is called: `stackhouse`, `npx stackhouse`, or its path. */
  readonly program: string;
  /** The options that led to what a command is about, in order: `["-s", "prod"]` under `-s`. */
  readonly choice: readonly TypedOption[];
}

interface TypedOption {
  readonly flag: string;
  readonly value: string;
}

/** What options that choose say; one that is left out or at its default needs not be typed again. */
export interface ChoiceOptions {
  readonly directory?: string;
  readonly stack?: string;
  readonly file?: readonly string[];
  readonly name?: string | undefined;
}

export const defaultStack = "dev";

export function choiceOf({ directory, stack = defaultStack, file = [], name }: ChoiceOptions): readonly TypedOption[] {
  return [
    ...(directory === undefined ? [] : [{ flag: "-C", value: directory }]),
    ...(stack === defaultStack ? [] : [{ flag: "-s", value: stack }]),
    ...file.map((value) => ({ flag: "--file", value })),
    ...(name === undefined ? [] : [{ flag: "--name", value: name }]),
  ];
}

const proposal = /(?<![\w./-])stackhouse (?=[a-z]|--help)([a-z]+)?([^,;:(→]*)/gu;
/** The commands that take all options of a choice. */
const choosing: ReadonlySet<string> = new Set(["up", "preview", "destroy", "status", "logs", "exec", "ssh"]);

/** A text that proposes commands such as `stackhouse up`, with the commands as this user can type them. */
export function asTyped(text: string, { program, choice }: Typing): string {
  return text.replaceAll(proposal, (_, command: string | undefined, rest: string) => {
    if (command === undefined) return `${program} ${rest}`;
    // What the proposal says itself is another choice.
    const missing = choosing.has(command) ? choice.filter(({ flag }) => !rest.split(" ").includes(flag)) : [];
    const options = missing.map(({ flag, value }) => ` ${flag} ${shellWord(value)}`).join("");
    return `${program} ${command}${options}${rest}`;
  });
}
