import { Budget } from "../budget.ts";
import { mostText } from "./dotenv.ts";
import { bracedPattern, closingBrace, deepestTemplate, longestName, namePattern, TemplateError } from "./template.ts";

/** A variable that templates use, and what they say about it. */
export interface VariableUse {
  readonly name: string;
  /** The operand of `:-` or `-`, as it is written; empty where there is none. */
  readonly defaultValue: string;
  /** The operand of `:+` or `+`, as it is written; empty where there is none. */
  readonly alternateValue: string;
  /** Some template is an error without it: `:?` or `?`. */
  readonly required: boolean;
}

/** The variables in the strings of a value, by name in their order: of a stack file that was loaded without interpolation. */
export function variableUses(value: unknown): readonly VariableUse[] {
  const found = new Map<string, VariableUse>();
  const note = (use: VariableUse): void => {
    found.set(use.name, combine(found.get(use.name), use));
  };
  const room = new Budget(mostText);
  for (const text of stringsIn(value)) noteUses(text, 0, { note, room });
  return [...found.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Of several uses, the first that gives a value counts; one that requires the variable is enough. */
function combine(earlier: VariableUse | undefined, later: VariableUse): VariableUse {
  if (earlier === undefined) return later;
  return {
    name: later.name,
    defaultValue: earlier.defaultValue === "" ? later.defaultValue : earlier.defaultValue,
    alternateValue: earlier.alternateValue === "" ? later.alternateValue : earlier.alternateValue,
    required: earlier.required || later.required,
  };
}

function stringsIn(value: unknown): readonly string[] {
  if (typeof value === "string") return value.includes("$") ? [value] : [];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(stringsIn) : [];
}

interface Noting {
  readonly note: (use: VariableUse) => void;
  /** How many characters of operands in operands may still be read: each is read once more for each that it is in. */
  readonly room: Budget;
}

/** A template that is none names no variables from there on: where values are put in, that is an error. */
function noteUses(template: string, depth: number, noting: Noting): void {
  if (depth > deepestTemplate || (depth > 1 && !noting.room.take(template.length))) return;
  for (let dollar = template.indexOf("$"); dollar !== -1;) {
    let rest = dollar + 2;
    if (template[dollar + 1] === "{") {
      const end = endOf(template, dollar + 1);
      if (end === undefined) return;
      noteBraced(template.slice(dollar + 2, end), depth, noting);
      rest = end + 1;
    } else if (template[dollar + 1] !== "$") {
      const name = namePattern.exec(template.slice(dollar + 1, dollar + 1 + longestName))?.[0];
      if (name !== undefined) noting.note({ ...plain, name });
      rest = dollar + 1 + (name?.length ?? 0);
    }
    dollar = template.indexOf("$", rest);
  }
}

const plain = { defaultValue: "", alternateValue: "", required: false };

function endOf(template: string, open: number): number | undefined {
  try {
    return closingBrace(template, open);
  } catch (error) {
    if (error instanceof TemplateError) return undefined;
    throw error;
  }
}

function noteBraced(body: string, depth: number, noting: Noting): void {
  const [, name, operator = "", operand = ""] = bracedPattern.exec(body) ?? [];
  if (name === undefined) return;
  const use = {
    name,
    defaultValue: operator.endsWith("-") ? operand : "",
    alternateValue: operator.endsWith("+") ? operand : "",
    required: operator.endsWith("?"),
  };
  noting.note(use);
  // Source: compose-go, template/variables.go: those of a message are none.
  if (!use.required) noteUses(operand, depth + 1, noting);
}
