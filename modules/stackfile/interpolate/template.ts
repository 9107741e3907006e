import type { Budget } from "../budget.ts";
import { unknownValue } from "../unknown.ts";

/** The value of a variable; undefined where it is not set. Unknown ones are `unknownValue`. */
export type Lookup = (name: string) => string | undefined;

export interface TemplateOptions {
  readonly lookup: Lookup;
  /** Told of each variable without a value and without a default; it counts as empty. */
  readonly onUnset?: (name: string) => void;
  /** How many characters may still be put in, and read again: a short text with variables in variables stands for any number. */
  readonly room?: Budget;
}

/** Why a template has no result. */
export class TemplateError extends Error {
  readonly reason: "invalid" | "required" | "too-long";
  constructor(reason: "invalid" | "required" | "too-long", message: string) {
    super(message);
    this.reason = reason;
  }
}

/**
 * Puts values into `$NAME`, `${NAME}` and `${NAME<op>operand}` with the operators `:-` `-` `:?` `?` `:+` `+`. Operands are
 * templates themselves and are only looked at when they are needed. `$$` stands for `$`.
 * Source: https://github.com/compose-spec/compose-spec/blob/main/12-interpolation.md, and compose-go for what it leaves open.
 */
export function substitute(template: string, options: TemplateOptions): string {
  return substituteNested(template, options, 0);
}

/** Deeper than anything that a person writes, and shallower than the stack. */
export const deepestTemplate = 100;

function substituteNested(template: string, options: TemplateOptions, depth: number): string {
  if (depth > deepestTemplate)
    throw new TemplateError("invalid", `a template is nested more than ${deepestTemplate} levels deep`);
  let result = "";
  let rest = 0;
  const put = (value: string): void => {
    take(value.length, options);
    result += value;
  };
  // An operand in an operand is read once more for each that it is in.
  const nested = (operand: string): string => {
    if (depth > 0) take(operand.length, options);
    return substituteNested(operand, options, depth + 1);
  };
  for (;;) {
    const dollar = template.indexOf("$", rest);
    if (dollar === -1) return result + template.slice(rest);
    result += template.slice(rest, dollar);
    if (template[dollar + 1] === "$") {
      result += "$";
      rest = dollar + 2;
    } else if (template[dollar + 1] === "{") {
      const end = closingBrace(template, dollar + 1);
      put(substituteBraced(template.slice(dollar + 2, end), template, { ...options, nested }));
      rest = end + 1;
    } else {
      const name = namePattern.exec(template.slice(dollar + 1, dollar + 1 + longestName))?.[0];
      if (name === undefined) result += "$";
      else put(valueOf(name, options));
      rest = dollar + 1 + (name?.length ?? 0);
    }
  }
}

function take(characters: number, { room }: TemplateOptions): void {
  if (room !== undefined && !room.take(characters))
    throw new TemplateError("too-long", "up to here, variables stand for more text than a project can have");
}

export const longestName = 4096;
export const namePattern = /^[_a-zA-Z][_a-zA-Z0-9]*/;
export const bracedPattern = /^([_a-zA-Z][_a-zA-Z0-9]*)(?:(:?[-+?])([^\n]*))?$/;

/** Braces inside an operand are matched; where they are not balanced, the last one of the line closes. */
export function closingBrace(template: string, open: number): number {
  const name = namePattern.exec(template.slice(open + 1, open + 1 + longestName))?.[0] ?? "";
  const afterName = open + 1 + name.length;
  if (template[afterName] === "}") return name === "" ? fail(template) : afterName;
  let depth = 0;
  let line = open;
  for (; line < template.length && template[line] !== "\n"; line++) {
    if (template[line] === "{") {
      depth++;
      if (template[line + 1] !== "\n") line++;
    } else if (template[line] === "}" && --depth === 0) return line;
  }
  const last = template.lastIndexOf("}", line - 1);
  return last > open ? last : fail(template);
}

const longestShown = 80;

function fail(template: string): never {
  throw new TemplateError("invalid", `"${shortened(template)}" is not a valid template`);
}

function shortened(text: string): string {
  return text.length > longestShown ? `${text.slice(0, longestShown)}…` : text;
}

interface BracedOptions extends TemplateOptions {
  readonly nested: (operand: string) => string;
}

function substituteBraced(body: string, template: string, options: BracedOptions): string {
  const [, name, operator, operand = ""] = bracedPattern.exec(body) ?? [];
  if (name === undefined) return fail(template);
  if (operator === undefined) return valueOf(name, options);
  const value = options.lookup(name);
  if (value === unknownValue) return value;
  const counts = value !== undefined && (value !== "" || !operator.startsWith(":"));
  if (operator.endsWith("-")) return counts ? value : options.nested(operand);
  if (operator.endsWith("+")) return counts ? options.nested(operand) : (value ?? "");
  if (counts) return value;
  // As it is written: what it comes to may be a secret.
  const reason = shortened(operand);
  throw new TemplateError("required", `the variable ${name} is required${reason === "" ? "" : `: ${reason}`}`);
}

function valueOf(name: string, options: TemplateOptions): string {
  const value = options.lookup(name);
  if (value === undefined) options.onUnset?.(name);
  return value ?? "";
}
