import { describe, expect, it } from "@jest/globals";
import { allOrNone } from "../../modules/base/all-or-none.ts";

const never = new AbortController().signal;

describe("works side by side", () => {
  it("give their results in order", async () => {
    expect(await allOrNone(never, [async () => 1, async () => 2])).toEqual([1, 2]);
  });

  it("end with the first that fails, when all have ended", async () => {
    const ended: string[] = [];
    const patient = (signal: AbortSignal): Promise<never> =>
      new Promise((_resolve, reject) => {
        signal.addEventListener("abort", () => {
          setImmediate(() => {
            ended.push("patient");
            reject(new Error("aborted"));
          });
        });
      });
    await expect(allOrNone(never, [patient, () => Promise.reject(new Error("first"))])).rejects.toThrow("first");
    expect(ended).toEqual(["patient"]);
  });
});
