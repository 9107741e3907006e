import { expect, test } from "@jest/globals";
import { App, ExistingHost, type ExistingHostArgs } from "../../index.ts";
import { StackhouseError } from "../../modules/base/errors.ts";
import { decodeState } from "../../modules/cli/deployed/state.ts";
import { exitCodeOf, exitCodes } from "../../modules/cli/exit-codes.ts";
import { mintKeyPair } from "../../modules/ssh/keys.ts";
import { systemClock } from "../../modules/system/clock.ts";
import { recordedCall } from "../support/engine/session.ts";
import { rowsOf, saidIn } from "../support/provider/rows.ts";
import { describeProvider } from "../support/provider/session.ts";

const inline = (name: string) => ({ name, services: { web: { image: "web:1" } } });

/** A program with an app on each of these machines. */
const appOnEach = (machines: readonly ExistingHostArgs[]) => async (): Promise<object> => {
  for (const [index, args] of machines.entries()) {
    const host = new ExistingHost(`machine${index}`, args);
    new App(`app${index}`, { host, inline: inline(`app${index}`) });
  }
  return {};
};

await describeProvider("machines that exist, through the engine", (session) => {
  const machine = () => ({ hostKey: mintKeyPair().publicKey, privateKey: mintKeyPair().privateKey });

  test("that do not answer are waited for together, and hold up no other one", async () => {
    const { open, world } = session();
    const silent = ["203.0.113.1", "203.0.113.2", "203.0.113.3"];
    const machines = [...silent, "203.0.113.9"].map((address) => ({ address, ...machine() }));
    const stack = await open(appOnEach(machines));
    await stack.up(recordedCall());

    // A silent one is waited for until all are, or for a while.
    const waitedFor = new Set<string>();
    const all = new AbortController();
    const { runs } = world;
    world.runs = async (connection) => {
      if (!silent.includes(connection.address)) return runs(connection);
      waitedFor.add(connection.address);
      if (waitedFor.size === silent.length) all.abort();
      await systemClock.sleep(5_000, all.signal).catch(() => undefined);
      if (!all.signal.aborted) waitedFor.delete(connection.address);
      return false;
    };
    const preview = recordedCall();
    await stack.preview(preview);
    expect([...waitedFor].sort()).toEqual(silent);
    for (const address of silent) expect(saidIn(preview)).toContain(`${address}:22 does not answer: what up would do`);
    expect(rowsOf(preview, "stackhouse:index:Agent").map(({ op }) => op)).toContain("same");
  });

  test("keep no app that is dropped when their address changes: it is removed where its machine is now", async () => {
    const { open, world } = session();
    const args = machine();
    const wanted = { address: "203.0.113.7", apps: ["shop", "blog"] };
    const run = async (): Promise<object> => {
      const host = new ExistingHost("machine", { ...args, address: wanted.address });
      for (const name of wanted.apps) new App(name, { host, inline: inline(name) });
      return {};
    };
    const stack = await open(run);
    await stack.up(recordedCall());
    wanted.address = "203.0.113.8";
    wanted.apps = ["shop"];
    world.strangers.add("203.0.113.7");
    await stack.up(recordedCall());
    const apps = new Set([...world.runtime.world.containers.values()].map(({ spec }) => spec?.app));
    expect([...apps]).toEqual(["shop"]);
  });

  test("keep no other one from being destroyed: theirs stays with its error, which says how far it came", async () => {
    const { open, world } = session();
    const machines = ["203.0.113.1", "203.0.113.9"].map((address) => ({ address, ...machine() }));
    const stack = await open(appOnEach(machines));
    await stack.up(recordedCall());
    const { runs } = world;
    world.runs = async (connection) => connection.address !== "203.0.113.1" && runs(connection);
    const error: unknown = await stack.destroy(recordedCall()).catch((thrown: unknown) => thrown);
    if (!(error instanceof StackhouseError)) throw error;
    expect(error).toMatchObject({
      message: "destroy failed: app0",
      details: expect.arrayContaining([expect.stringContaining("203.0.113.1:22 does not answer")]),
    });
    expect(exitCodeOf(error)).toBe(exitCodes.failed);
    expect(error.format().split("\n").at(-1)).toMatch(/2 resources are gone; what failed stays, .*the same command/u);
    const left = decodeState(await stack.export("plain"));
    expect(left.apps.map(({ name }) => name)).toEqual(["app0"]);
    expect(left.hosts.map(({ connection }) => connection.address)).toEqual(["203.0.113.1"]);
    expect([...world.runtime.world.containers.values()].map(({ spec }) => spec?.app)).toEqual(["app0"]);

    world.runs = runs;
    await stack.destroy(recordedCall());
    expect(decodeState(await stack.export("plain")).resources).toEqual([]);
  });
});
