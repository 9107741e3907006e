import { silentProgress } from "../../modules/base/progress.ts";
import type { VmKind } from "../../modules/hypervisors/driver.ts";
import { createQemuDriver } from "../../modules/hypervisors/qemu/index.ts";
import { fillLater } from "../../modules/provider/fill-later.ts";
import { systemClock } from "../../modules/system/clock.ts";
import { systemRunner } from "../../modules/system/exec.ts";
import { homeFrom } from "../../modules/system/home.ts";

// A run that has brought up a VM of a kind, and ends: node fill-later-run.ts SCRIPT KIND. It prints what it tells.
const [script = "", kind = ""] = process.argv.slice(2);
const home = homeFrom(process.env);
const driver = createQemuDriver({ home, runner: systemRunner, clock: systemClock });
const progress = { ...silentProgress, info: (text: string) => void process.stdout.write(`${text}\n`) };
const call = { signal: AbortSignal.timeout(60_000), progress };
await fillLater({ driver, home, env: process.env, script })(JSON.parse(kind) as VmKind, call);
