import { describe, expect, it } from "@jest/globals";
import { fileURLToPath } from "node:url";
import { systemRunner } from "../../modules/system/exec.ts";

const program = fileURLToPath(new URL("../support/guest-clock.pl", import.meta.url));

/** By how many seconds the clock of a guest is off at the end of a story, as `guest-clock.pl` tells it. */
async function offAfter(behind: number, story: string): Promise<number> {
  const { exitCode, stdout, stderr } = await systemRunner.exec("perl", [program, `${behind}`, ...story.split(" ")], {});
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
  return Math.abs(Number(stdout.trim().split("\n").at(-1)));
}

/** Half a second, and how closely the guest looks. */
const half = 0.51;
/** What the real-time clock of a QEMU may be behind its host. */
const parts = [0, 0.2, 0.5, 0.81, 0.99];

describe("the clock of a guest that the driver has given the time", () => {
  it.each(parts)(
    "is right again to a tenth of a second, whatever becomes of it: QEMU's is %d s behind",
    async (behind) => {
      for (const drift of [-86_400, -3, 0.3, 7]) {
        expect(await offAfter(behind, `start one driver look drift ${drift} look`)).toBeLessThan(0.1);
      }
    },
  );

  it("is left alone where it is off by less than that", async () => {
    expect(await offAfter(0.3, "start one driver look drift 0.06 look look")).toBe(0.06);
  });

  it("is right again after a reboot: QEMU's real-time clock goes on, and is known", async () => {
    expect(await offAfter(0.9, "start one driver look drift 5 start one look")).toBeLessThan(0.1);
  });

  it("goes by what the driver said last", async () => {
    expect(await offAfter(0.2, "start one driver drift 9 driver look drift -4 look")).toBeLessThan(0.1);
  });

  it("is right to half a second where somebody in the guest had set it before QEMU's was learned", async () => {
    expect(await offAfter(0.9, "start one driver drift -3600 look look")).toBeLessThan(half);
  });

  it("is right again where the guest is busy, and left alone where it is too busy to see", async () => {
    expect(await offAfter(0.4, "start one driver look busy 0.02 drift 3 look")).toBeLessThan(0.1);
    expect(await offAfter(0.4, "start one driver look busy 0.3 drift 3 look look")).toBe(3);
  });
});

describe("a real-time clock that cannot be read for once", () => {
  it.each(Array.from({ length: 20 }, (_, index) => index))("sets no clock wrong: reading %d", async (index) => {
    const story = `start one driver look fails ${index} look look`;
    expect(await offAfter(0.4, story)).toBeLessThan(0.1);
    expect(await offAfter(0.4, `start one driver fails ${index} look drift 3 look look`)).toBeLessThan(0.1);
  });
});

describe("the clock of a guest that was given no time", () => {
  it.each(parts)("is right to half a second: QEMU's is %d s behind", async (behind) => {
    expect(await offAfter(behind, "start one drift -40 look")).toBeLessThan(half);
  });

  it("does not go by what was learned of another QEMU", async () => {
    expect(await offAfter(0.9, "start one driver look start two drift 5 look")).toBeLessThan(half);
  });
});
