import { CommandError, ConcurrentUpdateError } from "@pulumi/pulumi/automation/index.js";
import { StackhouseError } from "../base/errors.ts";
import { wrongPassphrase } from "./salt.ts";
import type { Diagnostic, Row, RunView } from "./run-view.ts";
import type { RunCall } from "./types.ts";

/** The run that ended with an error, as far as its events told. */
export interface FailedRun {
  readonly operation: string;
  readonly view: RunView;
  readonly call: Pick<RunCall, "signal" | "killSignal">;
}

/** What the user is told about a run that failed. */
export function runError(error: unknown, run: FailedRun): unknown {
  if (run.call.killSignal?.aborted) return left(run);
  if (run.call.signal.aborted) return cancelled(run);
  if (error instanceof ConcurrentUpdateError) {
    return new StackhouseError("lock.held", "another run is at work on this Pulumi stack", {
      details: tail(stderrOf(error)),
      hint: "wait for it to end; `pulumi cancel` removes the lock if you know that it is gone",
      cause: error,
    });
  }
  if (!(error instanceof CommandError)) return error;
  if (wrongPassphrase.test(stderrOf(error))) return anotherPassphrase(error);
  const folder = noPackages.exec(stderrOf(error))?.[1];
  if (folder !== undefined) return notInstalled(folder, error);
  const errors = errorsOf(run.view.rows, run.view.diagnostics);
  const details = errors.length > 0 ? errors : tail(stderrOf(error));
  return new StackhouseError("engine.failed", `${run.operation} failed${failedRows(run.view.rows)}`, {
    details,
    ...(wayToPlugin(details) ?? wayOn(run)),
    cause: error,
  });
}

/** A destroy goes on with what does not hang on what failed. */
function wayOn({ operation, view: { rows } }: FailedRun): { readonly hint?: string } {
  const gone = rows.filter(({ kind, op, state }) => kind === "resource" && op === "delete" && state === "done").length;
  if (operation !== "destroy" || gone === 0) return {};
  const what = gone === 1 ? "1 resource is gone" : `${gone} resources are gone`;
  return {
    hint: `${what}; what failed stays, and so does what it stands on: mend it, then run the same command again for the rest`,
  };
}

/** Source: InstallPluginError of pulumi's engine, which proposes to download it again. */
const noPlugin = /install resource plugin 'pulumi-resource-([\w-]+)' at version v([\w.+-]+)/u;

/** A cloud's provider is a program of its own, and not of npm: a machine that reaches little gets it from another one. */
function wayToPlugin(details: readonly string[]): { readonly hint: string } | undefined {
  const [, name, version] = details.map((line) => noPlugin.exec(line)).find((found) => found !== null) ?? [];
  if (name === undefined || version === undefined) return undefined;
  return {
    hint:
      `where this machine cannot download it: get the archive of pulumi-resource-${name} ${version} for its system (from the releases of Pulumi's provider) ` +
      `on one that can, bring it here, then pulumi plugin install resource ${name} ${version} --file ARCHIVE`,
  };
}

/** The engine looks for the plugins that a Pulumi.yaml names by their folders. */
const noPackages = /no folder at path '(.*)\/node_modules\//u;

function notInstalled(folder: string, error: CommandError): StackhouseError {
  return new StackhouseError("input.invalid", `the packages of the program in ${folder} are not installed`, {
    hint: `npm install there, then run this again`,
    cause: error,
  });
}

function anotherPassphrase(error: CommandError): StackhouseError {
  return new StackhouseError(
    "input.invalid",
    "the secrets of this Pulumi stack were encrypted with another passphrase",
    {
      hint:
        "give it in PULUMI_CONFIG_PASSPHRASE; " +
        "or remove encryptionsalt and the secret values from Pulumi.<stack>.yaml and set them again",
      cause: error,
    },
  );
}

/** Errors without those that only repeat an earlier one or follow from it, and without the engine's closing line. */
function newsIn(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  const isNews = ({ severity, message }: Diagnostic): boolean =>
    severity === "error" && !closingLine.test(message) && !consequence.test(message);
  const errors = diagnostics.filter(isNews);
  return errors.filter(
    (error, index) => !errors.slice(0, index).some((earlier) => earlier.message.includes(error.message)),
  );
}
/** What the program says of the outputs of a resource that failed; the resource says why. */
const consequence = /\bresource \S+ \[\S+\] failed to register\b/u;
const closingLine = /^(?:update|preview|refresh|destroy) failed$/u;

function failedRows(rows: readonly Row[]): string {
  const failed = rows.filter((row) => row.state === "failed").map((row) => row.name);
  return failed.length === 0 ? "" : `: ${failed.join(", ")}`;
}

/** The lines of all that went wrong with these rows, and of these other messages, each under the name of its resource. */
function errorsOf(rows: readonly Row[], others: readonly Diagnostic[] = []): readonly string[] {
  return newsIn([...rows.flatMap((row) => row.diagnostics), ...others]).flatMap((one) => describe(one, rows));
}

function describe(diagnostic: Diagnostic, rows: readonly Row[]): readonly string[] {
  const row = rows.find((other) => other.urn === diagnostic.urn);
  const lines = diagnostic.message.split("\n").filter((line) => !foreignFrame.test(line));
  return row === undefined ? lines : [`${row.type} ${row.name}:`, ...lines.map((line) => `  ${line}`)];
}

/** Of a stack trace, a line that is neither of the program nor of anything that its author can change. */
const foreignFrame = /^\s+at .*(?:\bnode:|\/node_modules\/)/u;

function cancelled(run: FailedRun): StackhouseError {
  return new StackhouseError("cancelled", `${run.operation} was cancelled`, {
    details: whatHappened(run.view),
    hint: "what is done stays; run the same command again to go on from here",
  });
}

/** The engine was killed: its lock and its pending operations are settled by our next run, or by hand. */
function left(run: FailedRun): StackhouseError {
  return new StackhouseError("cancelled", `left ${run.operation} at once; what it was doing is not recorded`, {
    details: whatHappened(run.view),
    hint:
      "run the same command again: it removes the lock and takes up what was half-made; " +
      "with pulumi alone: `pulumi cancel`, then `pulumi refresh --clear-pending-creates`",
  });
}

/** How far a run came that did not end: what had gone wrong by then may be why the user ended it. */
function whatHappened({ rows }: RunView): readonly string[] {
  return [...errorsOf(rows.filter(({ kind }) => kind === "resource")), ...openRows(rows)];
}

function openRows(rows: readonly Row[]): readonly string[] {
  return rows
    .filter((row) => row.state === "running" && row.kind === "resource" && row.op !== "same")
    .map((row) => `not finished: ${row.op} ${row.type} ${row.name}`);
}

/** The SDK's types leave the result of the command out. */
function stderrOf(error: CommandError): string {
  const { commandResult } = error as unknown as { readonly commandResult?: { readonly stderr?: string } };
  return commandResult?.stderr ?? error.message;
}

function tail(text: string): readonly string[] {
  return text
    .trim()
    .split("\n")
    .filter((line) => line.trim() !== "")
    .slice(-10);
}
