import type { Clock } from "../base/clock.ts";
import { homeFrom, type Home } from "../system/home.ts";
import type { Interrupts } from "./interrupt.ts";
import type { CliIo } from "./io.ts";
import { choiceOf, type ChoiceOptions } from "./render/typed.ts";
import { styleFor, type Style } from "./render/style.ts";

/** What every command is given by the process. */
export interface Surroundings {
  readonly io: CliIo;
  readonly clock: Clock;
  readonly interrupts: Interrupts;
  /** When the process began, by the clock: what a user waits for begins there. */
  readonly startedAt: number;
}

/** Options that every command takes. */
export interface CommonOptions {
  readonly json?: boolean;
  readonly verbose?: boolean;
  /** False after `--no-color`. */
  readonly color?: boolean;
  readonly directory?: string;
}

/** The options of a command, as far as they decide how it shows its results and what it proposes. */
export type ShownOptions = CommonOptions & ChoiceOptions;

/** One run of one command. */
export interface CommandContext extends Surroundings {
  readonly home: Home;
  /** The folder that the command works in, absolute. */
  readonly directory: string;
  readonly json: boolean;
  readonly verbose: boolean;
  /** Colours of stdout. */
  readonly style: Style;
  /** Lines for the reader of the result, on stdout. */
  print(...lines: readonly string[]): void;
  /** The result for a script: one JSON document on stdout. */
  printJson(value: unknown): void;
  /** Lines beside the result, on stderr. */
  note(...lines: readonly string[]): void;
}

export function commandContext(surroundings: Surroundings, directory: string, options: ShownOptions): CommandContext {
  const { io } = surroundings;
  return {
    ...surroundings,
    home: homeFrom(io.env),
    directory,
    json: options.json ?? false,
    verbose: options.verbose ?? false,
    style: styleFor({
      isTerminal: io.stdout.isTTY ?? false,
      colorOption: options.color ?? true,
      env: io.env,
      typing: { program: io.program ?? "stackhouse", choice: choiceOf(options) },
    }),
    print: (...lines) => lines.forEach((line) => io.stdout.write(`${line}\n`)),
    printJson: (value) => io.stdout.write(`${JSON.stringify(value, undefined, 2)}\n`),
    note: (...lines) => lines.forEach((line) => io.stderr.write(`${line}\n`)),
  };
}
