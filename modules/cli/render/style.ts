type Paint = (text: string) => string;

/** Colours as a port: pure rendering asks for meaning, the edge decides whether there are colours. */
export interface Style {
  readonly strong: Paint;
  readonly faint: Paint;
  readonly good: Paint;
  readonly bad: Paint;
  readonly warn: Paint;
  readonly accent: Paint;
}

const paint = (open: number, close: number) => (text: string) =>
  text === "" ? text : `\u001b[${open}m${text}\u001b[${close}m`;

export const colours: Style = {
  strong: paint(1, 22),
  faint: paint(2, 22),
  good: paint(32, 39),
  bad: paint(31, 39),
  warn: paint(33, 39),
  accent: paint(36, 39),
};

const plain = (text: string): string => text;

export const noColours: Style = {
  strong: plain,
  faint: plain,
  good: plain,
  bad: plain,
  warn: plain,
  accent: plain,
};

/**
 * Whether colours are wanted: only on a terminal that can show them, never with `--no-color` or `NO_COLOR`.
 * Source: https://no-color.org
 */
export function styleFor(options: {
  readonly isTerminal: boolean;
  readonly colorOption: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
}): Style {
  const refused = !options.colorOption || (options.env["NO_COLOR"] ?? "") !== "" || options.env["TERM"] === "dumb";
  return options.isTerminal && !refused ? colours : noColours;
}
