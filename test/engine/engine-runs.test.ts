import { readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import type { PulumiFn } from "@pulumi/pulumi/automation/index.js";
import * as pulumi from "@pulumi/pulumi";
import { emptyRun, reduceEvent } from "../../modules/engine/index.ts";
import { describeWithEngine, recordedCall } from "../support/engine/session.ts";
import { Thing } from "../support/engine/thing.ts";

const twoThings: PulumiFn = () => {
  const first = new Thing("first", { content: "hello", password: "hunter2" });
  const second = new Thing("second", { content: first.shout });
  return Promise.resolve({ shout: second.shout, key: pulumi.secret("open sesame") });
};

await describeWithEngine("runs of the engine", (session) => {
  test("preview says what up would do, and makes nothing", async () => {
    const stack = await session().open(twoThings);
    expect(await stack.preview(recordedCall())).toEqual({ counts: { create: 3 }, changed: true });
    expect(await readdir(session().world)).toEqual([]);
  });

  test("up makes the resources and gives the outputs, secrets marked", async () => {
    const stack = await session().open(twoThings);
    const call = recordedCall();
    const done = await stack.up(call);
    expect(done).toEqual({
      counts: { create: 3 },
      changed: true,
      outputs: { shout: "HELLO", key: "[secret]" },
    });
    expect(await readFile(join(session().world, "second-plain"), "utf8")).toBe("HELLO");
    expect(JSON.stringify(call.events)).not.toMatch(/hunter2|open sesame/u);
  });

  test("a second up finds nothing to change", async () => {
    const stack = await session().open(twoThings);
    expect(await stack.up(recordedCall())).toMatchObject({ counts: { same: 3 }, changed: false });
  });

  test("refresh finds drift, and the next up puts it right", async () => {
    const stack = await session().open(twoThings);
    await writeFile(join(session().world, "first-plain"), "edited by hand");
    expect(await stack.refresh(recordedCall({ mode: "preview" }))).toMatchObject({ changed: true });
    expect(await stack.refresh(recordedCall())).toMatchObject({ counts: { update: 1, same: 2 } });
    expect(await stack.up(recordedCall())).toMatchObject({ counts: { update: 1, same: 2 } });
    expect(await readFile(join(session().world, "first-plain"), "utf8")).toBe("hello");
  });

  test("a failed resource is an error that names it and says why; the rest of the run stands", async () => {
    const stack = await session().open(() => {
      const first = new Thing("first", { content: "hello", password: "hunter2" });
      new Thing("third", { content: "x", fail: "no room for it" }, { dependsOn: first });
      return Promise.resolve();
    });
    const call = recordedCall();
    await expect(stack.up(call)).rejects.toMatchObject({
      code: "engine.failed",
      message: "up failed: third",
      details: ["stackhouse:test:Thing third:", "  no room for it"],
    });
    const rows = call.events.reduce(reduceEvent, emptyRun).rows;
    expect(rows.map(({ name, state }) => `${name} ${state}`)).toContain("third failed");
  });

  test("exported state holds secrets encrypted, unless asked for in plain text", async () => {
    const stack = await session().open(twoThings);
    expect(JSON.stringify(await stack.export("encrypted"))).not.toMatch(/hunter2|open sesame/u);
    expect(JSON.stringify(await stack.export("plain"))).toContain("open sesame");
  });

  test("state is our own file backend, its passphrase readable by its owner alone", async () => {
    const { home } = session();
    const stack = await session().open(twoThings);
    expect(stack.backend).toBe(`file://${home.state.backend}`);
    const passphrase = await stat(join(home.state.root, "passphrase"));
    expect(passphrase.mode & 0o777).toBe(0o600);
  });

  test("a state is one file that is written in one step: a kill leaves the old one or the new one", async () => {
    const stacks = join(session().home.state.backend, ".pulumi", "stacks", "demo");
    expect((await readdir(stacks)).sort()).toEqual(["dev.json", "dev.json.bak"]);
  });

  test("destroy removes what was made and, when asked, forgets the Pulumi stack", async () => {
    const stack = await session().open(twoThings);
    await stack.destroy(recordedCall({ stack: "remove" }));
    expect(await readdir(session().world)).toEqual([]);
    const stacks = await readdir(join(session().home.state.backend, ".pulumi", "stacks", "demo"));
    expect(stacks.filter((name) => name.endsWith(".json"))).toEqual([]);
  });
});
