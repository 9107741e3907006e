import { describe, expect, it } from "@jest/globals";
import { showElapsed } from "../../modules/base/elapsed.ts";
import { silentProgress } from "../../modules/base/progress.ts";
import { waitUntil } from "../../modules/base/wait.ts";
import { fakeClock } from "../support/fake-clock.ts";
import { hurriedClock } from "../support/hurried-clock.ts";

describe("work that takes its time", () => {
  it.each([
    ["and how long it may, where that is known", { deadlineMs: 60_000 }, "asking 10 s of 1 min 00 s"],
    ["alone where it ends by itself", {}, "asking 10 s"],
  ])("is shown each second with how long it has taken, %s", async (_, bounds, shown) => {
    const clock = hurriedClock();
    const said: string[] = [];
    const progress = { ...silentProgress, status: (text: string) => void said.push(text) };
    await showElapsed(
      () => "asking",
      { clock, progress, ...bounds },
      () => clock.sleep(10_500),
    );
    expect(said.at(0)).toBe("asking 0 s");
    expect(said).toContain(shown);
  });
});

describe("waitUntil", () => {
  const call = () => ({ clock: fakeClock(), signal: new AbortController().signal, progress: silentProgress });

  it("gives the value of the first attempt that is done", async () => {
    let attempts = 0;
    const value = await waitUntil(
      () => Promise.resolve(++attempts < 3 ? { done: false, reason: "not yet" } : { done: true, value: "up" }),
      { ...call(), deadlineMs: 1_000, what: "ssh" },
    );
    expect({ value, attempts }).toEqual({ value: "up", attempts: 3 });
  });

  it("names what it waited for, how long and the last reason at the deadline", async () => {
    await expect(
      waitUntil(() => Promise.resolve({ done: false, reason: "connection refused" }), {
        ...call(),
        deadlineMs: 61_000,
        intervalMs: 1_000,
        what: "ssh",
      }),
    ).rejects.toMatchObject({
      code: "deadline",
      message: "gave up waiting for ssh after 1 min 01 s: connection refused",
    });
  });

  it("shows how long it has waited, and from ten seconds on how long it may", async () => {
    const said: string[] = [];
    const waiting = waitUntil(() => Promise.resolve({ done: false, reason: "connection refused" }), {
      ...call(),
      ...{ deadlineMs: 300_000, intervalMs: 9_000, what: "ssh" },
      progress: { ...silentProgress, status: (text) => void said.push(text) },
    });
    await expect(waiting).rejects.toMatchObject({ code: "deadline" });
    expect(said.slice(0, 3)).toEqual([
      "waiting for ssh 0 s (connection refused)",
      "waiting for ssh 9 s (connection refused)",
      "waiting for ssh 18 s of 5 min 00 s (connection refused)",
    ]);
  });

  it("does not repeat an attempt that throws", async () => {
    await expect(
      waitUntil(() => Promise.reject(new Error("broken")), { ...call(), deadlineMs: 1_000, what: "ssh" }),
    ).rejects.toThrow("broken");
  });

  it("ends with the reason of an abort", async () => {
    const abort = new AbortController();
    abort.abort(new Error("stopped by the user"));
    await expect(
      waitUntil(() => Promise.resolve({ done: false, reason: "not yet" }), {
        ...call(),
        signal: abort.signal,
        deadlineMs: 1_000,
        what: "ssh",
      }),
    ).rejects.toThrow("stopped by the user");
  });
});
