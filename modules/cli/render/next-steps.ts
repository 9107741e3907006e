import type { Style } from "./style.ts";
import { pad, width } from "./text.ts";

/** A command to type, and what it does. */
export type NextStep = readonly [command: string, what: string];

/** What to do next, a line a step; commands as this user can type them. */
export function nextSteps(steps: readonly NextStep[], style: Style): string[] {
  const typed = steps.map(([command, what]) => [style.commands(command), what] as const);
  const columns = Math.max(...typed.map(([command]) => width(command)));
  return ["Next:", ...typed.map(([command, what]) => `  ${pad(command, columns)}  ${style.faint(what)}`)];
}
