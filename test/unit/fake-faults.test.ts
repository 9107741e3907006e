import { describe, expect, it } from "@jest/globals";
import { RuntimeError } from "../../host-agent/runtime/errors.ts";
import { createFaults, type FaultRule } from "../../host-agent/runtime/fake/faults.ts";
import { createFakeRuntime } from "../../host-agent/runtime/fake/runtime.ts";
import { fakeClock } from "../support/fake-clock.ts";

const { signal } = new AbortController();
const call = { signal, deadlineMs: 1_000 };
const volume = (name: string) => ({ app: "shop", key: name, fingerprint: "f", volume: { name } });

/** Creates volumes a to d under the rule: what each call came to, and what is there in the end. */
async function underRule(rule: FaultRule): Promise<{ outcomes: string; there: string }> {
  const runtime = createFakeRuntime({ clock: fakeClock(), faults: createFaults(rule) });
  let outcomes = "";
  for (const name of ["a", "b", "c", "d"]) {
    outcomes += await runtime.createVolume(volume(name), call).then(
      () => "+",
      (error: unknown) => (error instanceof RuntimeError ? `${error.kind} ` : String(error)),
    );
  }
  return { outcomes, there: [...runtime.world.volumes.keys()].join("") };
}

describe("faults of the runtime in memory", () => {
  const fail = { kind: "fail" } as const;
  it.each([
    ["strike once", { fault: fail }, "internal +++", "bcd"],
    ["strike twice", { fault: fail, times: 2 }, "internal internal ++", "cd"],
    ["strike always", { fault: fail, times: Infinity }, "internal internal internal internal ", ""],
    ["strike later", { fault: fail, after: 2 }, "++internal +", "abd"],
    ["strike one operation", { fault: fail, operation: "createVolume" }, "internal +++", "bcd"],
    ["spare other operations", { fault: fail, operation: "removeVolume" }, "++++", "abcd"],
    ["strike one subject", { fault: fail, subject: "c" }, "++internal +", "abd"],
    [
      "have the error that was asked for",
      { fault: { ...fail, error: new RuntimeError("disk-full", "full") } },
      "disk-full +++",
      "bcd",
    ],
    ["lose the answer only", { fault: { kind: "fail-after-effect" } }, "unavailable +++", "abcd"],
    ["hang until the deadline", { fault: { kind: "hang" } }, "deadline +++", "bcd"],
  ] as readonly (readonly [string, FaultRule, string, string])[])("%s", async (_, rule, outcomes, there) => {
    expect(await underRule(rule)).toEqual({ outcomes, there });
  });

  it("that hang end when the caller gives up", async () => {
    const given = new AbortController();
    const neverEnding = { now: () => 0, sleep: (_: number, abort?: AbortSignal) => aborted(abort) };
    const runtime = createFakeRuntime({ clock: neverEnding, faults: createFaults({ fault: { kind: "hang" } }) });
    const creating = runtime.createVolume(volume("a"), { ...call, signal: given.signal });
    given.abort(new Error("changed my mind"));
    await expect(creating).rejects.toThrow("changed my mind");
  });

  it("are over when they are cleared", async () => {
    const faults = createFaults({ fault: fail, times: Infinity });
    const runtime = createFakeRuntime({ clock: fakeClock(), faults });
    faults.clear();
    await runtime.createVolume(volume("a"), call);
    expect(runtime.world.calls).toEqual(["createVolume a"]);
  });
});

function aborted(signal: AbortSignal | undefined): Promise<void> {
  return new Promise((_, reject) => {
    signal?.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
  });
}
