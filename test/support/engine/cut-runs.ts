import { access, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, expect } from "@jest/globals";
import { silentProgress } from "../../../modules/base/progress.ts";
import { waitUntil } from "../../../modules/base/wait.ts";
import { systemClock } from "../../../modules/system/clock.ts";
import { homeFrom } from "../../../modules/system/home.ts";
import { startUp, type UpProcess } from "./own-process.ts";
import { recordedCall, type EngineSession } from "./session.ts";

/** Runs of `up` in processes of their own, that can be cut in the middle of a create. Each test has a home of its own. */
export interface CutRuns {
  home(): string;
  start(more?: StartOptions): UpProcess;
  /** A run in the middle of a create. */
  inTheMiddle(more?: StartOptions): Promise<UpProcess>;
  /** Lets the create that a run is in go on. */
  openGate(): Promise<void>;
  /** The next `up` does what is left. */
  endsWell(): Promise<UpProcess>;
  /** The create that was cut goes on in the provider, which does not know of the kill. */
  destroyLeavesNothing(): Promise<void>;
  /** The engine's process, as the journal of the run notes it. */
  enginePid(): Promise<number>;
}

export interface StartOptions {
  readonly stubborn?: boolean;
  readonly lockDeadlineMs?: number;
}

/** To be called inside a suite. */
export function cutRuns(session: () => EngineSession): CutRuns {
  let runs = 0;
  const home = (): string => join(session().folder, `home-${runs}`);
  const gate = (): string => join(session().folder, `gate-${runs}`);
  const openGate = (): Promise<void> => writeFile(gate(), "");

  beforeEach(async () => {
    runs += 1;
    for (const file of await readdir(session().world)) await rm(join(session().world, file));
  });
  afterEach(openGate);

  const start = ({ stubborn = false, ...plan }: StartOptions = {}): UpProcess => {
    const slow = { content: "b", waitFor: gate(), stubborn };
    return startUp(session(), { home: home(), things: { quick: { content: "a" }, slow }, ...plan });
  };

  return {
    home,
    start,
    openGate,
    async inTheMiddle(more) {
      const run = start(more);
      await run.says("row", /making it/u);
      return run;
    },
    async endsWell() {
      await openGate();
      const run = start();
      await run.says("done");
      await run.ended();
      expect(await readFile(join(session().world, "slow-plain"), "utf8")).toBe("b");
      return run;
    },
    async destroyLeavesNothing() {
      await openGate();
      await waitUntilThere(join(session().world, "slow-plain"));
      const stack = await session().open(() => Promise.resolve(), homeFrom({ STACKHOUSE_HOME: home() }));
      await stack.destroy(recordedCall({ stack: "remove" }));
      expect(await readdir(session().world)).toEqual([]);
    },
    async enginePid() {
      const folder = join(home(), "state", "runs");
      const name = (await readdir(folder)).find((file) => file.endsWith(".json"));
      const entry = JSON.parse(await readFile(join(folder, name!), "utf8")) as { engine: { pid: number } };
      return entry.engine.pid;
    },
  };
}

async function waitUntilThere(path: string): Promise<void> {
  const isThere = (): Promise<boolean> =>
    access(path).then(
      () => true,
      () => false,
    );
  await waitUntil(
    async () => ((await isThere()) ? { done: true, value: undefined } : { done: false, reason: "not yet" }),
    {
      clock: systemClock,
      signal: new AbortController().signal,
      progress: silentProgress,
      what: path,
      deadlineMs: 20_000,
    },
  );
}
