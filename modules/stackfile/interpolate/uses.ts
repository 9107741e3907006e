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
  for (const text of stringsIn(value)) {
    for (const use of usesIn(text, 0)) found.set(use.name, combine(found.get(use.name), use));
  }
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

/** A template that is none names no variables from there on: where values are put in, that is an error. */
function usesIn(template: string, depth: number): readonly VariableUse[] {
  const uses: VariableUse[] = [];
  if (depth > deepestTemplate) return uses;
  for (let dollar = template.indexOf("$"); dollar !== -1;) {
    let rest = dollar + 2;
    if (template[dollar + 1] === "{") {
      const end = endOf(template, dollar + 1);
      if (end === undefined) return uses;
      for (const use of bracedUses(template.slice(dollar + 2, end), depth)) uses.push(use);
      rest = end + 1;
    } else if (template[dollar + 1] !== "$") {
      const name = namePattern.exec(template.slice(dollar + 1, dollar + 1 + longestName))?.[0];
      if (name !== undefined) uses.push({ ...plain, name });
      rest = dollar + 1 + (name?.length ?? 0);
    }
    dollar = template.indexOf("$", rest);
  }
  return uses;
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

function bracedUses(body: string, depth: number): readonly VariableUse[] {
  const [, name, operator = "", operand = ""] = bracedPattern.exec(body) ?? [];
  if (name === undefined) return [];
  const use = {
    name,
    defaultValue: operator.endsWith("-") ? operand : "",
    alternateValue: operator.endsWith("+") ? operand : "",
    required: operator.endsWith("?"),
  };
  // Source: compose-go, template/variables.go: those of a message are none.
  return use.required ? [use] : [use, ...usesIn(operand, depth + 1)];
}
