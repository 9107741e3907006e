import { resolve } from "node:path";
import { CommanderError, type Command } from "commander";
import { StackhouseError } from "../base/errors.ts";
import {
  commandContext,
  type CommandContext,
  type CommonOptions,
  type ShownOptions,
  type Surroundings,
} from "./context.ts";
import { exitCodeOf, exitCodes } from "./exit-codes.ts";
import { buildProgram } from "./program.ts";
import { choiceOf } from "./render/typed.ts";
import { showError, type ErrorFormat } from "./show-error.ts";

/** What a command does; its number is the exit code. */
export type Handler<Options> = (
  context: CommandContext,
  options: Options & CommonOptions,
  args: readonly string[],
) => Promise<number>;

/**
 * Gives a command what it does; that is loaded when the command runs, so that starting stays fast.
 *
 * @param shown What of its options a proposed command repeats, and how results are shown. Default: those that have such names.
 */
export type Attach = <Options>(
  command: Command,
  load: () => Promise<Handler<Options>>,
  shown?: (options: Options & CommonOptions) => ShownOptions,
) => Command;

/**
 * Runs one command line and gives its exit code. Shows every error itself.
 *
 * @param argv what follows `stackhouse`
 */
export async function run(argv: readonly string[], surroundings: Surroundings): Promise<number> {
  const { io, interrupts } = surroundings;
  let exitCode: number = exitCodes.ok;
  let format = asWritten(argv);
  const attach: Attach = <Options>(
    command: Command,
    load: () => Promise<Handler<Options>>,
    shown: (options: Options & CommonOptions) => ShownOptions = (options) => options,
  ) =>
    command.action(async function (this: Command) {
      const options = this.opts<Options & CommonOptions>();
      // Understood now: what else is in the command line is for a command elsewhere.
      format = errorFormat(shown(options));
      const handler = await load();
      const directory = resolve(io.cwd, options.directory ?? ".");
      exitCode = await handler(commandContext(surroundings, directory, shown(options)), options, this.args);
    });
  const program = buildProgram(attach, io.stdout);
  try {
    const wanted = argv.length === 0 ? ["--help"] : argv;
    await program.parseAsync(wanted, { from: "user" });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError && (error.exitCode === 0 || error.code === "commander.help"))
      return exitCodes.ok;
    const shown = interrupts.signal.aborted
      ? interrupted(error, interrupts.signal)
      : usage(error, { before: optionBefore(argv, program), command: commandIn(argv, program) });
    showError(io, shown, format);
    return interrupts.signal.aborted ? exitCodes.cancelled : exitCodeOf(shown);
  }
}

function errorFormat({ json = false, verbose = false, color = true, ...choice }: ShownOptions): ErrorFormat {
  return { json, verbose, color, choice: choiceOf(choice) };
}

/** How the errors of a command line are to be shown that is not understood, as far as it can be told. */
function asWritten(argv: readonly string[]): ErrorFormat {
  const own = argv.includes("--") ? argv.slice(0, argv.indexOf("--")) : argv;
  return errorFormat({
    json: own.includes("--json"),
    verbose: own.includes("--verbose"),
    color: !own.includes("--no-color"),
  });
}

/** After an interrupt every error is its consequence, unless it says itself what is left behind. */
function interrupted(error: unknown, signal: AbortSignal): unknown {
  return error instanceof StackhouseError ? error : signal.reason;
}

/** The hint for an option of a command that is written before the command, as docker compose has it. */
function optionBefore([written = "", ...after]: readonly string[], { commands }: Command): string | undefined {
  const option = written.startsWith("--") ? written.replace(/=.*/s, "") : written.slice(0, 2);
  const command = commands.find(
    (one) => after.includes(one.name()) && one.options.some(({ short, long }) => option === short || option === long),
  );
  return command && `write it behind the command: stackhouse ${command.name()} ${option}`;
}

/** The words of a command line that name its command, as in `host stop`. */
function commandIn([word = "", ...after]: readonly string[], { commands }: Command): readonly string[] {
  const command = commands.find((one) => one.name() === word || one.aliases().includes(word));
  return command === undefined ? [] : [command.name(), ...commandIn(after, command)];
}

interface Written {
  readonly before: string | undefined;
  readonly command: readonly string[];
}

function usage(error: unknown, { before, command }: Written): unknown {
  if (!(error instanceof CommanderError)) return error;
  const [first = "", ...more] = error.message.replace(/^error: /, "").split("\n");
  const help =
    command.length === 0
      ? "stackhouse --help lists commands and options"
      : `stackhouse ${command.join(" ")} --help says what it takes`;
  const advice = more.length > 0 ? more.join(" ").replace(/^\(|\)$/g, "") : help;
  return new StackhouseError("input.invalid", first, { hint: before ?? advice });
}
