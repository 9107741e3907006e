import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { silentProgress } from "../../modules/base/progress.ts";
import { openPulumiStack } from "../../modules/engine/index.ts";
import { systemClock } from "../../modules/system/clock.ts";
import { systemRunner } from "../../modules/system/exec.ts";
import { idOfThing } from "../support/engine/demo-provider.ts";
import { makeProject } from "../support/engine/project.ts";
import { describeWithEngine, recordedCall } from "../support/engine/session.ts";

/** `needs` depends on the one that fails, `lies-within` is made known by what that gives; `slow` takes longer than it does. */
const program = `
const pulumi = require("@pulumi/pulumi");
class Thing extends pulumi.CustomResource {
  constructor(name, args) { super("stackhouse:test:Thing", name, { name, ...args, shout: undefined }); }
}
const { content, fail, dropped, gate } = require("./run.json");
const first = new Thing("first", { content, fail });
new Thing("needs", { content: first.shout });
first.shout.apply(() => { new Thing("lies-within", { content }); });
const slow = new Thing("slow", { content, waitFor: gate });
new Thing("follows", { content: slow.shout });
if (!dropped) new Thing("other", { content });
`;

await describeWithEngine("up of a program of which one resource fails", (session) => {
  test("makes what does not depend on it, deletes nothing, and fails with its error alone", async () => {
    const { engine, env, folder, home, world } = session();
    const project = await makeProject(session(), program);
    const gate = join(folder, "gate");
    const set = (values: object): Promise<void> =>
      writeFile(join(project, "run.json"), JSON.stringify({ gate, ...values }));
    const contents = (...names: readonly string[]): Promise<readonly (string | undefined)[]> =>
      Promise.all(names.map((name) => readFile(join(world, `${name}-plain`), "utf8").catch(() => undefined)));
    const stack = await openPulumiStack({
      ...{ engine, env, home, idOf: idOfThing, stackName: "dev", providerPath: join(folder, "bin") },
      project: { kind: "directory", path: project },
      ...{ runner: systemRunner, clock: systemClock, progress: silentProgress, signal: new AbortController().signal },
    });
    await writeFile(gate, "");
    await set({ content: "one" });
    await stack.up(recordedCall());

    await set({ content: "two", fail: "no host there", dropped: true });
    await rm(gate);
    const call = recordedCall({
      onEvent: ({ resOpFailedEvent }) => {
        if (resOpFailedEvent !== undefined) void writeFile(gate, "");
      },
    });
    await expect(stack.up(call)).rejects.toMatchObject({
      code: "engine.failed",
      message: "up failed: first",
      details: ["stackhouse:test:Thing first:", "  no host there"],
    });
    expect(await contents("slow", "follows")).toEqual(["two", "TWO"]);
    expect(await contents("first", "needs", "lies-within", "other")).toEqual(["one", "ONE", "one", "one"]);

    await set({ content: "three", dropped: true });
    await stack.up(recordedCall());
    expect(await contents("needs", "lies-within", "other")).toEqual(["THREE", "three", undefined]);
  });
});
