import { rm } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { cutRuns } from "../support/engine/cut-runs.ts";
import { describeWithEngine } from "../support/engine/session.ts";

await describeWithEngine("killed runs", (session) => {
  const runs = cutRuns(session);

  test("after kill -9 of the CLI the next up stops its engine, takes its locks and ends well", async () => {
    const run = await runs.inTheMiddle();
    const engine = await runs.enginePid();
    run.signal("SIGKILL");
    await run.ended();
    const next = await runs.endsWell();
    expect(next.told.map(({ text }) => text).join("\n")).toContain(`process ${engine}`);
  });

  test("after kill -9 of CLI and engine the next up removes the lock that is left and ends well", async () => {
    const run = await runs.inTheMiddle();
    const engine = await runs.enginePid();
    run.signal("SIGKILL");
    process.kill(engine, "SIGKILL");
    await run.ended();
    const next = await runs.endsWell();
    expect(next.told.map(({ text }) => text).join("\n")).toContain("which is gone");
  });

  test("after kill -9 of CLI and engine, destroy removes what the cut create made", async () => {
    const run = await runs.inTheMiddle({ stubborn: true });
    run.signal("SIGKILL");
    process.kill(await runs.enginePid(), "SIGKILL");
    await run.ended();
    await runs.destroyLeavesNothing();
  });

  test("after kill -9 of the engine alone, destroy removes what the cut create made", async () => {
    const run = await runs.inTheMiddle({ stubborn: true });
    process.kill(await runs.enginePid(), "SIGKILL");
    await run.says("engine.failed");
    await run.ended();
    await runs.destroyLeavesNothing();
  });

  test("after kill -9 of an engine that nobody wrote down, as of pulumi up, destroy removes it too", async () => {
    const run = await runs.inTheMiddle({ stubborn: true });
    process.kill(await runs.enginePid(), "SIGKILL");
    await run.ended();
    await rm(join(runs.home(), "state", "runs"), { recursive: true });
    await runs.destroyLeavesNothing();
  });
});
