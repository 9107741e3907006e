import { stripVTControlCharacters } from "node:util";
import type { LogLine } from "../../protocol/api.ts";
import type { Style } from "./style.ts";
import { pad, width } from "./text.ts";

/** Prints log lines with the name of their container before them, in columns that grow with the longest name so far. */
export function logLinePrinter(options: {
  readonly style: Style;
  readonly timestamps: boolean;
  /** A terminal must not be steered by what a container prints; a file gets it as it is. */
  readonly isTerminal: boolean;
}): (line: LogLine) => string {
  const { style, timestamps, isTerminal } = options;
  const paints = [style.accent, style.good, style.warn, style.strong];
  const seen = new Map<string, (text: string) => string>();
  let nameWidth = 0;
  return ({ container, at, line, stream }) => {
    nameWidth = Math.max(nameWidth, width(container));
    const paint = seen.get(container) ?? paints[seen.size % paints.length] ?? ((text: string) => text);
    seen.set(container, paint);
    const bar = stream === "stderr" ? style.bad("|") : "|";
    const time = timestamps ? `${style.faint(at)} ` : "";
    const text = isTerminal ? harmless(line) : line;
    return `${paint(pad(container, nameWidth))} ${bar} ${time}${text}`;
  };
}

/** Colours stay, whatever moves the cursor goes. */
function harmless(line: string): string {
  const parts = line.split(colour);
  const codes = line.match(colour) ?? [];
  const text = parts.map(
    (part, index) => stripVTControlCharacters(part).replaceAll(/\p{Cc}/gu, keepTab) + (codes[index] ?? ""),
  );
  return codes.length === 0 ? text.join("") : `${text.join("")}${String.fromCodePoint(27)}[0m`;
}

const colour = new RegExp(`${String.fromCodePoint(27)}\\[[0-9;]*m`, "gu");
const keepTab = (control: string): string => (control === "\t" ? control : "");
