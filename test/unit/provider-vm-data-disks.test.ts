import { describe, expect, test } from "@jest/globals";
import { StackhouseError } from "../../modules/base/errors.ts";
import { silentProgress } from "../../modules/base/progress.ts";
import { dataDisk, vmCall, vmWorld } from "../support/provider/vm-world.ts";

const own = vmWorld();
const { check, up } = own;

describe("data disks", () => {
  test("are the same in any order, and none is like an empty list", async () => {
    const one = await check({ dataDisks: [dataDisk("a"), dataDisk("b")] });
    expect(await check({ dataDisks: [dataDisk("b"), dataDisk("a")] })).toEqual(one);
    expect(await check({ dataDisks: [] })).not.toHaveProperty("dataDisks");
  });

  test("do not shrink: check says so, and what to do instead", async () => {
    const { inputs } = await up({ dataDisks: [dataDisk("data", 20)] });
    const { failures } = await own.vm.check(inputs, { dataDisks: [dataDisk("data", 10)] }, vmCall());
    expect(failures).toEqual([
      {
        property: "dataDisks",
        reason:
          "the data disk data has 20 GiB and cannot shrink to 10 GiB: a smaller one is another disk, with another name",
      },
    ]);
  });

  test("that could not be made as large as they were to be may be smaller: none is there that would shrink", async () => {
    const { inputs } = await up({ dataDisks: [dataDisk("data", 2000), dataDisk("logs", 2000)] });
    own.world.driver.madeDisks = [{ name: "logs", sizeGiB: 10 }];
    const news = await check({ dataDisks: [dataDisk("data", 1), dataDisk("logs", 20)] }, inputs);
    expect(news["dataDisks"]).toEqual([dataDisk("data", 1), dataDisk("logs", 20)]);
  });

  test("that are kept from before do not shrink either", async () => {
    own.world.driver.keptDisks.push({ name: "data", sizeGiB: 20 });
    const { failures } = await own.vm.check(undefined, { dataDisks: [dataDisk("data", 10)] }, vmCall());
    expect(failures).toEqual([
      { property: "dataDisks", reason: expect.stringContaining("the data disk data has 20 GiB and cannot shrink") },
    ]);
  });

  test("that an earlier VM has left are announced before a new one has them", async () => {
    own.world.driver.keptDisks.push({ name: "data", sizeGiB: 20 }, { name: "other", sizeGiB: 1 });
    const heard: string[] = [];
    const progress = { ...silentProgress, info: (text: string) => void heard.push(text) };
    await own.vm.create(await check({ dataDisks: [dataDisk("data", 20), dataDisk("logs")] }), {
      ...vmCall(),
      preview: true,
      progress,
    });
    expect(heard).toEqual(["it has data disks that an earlier VM of its id has left, with what is on them: data"]);
  });

  test("that are new or grow reach a VM that runs, which is not stopped for them", async () => {
    const state = await up({ dataDisks: [dataDisk("data")] });
    own.world.driver.calls.splice(0);
    const news = await check({ diskGiB: 32, dataDisks: [dataDisk("data", 20), dataDisk("logs")] }, state.inputs);
    const outputs = await own.vm.update(state, news, { ...vmCall(), preview: true });
    expect(outputs["connection"]).toEqual(state.outputs["connection"]);
    await own.vm.update(state, news, vmCall());
    expect(own.world.driver.calls).toEqual(["create shop-dev-box", "start shop-dev-box", "resize shop-dev-box"]);
    expect(own.world.driver.vms.get(state.id)?.spec.dataDisks).toEqual(news["dataDisks"]);
  });

  test("that are taken away or move restart it", async () => {
    for (const dataDisks of [[], [dataDisk("data", 10, "/srv/elsewhere")]]) {
      const state = await up({ dataDisks: [dataDisk("data")] });
      own.world.driver.calls.splice(0);
      await own.vm.update(state, await check({ dataDisks }, state.inputs), vmCall());
      expect(own.world.driver.calls.slice(0, 3)).toEqual([
        "stop shop-dev-box",
        "create shop-dev-box",
        "start shop-dev-box",
      ]);
      await own.vm.delete(state, vmCall());
    }
  });

  test("of a VM that boots are asked for, because a guest that cannot mount them boots nevertheless", async () => {
    const { driver } = own.world;
    driver.resize = async () => {
      throw new StackhouseError("vm.unreachable", "the data disk data: no such file system");
    };
    await expect(up({ dataDisks: [dataDisk("data")] })).rejects.toMatchObject({ cause: { code: "vm.unreachable" } });
  });
});
