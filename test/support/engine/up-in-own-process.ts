// Runs `up` as a process of its own, as the CLI does: one to send signals to. Arguments: a JSON object, see `RunPlan`.
import process from "node:process";
import { isStackhouseError } from "../../../modules/base/errors.ts";
import { ensureEngine, openPulumiStack } from "../../../modules/engine/index.ts";
import { systemClock } from "../../../modules/system/clock.ts";
import { systemRunner } from "../../../modules/system/exec.ts";
import { homeFrom } from "../../../modules/system/home.ts";
import { idOfThing } from "./demo-provider.ts";
import { Thing, type ThingArgs } from "./thing.ts";

export interface RunPlan {
  /** STACKHOUSE_HOME of the state. */
  readonly home: string;
  /** STACKHOUSE_HOME of the machine, with the engine in its cache; undefined: the default. */
  readonly machineHome: string | undefined;
  readonly providerPath: string;
  readonly env: Readonly<Record<string, string>>;
  readonly things: Readonly<Record<string, ThingArgs>>;
  /** The program throws this. */
  readonly throws?: string;
  readonly lockDeadlineMs?: number;
}

const plan = JSON.parse(process.argv[2] ?? "") as RunPlan;
const say = (kind: string, text: string): void => void process.stdout.write(`${JSON.stringify({ kind, text })}\n`);
const cancel = new AbortController();
const kill = new AbortController();
process.on("SIGINT", () => {
  say("interrupt", cancel.signal.aborted ? "second" : "first");
  if (cancel.signal.aborted) kill.abort(new Error("killed"));
  else cancel.abort(new Error("cancelled"));
});
const progress = {
  status: (text: string) => say("status", text),
  info: (text: string) => say("info", text),
  warn: (text: string) => say("warn", text),
};
const ports = { runner: systemRunner, clock: systemClock, signal: cancel.signal, progress, env: plan.env };
const machine = homeFrom({ STACKHOUSE_HOME: plan.machineHome });
const home = homeFrom({ STACKHOUSE_HOME: plan.home });
try {
  const engine = await ensureEngine({ ...ports, env: process.env, home: machine });
  const stack = await openPulumiStack({
    ...ports,
    engine,
    home,
    idOf: idOfThing,
    stackName: "dev",
    providerPath: plan.providerPath,
    project: {
      kind: "inline",
      name: "demo",
      workDir: `${home.state.projects}/demo`,
      program: () => {
        for (const [name, args] of Object.entries(plan.things)) new Thing(name, args);
        return plan.throws === undefined ? Promise.resolve() : Promise.reject(new Error(plan.throws));
      },
    },
  });
  const done = await stack.up({
    signal: cancel.signal,
    killSignal: kill.signal,
    progress,
    onEvent: ({ diagnosticEvent }) => {
      if (diagnosticEvent?.ephemeral) say("row", diagnosticEvent.message);
    },
    ...(plan.lockDeadlineMs === undefined ? {} : { lockDeadlineMs: plan.lockDeadlineMs }),
  });
  say("done", JSON.stringify(done.counts));
} catch (error) {
  say(isStackhouseError(error) ? error.code : "error", isStackhouseError(error) ? error.format() : String(error));
  process.exitCode = 1;
}
process.exit();
