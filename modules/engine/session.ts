import type { AsyncLocalStorage } from "node:async_hooks";
import { createHash } from "node:crypto";
import { join } from "node:path";
import type { EngineEvent, Stack } from "@pulumi/pulumi/automation/index.js";
import { acquireLock } from "../system/lock.ts";
import { answered } from "./answer.ts";
import { clearBackendLocks } from "./backend-locks.ts";
import { runEngine, type RunControl } from "./command.ts";
import { runError } from "./failures.ts";
import { journalAt, stopOrphan } from "./journal.ts";
import { locksFolder, ownStack, storedState, type OwnStack } from "./own-backend.ts";
import { endOrphanedHosts } from "./orphans.ts";
import { hasPending, settlePending } from "./pending.ts";
import { openRunFolder } from "./run-folder.ts";
import { runsFolder } from "./runs.ts";
import { emptyRun, reduceEvent } from "./rows.ts";
import type { RunView } from "./run-view.ts";
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
  return underControl(session, { operation, call, watch: {} }, work);
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
  const { options, project } = session;
  const ports = { clock: options.clock, signal: call.signal, progress: call.progress };
  const deadlineMs = call.lockDeadlineMs ?? defaultLockDeadlineMs;
  const base = runFile(session);
  const purpose = `${operation} of ${project}/${options.stackName}`;
  await using _lock = await acquireLock(`${base}.lock`, { ...ports, purpose, deadlineMs });

  const journal = journalAt(`${base}.json`, options.clock);
  const unfinished = await journal.unfinished();
  if (unfinished !== undefined) {
    await stopOrphan(unfinished, ports);
    await endOrphanedHosts(options.home);
  }
  const own = ownStackOf(session);
  if (own !== undefined) {
    await clearBackendLocks(locksFolder(own), { ...ports, deadlineMs, deadEngine: unfinished?.engine });
  }
  const { idOf } = options;
  // State of our own tells by itself, whoever was killed. To ask another backend in each run would take too long.
  const isCut = own === undefined ? unfinished !== undefined : hasPending(await storedState(own), idOf);
  if (isCut) {
    const cli = (args: readonly string[]): Promise<string> => pulumi(session, args, call.signal);
    await settlePending(cli, {
      folder: options.home.state.root,
      progress: call.progress,
      idOf,
    });
  }

  await journal.begin(operation);
  const engine = { killed: false };
  const watch: EngineWatch = {
    onStart: (pid) => journal.engineStarted(operation, pid),
    onEnd: (how) => (engine.killed ||= how === "killed"),
  };
  try {
    return await underControl(session, { operation, call, watch }, work);
  } finally {
    // After a kill, whoever killed, the next run has something to settle, and finds it here.
    if (engine.killed) await endOrphanedHosts(options.home);
    else await journal.end();
  }
}

/** The Pulumi stack in our own backend; undefined where the user's is used. */
export function ownStackOf({
  settings,
  project,
  options,
}: Pick<Session, "settings" | "project" | "options">): OwnStack | undefined {
  const { ownBackend } = settings;
  return ownBackend === undefined ? undefined : ownStack(ownBackend, project, options.stackName);
}

/** Runs `pulumi` on the stack for what the SDK has no call for, and gives its stdout. */
export async function pulumi(session: Session, args: readonly string[], signal: AbortSignal): Promise<string> {
  const { options, settings, stack } = session;
  const invocation = {
    program: options.engine.command.command,
    args: [...args, "--stack", options.stackName],
    cwd: stack.workspace.workDir,
    env: {},
  };
  return await answered(`pulumi ${args.slice(0, 2).join(" ")}`, options.clock, async (killSignal) => {
    const { stdout } = await runEngine(invocation, { env: settings.env, signal, killSignal });
    return stdout;
  });
}

type EngineWatch = Pick<RunControl, "onStart" | "onEnd">;

interface ControlledCall {
  readonly operation: string;
  readonly call: RunCall;
  readonly watch: EngineWatch;
}

async function underControl(
  session: Session,
  { operation, call, watch }: ControlledCall,
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
  await using folder = await openRunFolder(session.options.home);
  const control: RunControl = {
    env: { TMPDIR: folder.path, ...session.settings.env },
    signal: call.signal,
    killSignal: call.killSignal,
    ...watch,
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
function runFile(session: Session): string {
  const { options, settings } = session;
  // In our own backend a Pulumi stack has several names.
  const { project, stack } = ownStackOf(session) ?? { project: session.project, stack: options.stackName };
  const identity = JSON.stringify([settings.backend, project, stack]);
  const digest = createHash("sha256").update(identity).digest("hex").slice(0, 12);
  const readable = `${project}.${stack}`.replaceAll(/[^\w.-]/gu, "-");
  return join(runsFolder(options.home), `${readable}.${digest}`);
}
