import { rm } from "node:fs/promises";
import * as z from "zod";
import type { Clock } from "../base/clock.ts";
import type { Progress } from "../base/progress.ts";
import { waitUntil } from "../base/wait.ts";
import { isErrno, readFileIfPresent, writeFileAtomic } from "../system/files.ts";
import { isRunning, processStart } from "../system/lock.ts";
import { killGroup } from "./process-group.ts";
import { parseJson } from "../system/json.ts";

const entrySchema = z.object({
  operation: z.string(),
  since: z.string(),
  /** The engine's process, once it started; with its start time it names one process for ever. */
  engine: z.object({ pid: z.number().int(), startedTicks: z.string() }).optional(),
});

/** A run that was written down and never crossed out: its process died. */
export type UnfinishedRun = z.infer<typeof entrySchema>;

/** How long an engine that lost its CLI may take to stop after SIGINT before it is killed, milliseconds. */
const orphanGraceMs = 60_000;

/** Writes down which engine runs for a Pulumi stack. Only the holder of the stack's lock writes here. */
export interface Journal {
  /** The run that a dead process left; undefined after a clean end. */
  unfinished(): Promise<UnfinishedRun | undefined>;
  begin(operation: string): Promise<void>;
  /** Notes the engine's process of the running operation. */
  engineStarted(operation: string, pid: number): Promise<void>;
  end(): Promise<void>;
}

export function journalAt(path: string, clock: Clock): Journal {
  const write = (entry: UnfinishedRun): Promise<void> => writeFileAtomic(path, JSON.stringify(entry), 0o600);
  const since = (): string => new Date(clock.now()).toISOString();
  return {
    async unfinished() {
      const text = await readFileIfPresent(path);
      if (text === undefined) return undefined;
      const entry = entrySchema.safeParse(parseJson(text));
      return entry.success ? entry.data : { operation: "run", since: "an unknown time" };
    },
    begin: (operation) => write({ operation, since: since() }),
    async engineStarted(operation, pid) {
      const startedTicks = await processStart(pid);
      if (startedTicks !== undefined) await write({ operation, since: since(), engine: { pid, startedTicks } });
    },
    end: () => rm(path, { force: true }),
  };
}

/**
 * Stops the engine that a killed CLI left running: one SIGINT, as from Ctrl-C, so that it records what it made, then
 * SIGKILL. Only a process that is provably that engine is touched.
 */
export async function stopOrphan(
  run: UnfinishedRun,
  ports: { readonly clock: Clock; readonly progress: Progress; readonly signal: AbortSignal },
): Promise<void> {
  const { engine } = run;
  if (engine === undefined || !(await isRunning(engine.pid, engine.startedTicks))) return;
  ports.progress.info(`stopping the engine (process ${engine.pid}) that the killed ${run.operation} left running`);
  interrupt(engine.pid);
  const started = ports.clock.now();
  let killed = false;
  await waitUntil(
    async () => {
      if (!(await isRunning(engine.pid, engine.startedTicks))) return { done: true, value: undefined };
      if (!killed && ports.clock.now() - started > orphanGraceMs) {
        killGroup(engine.pid);
        killed = true;
      }
      return { done: false, reason: killed ? "killed" : "it ends its running steps" };
    },
    { ...ports, what: `engine process ${engine.pid} to stop`, deadlineMs: orphanGraceMs + 10_000 },
  );
}

function interrupt(pid: number): void {
  try {
    process.kill(pid, "SIGINT");
  } catch (error) {
    if (!isErrno(error, "ESRCH")) throw error;
  }
}
