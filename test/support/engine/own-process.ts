import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { EngineSession } from "./session.ts";
import type { RunPlan } from "./up-in-own-process.ts";

const saysDeadlineMs = 45_000;

export interface Told {
  readonly kind: string;
  readonly text: string;
}

/** An `up` that runs as a process of its own. */
export interface UpProcess {
  readonly pid: number;
  readonly told: readonly Told[];
  /** Resolves with the first line of that kind, with that text; fails when the process ends before. */
  says(kind: string, text?: RegExp): Promise<Told>;
  signal(signal: NodeJS.Signals): void;
  ended(): Promise<void>;
}

export function startUp(
  session: EngineSession,
  plan: Pick<RunPlan, "home" | "things" | "throws" | "lockDeadlineMs">,
): UpProcess {
  const full: RunPlan = {
    ...plan,
    machineHome: process.env["STACKHOUSE_HOME"],
    providerPath: join(session.folder, "bin"),
    env: session.env,
  };
  const script = new URL("up-in-own-process.ts", import.meta.url).pathname;
  const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", script, JSON.stringify(full)], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  const told: Told[] = [];
  const changed = new EventTarget();
  let over = false;
  createInterface({ input: child.stdout }).on("line", (line) => {
    told.push(JSON.parse(line) as Told);
    changed.dispatchEvent(new Event("change"));
  });
  createInterface({ input: child.stderr }).on("line", (text) => told.push({ kind: "stderr", text }));
  const closed = once(child, "close").then(() => {
    over = true;
    changed.dispatchEvent(new Event("change"));
  });
  return {
    pid: child.pid ?? -1,
    told,
    signal: (signal) => void child.kill(signal),
    ended: () => closed,
    async says(kind, text = /(?:)/u) {
      const deadline = AbortSignal.timeout(saysDeadlineMs);
      for (;;) {
        const found = told.find((line) => line.kind === kind && text.test(line.text));
        if (found !== undefined) return found;
        const what = `${kind} ${String(text)}: ${JSON.stringify(told, null, 1)}`;
        if (over) throw new Error(`the run ended without ${what}`);
        if (deadline.aborted) throw new Error(`the run did not say in time ${what}`);
        await once(changed, "change", { signal: deadline }).catch(() => {});
      }
    },
  };
}
