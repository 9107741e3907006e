import type { AsyncLocalStorage } from "node:async_hooks";
import { createHash } from "node:crypto";
import { join } from "node:path";
import type { EngineEvent, Stack } from "@pulumi/pulumi/automation/index.js";
import { idFromInputs } from "../provider/resources/ids.ts";
import { acquireLock } from "../system/lock.ts";
import { clearBackendLocks } from "./backend-locks.ts";
import { runEngine, type RunControl } from "./command.ts";
import { runError } from "./failures.ts";
import { journalAt, stopOrphan } from "./journal.ts";
import { locksFolder } from "./own-backend.ts";
import { settlePending } from "./pending.ts";
import { emptyRun, reduceEvent, type RunView } from "./rows.ts";
import type { EngineSettings } from "./settings.ts";
import type { PulumiStackOptions, RunCall } from "./types.ts";

const defaultLockDeadlineMs = 10 * 60_000;

/** An open Pulumi stack and what its runs share. */
export interface Session {
  readonly options: PulumiStackOptions;
  readonly project: string;
  readonly settings: EngineSettings;
  readonly controls: AsyncLocalStorage<RunControl>;
  readonly stack: Stack;
}

/** What a run gives to the SDK. */
export interface SdkOptions {
  readonly onEvent: (event: EngineEvent) => void;
  readonly onOutput: (text: string) => void;
  readonly color: "never";
  readonly suppressProgress: true;
}

/** Runs one operation of the SDK under the call's signals, gives its last view, and turns its failure into what a user can read. */
export async function operate(
  session: Session,
  operation: string,
  call: RunCall,
  work: (sdk: SdkOptions) => Promise<unknown>,
): Promise<RunView> {
  return underControl(session, { operation, call, onStart: undefined }, work);
}

/**
 * Like `operate`, for operations that change the Pulumi stack: alone on it, after whatever a killed run left behind is
 * settled, and written down while it runs.
 */
export async function operateAlone(
  session: Session,
  operation: "up" | "refresh" | "destroy",
  call: RunCall,
  work: (sdk: SdkOptions) => Promise<unknown>,
): Promise<RunView> {
  const { options, project, settings } = session;
  const ports = { clock: options.clock, signal: call.signal, progress: call.progress };
  const deadlineMs = call.lockDeadlineMs ?? defaultLockDeadlineMs;
  const base = runFile(session);
  const purpose = `${operation} of ${project}/${options.stackName}`;
  await using _lock = await acquireLock(`${base}.lock`, { ...ports, purpose, deadlineMs });

  const journal = journalAt(`${base}.json`, options.clock);
  const unfinished = await journal.unfinished();
  if (unfinished !== undefined) await stopOrphan(unfinished, ports);
  if (settings.ownBackend !== undefined) {
    const folder = locksFolder({ backend: settings.ownBackend, project, stack: options.stackName });
    await clearBackendLocks(folder, { ...ports, deadlineMs, deadEngine: unfinished?.engine });
  }
  if (unfinished !== undefined) {
    const cli = (args: readonly string[]): Promise<string> => pulumi(session, args, call.signal);
    await settlePending(cli, {
      folder: options.home.state.root,
      progress: call.progress,
      creates: operation === "up" ? "again" : "adopt",
      idOf: options.idOf ?? idFromInputs,
    });
  }

  await journal.begin(operation);
  const onStart = (pid: number): Promise<void> => journal.engineStarted(operation, pid);
  try {
    return await underControl(session, { operation, call, onStart }, work);
  } finally {
    // After a kill the next run has something to settle, and finds it here.
    if (call.killSignal?.aborted !== true) await journal.end();
  }
}

/** Runs `pulumi` on the stack for what the SDK has no call for, and gives its stdout. */
export async function pulumi(session: Session, args: readonly string[], signal: AbortSignal): Promise<string> {
  const { options, settings, stack } = session;
  const ran = await runEngine(
    {
      program: options.engine.command.command,
      args: [...args, "--stack", options.stackName],
      cwd: stack.workspace.workDir,
      env: {},
    },
    { env: settings.env, signal },
  );
  return ran.stdout;
}

interface ControlledCall {
  readonly operation: string;
  readonly call: RunCall;
  readonly onStart: RunControl["onStart"];
}

async function underControl(
  session: Session,
  { operation, call, onStart }: ControlledCall,
  work: (sdk: SdkOptions) => Promise<unknown>,
): Promise<RunView> {
  let view = emptyRun;
  const sdk: SdkOptions = {
    onEvent: (event) => {
      if (isDebug(event)) return;
      view = reduceEvent(view, event);
      call.onEvent?.(event);
    },
    onOutput: (text) => call.onOutput?.(text),
    color: "never",
    suppressProgress: true,
  };
  const control: RunControl = {
    env: session.settings.env,
    signal: call.signal,
    killSignal: call.killSignal,
    onStart,
    // Asked by the SDK after each run; the events have told it.
    answers: { "stack output": "{}", "stack history": "[]" },
  };
  try {
    await session.controls.run(control, () => work(sdk));
    return view;
  } catch (error) {
    throw runError(error, { operation, view, call });
  }
}

/** The SDK's own trace of what it sends, with secrets in plain text: nobody is to have it by accident. */
function isDebug(event: EngineEvent): boolean {
  const severity: string | undefined = event.diagnosticEvent?.severity;
  return severity === "debug";
}

/** Lock and journal of a Pulumi stack on this machine, by backend, project and stack. */
function runFile({ options, project, settings }: Session): string {
  const identity = JSON.stringify([settings.backend, project, options.stackName]);
  const digest = createHash("sha256").update(identity).digest("hex").slice(0, 12);
  const readable = `${project}.${options.stackName}`.replaceAll(/[^\w.-]/gu, "-");
  return join(options.home.state.root, "runs", `${readable}.${digest}`);
}
