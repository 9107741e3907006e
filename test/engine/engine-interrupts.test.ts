import { expect, test } from "@jest/globals";
import { cutRuns } from "../support/engine/cut-runs.ts";
import { startUp } from "../support/engine/own-process.ts";
import { describeWithEngine } from "../support/engine/session.ts";

await describeWithEngine("interrupted runs", (session) => {
  const runs = cutRuns(session);

  test("the first interrupt cancels: the engine ends by itself, and the next up finishes", async () => {
    const run = await runs.inTheMiddle();
    run.signal("SIGINT");
    const { text } = await run.says("cancelled");
    expect(text).toContain("up was cancelled");
    await run.ended();
    await runs.endsWell();
  });

  test("the second interrupt leaves at once and says how to recover; the next up does", async () => {
    const run = await runs.inTheMiddle({ stubborn: true });
    run.signal("SIGINT");
    await run.says("interrupt", /first/u);
    run.signal("SIGINT");
    expect((await run.says("cancelled")).text).toContain("pulumi refresh --clear-pending-creates");
    await run.ended();
    await runs.endsWell();
  });

  test("of two ups at once the second says who holds the stack and waits", async () => {
    const first = await runs.inTheMiddle();
    const second = runs.start();
    const waiting = await second.says("status", /waiting for a lock/u);
    expect(waiting.text).toContain(`up of demo/dev, process ${first.pid}`);
    await runs.openGate();
    await first.says("done");
    await second.says("done", /same/u);
  });

  test("a second up that is not to wait refuses with the holder's name", async () => {
    const first = await runs.inTheMiddle();
    const second = runs.start({ lockDeadlineMs: 0 });
    expect((await second.says("lock.held")).text).toContain(`process ${first.pid}`);
    await runs.openGate();
    await first.says("done");
  });

  test("an exception of the program is told, and ends neither this process nor the next run", async () => {
    const broken = startUp(session(), { home: runs.home(), things: {}, throws: "no such folder" });
    expect((await broken.says("engine.failed")).text).toContain("no such folder");
  });
});
