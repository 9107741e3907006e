import { afterEach, beforeEach, expect } from "@jest/globals";
import type { Remembered, Resource } from "../../../modules/provider/kit/resource.ts";
import type { Properties } from "../../../modules/provider/kit/values.ts";
import { vmResource } from "../../../modules/provider/resources/vm/resource.ts";
import { callOn } from "./calls.ts";
import { startWorld, type TestWorld } from "./world.ts";

/** A world with the resource of a VM, and what the engine does with it most. */
export interface VmWorld {
  readonly world: TestWorld;
  readonly vm: Resource;
  /** The inputs, checked, of which none is wrong. */
  readonly check: (news: Properties, previous?: Properties) => Promise<Properties>;
  /** Makes the VM `shop-dev-box`. */
  readonly up: (news?: Properties) => Promise<Remembered>;
}

export const vmCall = (): ReturnType<typeof callOn> => callOn("Vm", "box");

/** A new one for each test of a file. */
export function vmWorld(): VmWorld {
  let world: TestWorld;
  let vm: Resource;
  beforeEach(async () => {
    world = await startWorld();
    vm = vmResource(world.ports);
  });
  afterEach(async () => {
    await world[Symbol.asyncDispose]();
  });
  const check = async (news: Properties, previous?: Properties): Promise<Properties> => {
    const checked = await vm.check(previous, news, vmCall());
    expect(checked.failures).toEqual([]);
    return checked.inputs;
  };
  const up = async (news: Properties = {}): Promise<Remembered> => {
    const inputs = await check(news);
    return { inputs, ...(await vm.create(inputs, vmCall())) };
  };
  return {
    get world() {
      return world;
    },
    get vm() {
      return vm;
    },
    check,
    up,
  };
}

/** A data disk as a program writes it. */
export const dataDisk = (name: string, sizeGiB = 10, mountPath = `/srv/${name}`): Properties => ({
  name,
  sizeGiB,
  mountPath,
});
