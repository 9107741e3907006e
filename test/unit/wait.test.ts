import { describe, expect, it } from "@jest/globals";
import { silentProgress } from "../../modules/base/progress.ts";
import { waitUntil } from "../../modules/base/wait.ts";
import { fakeClock } from "../support/fake-clock.ts";

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
