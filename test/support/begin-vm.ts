import { silentProgress } from "../../modules/base/progress.ts";
import { createQemuDriver } from "../../modules/hypervisors/qemu/index.ts";
import { systemClock } from "../../modules/system/clock.ts";
import { homeFrom } from "../../modules/system/home.ts";
import { fakeQemuIn } from "./fake-qemu.ts";

// A program of its own that begins the VM of a specification: node begin-vm.ts FOLDER-OF-THE-FAKE SPEC. It prints how that began.
const [folder = "", spec = ""] = process.argv.slice(2);
const driver = createQemuDriver({
  home: homeFrom(process.env),
  runner: fakeQemuIn(folder).runner,
  clock: systemClock,
});
const call = { signal: AbortSignal.timeout(60_000), progress: silentProgress };
const vm = JSON.parse(spec) as Parameters<typeof driver.create>[0];
await driver.create(vm, call);
const { start } = await driver.start(vm.id, call);
process.stdout.write(`${start?.rung ?? ""}\n`);
