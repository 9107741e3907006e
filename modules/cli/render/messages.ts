import type { Diagnostic, RunView } from "../../engine/index.ts";
import type { Style } from "./style.ts";
import { oneLine } from "./text.ts";
import { isStackRow, label } from "./tree.ts";

/** How many messages of each subject were printed already. */
export type Printed = Readonly<Record<string, number>>;

/**
 * The lines of all messages that came since, each under the name of its resource. Errors are left out: the run ends with
 * them, and its last words are all of them together.
 */
export function newMessages(view: RunView, printed: Printed, style: Style): { printed: Printed; lines: string[] } {
  const subjects = view.rows
    .filter((row) => !isStackRow(row))
    .map((row) => ({ key: row.urn, name: label(row), messages: row.diagnostics }));
  const whole = [...view.rows.filter(isStackRow).flatMap((row) => row.diagnostics), ...view.diagnostics];
  const all = [...subjects, { key: "", name: "", messages: whole }];
  return {
    printed: Object.fromEntries(all.map(({ key, messages }) => [key, messages.length])),
    lines: all.flatMap(({ key, name, messages }) =>
      messages
        .slice(printed[key] ?? 0)
        .filter(({ severity }) => severity !== "error")
        .flatMap((message) => messageLines(message, name, style)),
    ),
  };
}

function messageLines(message: Diagnostic, name: string, style: Style): string[] {
  const head = name === "" ? "" : `${name}: `;
  return message.message.split("\n").map((line) => head + paintMessage(message, oneLine(line), style));
}

/** One line of a message with its severity, as a plan and a log show it. */
export function paintMessage({ severity }: Diagnostic, text: string, style: Style): string {
  switch (severity) {
    case "info":
      return text;
    case "warning":
      return style.warn(`warning: ${text}`);
    case "error":
      return style.bad(`error: ${text}`);
  }
}
