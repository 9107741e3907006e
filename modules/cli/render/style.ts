import { asTyped, type Typing } from "./typed.ts";

type Paint = (text: string) => string;

/** How text is shown, as a port: pure rendering asks for meaning, the edge knows the terminal and how the user called us. */
export interface Style {
  readonly strong: Paint;
  readonly faint: Paint;
  readonly good: Paint;
  readonly bad: Paint;
  readonly warn: Paint;
  readonly accent: Paint;
  /** Of a text that proposes commands such as `stackhouse up`: as this user can type them. */
  readonly commands: Paint;
}

const plain = (text: string): string => text;

const paint = (open: number, close: number) => (text: string) =>
  text === "" ? text : `\u001b[${open}m${text}\u001b[${close}m`;

export const colours: Style = {
  strong: paint(1, 22),
  faint: paint(2, 22),
  good: paint(32, 39),
  bad: paint(31, 39),
  warn: paint(33, 39),
  accent: paint(36, 39),
  commands: plain,
};

export const noColours: Style = {
  strong: plain,
  faint: plain,
  good: plain,
  bad: plain,
  warn: plain,
  accent: plain,
  commands: plain,
};

/**
 * Colours only on a terminal that can show them, never with `--no-color` or `NO_COLOR`; commands as they are typed.
 * Source: https://no-color.org
 */
export function styleFor(options: {
  readonly isTerminal: boolean;
  readonly colorOption: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly typing: Typing;
}): Style {
  const refused = !options.colorOption || (options.env["NO_COLOR"] ?? "") !== "" || options.env["TERM"] === "dumb";
  const painted = options.isTerminal && !refused ? colours : noColours;
  return { ...painted, commands: (text) => asTyped(text, options.typing) };
}
