import { access, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { startUp, type UpProcess } from "../support/engine/own-process.ts";
import { silentProgress } from "../../modules/base/progress.ts";
import { waitUntil } from "../../modules/base/wait.ts";
import { systemClock } from "../../modules/system/clock.ts";
import { homeFrom } from "../../modules/system/home.ts";
import { describeWithEngine, recordedCall } from "../support/engine/session.ts";

await describeWithEngine("interrupted runs", (session) => {
  let runs = 0;
  const home = (): string => join(session().folder, `home-${runs}`);
  const gate = (): string => join(session().folder, `gate-${runs}`);
  const openGate = (): Promise<void> => writeFile(gate(), "");

  function start(more: { readonly stubborn?: boolean; readonly lockDeadlineMs?: number } = {}): UpProcess {
    const { stubborn = false, ...plan } = more;
    const slow = { content: "b", waitFor: gate(), stubborn };
    return startUp(session(), { home: home(), things: { quick: { content: "a" }, slow }, ...plan });
  }

  beforeEach(async () => {
    runs += 1;
    for (const file of await readdir(session().world)) await rm(join(session().world, file));
  });
  afterEach(openGate);

  /** A run in the middle of a create. */
  async function inTheMiddle(more?: Parameters<typeof start>[0]): Promise<UpProcess> {
    const run = start(more);
    await run.says("row", /making it/u);
    return run;
  }

  async function endsWell(): Promise<UpProcess> {
    await openGate();
    const run = start();
    await run.says("done");
    await run.ended();
    expect(await readFile(join(session().world, "slow-plain"), "utf8")).toBe("b");
    return run;
  }

  /** The create that was cut goes on in the provider, which does not know of the kill. */
  async function destroyLeavesNothing(): Promise<void> {
    await openGate();
    await waitUntilThere(join(session().world, "slow-plain"));
    const stack = await session().open(() => Promise.resolve(), homeFrom({ STACKHOUSE_HOME: home() }));
    await stack.destroy(recordedCall({ stack: "remove" }));
    expect(await readdir(session().world)).toEqual([]);
  }

  test("the first interrupt cancels: the engine ends by itself, and the next up finishes", async () => {
    const run = await inTheMiddle();
    run.signal("SIGINT");
    const { text } = await run.says("cancelled");
    expect(text).toContain("up was cancelled");
    await run.ended();
    await endsWell();
  });

  test("the second interrupt leaves at once and says how to recover; the next up does", async () => {
    const run = await inTheMiddle({ stubborn: true });
    run.signal("SIGINT");
    await run.says("interrupt", /first/u);
    run.signal("SIGINT");
    expect((await run.says("cancelled")).text).toContain("pulumi refresh --clear-pending-creates");
    await run.ended();
    await endsWell();
  });

  test("after kill -9 of the CLI the next up stops its engine, takes its locks and ends well", async () => {
    const run = await inTheMiddle();
    const engine = await enginePid(home());
    run.signal("SIGKILL");
    await run.ended();
    const next = await endsWell();
    expect(next.told.map(({ text }) => text).join("\n")).toContain(`process ${engine}`);
  });

  test("after kill -9 of CLI and engine the next up removes the lock that is left and ends well", async () => {
    const run = await inTheMiddle();
    const engine = await enginePid(home());
    run.signal("SIGKILL");
    process.kill(engine, "SIGKILL");
    await run.ended();
    const next = await endsWell();
    expect(next.told.map(({ text }) => text).join("\n")).toContain("which is gone");
  });

  test("after kill -9 of CLI and engine, destroy removes what the cut create made", async () => {
    const run = await inTheMiddle({ stubborn: true });
    run.signal("SIGKILL");
    process.kill(await enginePid(home()), "SIGKILL");
    await run.ended();
    await destroyLeavesNothing();
  });

  test("after kill -9 of the engine alone, destroy removes what the cut create made", async () => {
    const run = await inTheMiddle({ stubborn: true });
    process.kill(await enginePid(home()), "SIGKILL");
    await run.says("engine.failed");
    await run.ended();
    await destroyLeavesNothing();
  });

  test("after kill -9 of an engine that nobody wrote down, as of pulumi up, destroy removes it too", async () => {
    const run = await inTheMiddle({ stubborn: true });
    process.kill(await enginePid(home()), "SIGKILL");
    await run.ended();
    await rm(join(home(), "state", "runs"), { recursive: true });
    await destroyLeavesNothing();
  });

  test("of two ups at once the second says who holds the stack and waits", async () => {
    const first = await inTheMiddle();
    const second = start();
    const waiting = await second.says("status", /waiting for a lock/u);
    expect(waiting.text).toContain(`up of demo/dev, process ${first.pid}`);
    await openGate();
    await first.says("done");
    await second.says("done", /same/u);
  });

  test("a second up that is not to wait refuses with the holder's name", async () => {
    const first = await inTheMiddle();
    const second = start({ lockDeadlineMs: 0 });
    expect((await second.says("lock.held")).text).toContain(`process ${first.pid}`);
    await openGate();
    await first.says("done");
  });

  test("an exception of the program is told, and ends neither this process nor the next run", async () => {
    const broken = startUp(session(), { home: home(), things: {}, throws: "no such folder" });
    expect((await broken.says("engine.failed")).text).toContain("no such folder");
  });
});

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

/** The engine's process, as the journal of the run notes it. */
async function enginePid(home: string): Promise<number> {
  const runs = join(home, "state", "runs");
  const name = (await readdir(runs)).find((file) => file.endsWith(".json"));
  const entry = JSON.parse(await readFile(join(runs, name!), "utf8")) as { engine: { pid: number } };
  return entry.engine.pid;
}
