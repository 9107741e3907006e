import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { containerContract } from "./containers.ts";
import { imageContract } from "./images.ts";
import { objectContract } from "./objects.ts";
import { streamContract } from "./streams.ts";
import { call, kindOf, type RuntimeWorld } from "./world.ts";

/** What every backend of the runtime port does, whatever is behind it. */
export function runtimeContract(name: string, makeWorld: () => Promise<RuntimeWorld>): void {
  describe(`runtime: ${name}`, () => {
    let made: RuntimeWorld | undefined;
    const world = (): RuntimeWorld => made!;
    beforeAll(async () => void (made = await makeWorld()), 90_000);
    afterAll(async () => await made?.[Symbol.asyncDispose](), 60_000);

    it("says what it is", async () => {
      const { kind, version } = await world().runtime.info(call);
      expect(kind).toMatch(/^[a-z]+$/);
      expect(version).toMatch(/^\d/);
    });

    it("does nothing for a caller that has already given up", async () => {
      const givenUp = AbortSignal.abort(new Error("changed my mind"));
      const creating = world().runtime.createVolume(
        { app: "givenup", key: "v", fingerprint: "f", volume: { name: "givenup_v" } },
        { ...call, signal: givenUp },
      );
      expect(await kindOf(creating)).toBe("Error: changed my mind");
      expect((await world().runtime.observe("givenup", [], call)).volumes).toEqual([]);
    });

    describe("containers", () => containerContract(world));
    describe("objects", () => objectContract(world));
    describe("images", () => imageContract(world));
    describe("streams", () => streamContract(world));
  });
}
