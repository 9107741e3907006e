import { readFile } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";
import { messageOf, StackhouseError } from "../../../base/errors.ts";
import { bootId } from "../../../system/boot-id.ts";
import { readFileIfPresent, writeFileAtomic } from "../../../system/files.ts";
import { parseJson } from "../../../system/json.ts";
import type { DriverCall } from "../../driver.ts";
import type { Accelerator } from "./accelerator.ts";
import { launch } from "./launch.ts";
import { inTrial, trialArguments } from "./trial.ts";
import { saveState } from "./migration.ts";
import type { QemuPorts } from "../ports.ts";
import { openMonitor } from "./qmp.ts";
import { canSave } from "./version.ts";

/** Long against the moment between two readings. */
const countedMs = 300;
const recordSchema = z.strictObject({ bootId: z.string(), megahertz: z.number() });

/**
 * The kernel command line of a guest here. An emulated processor counts time as the workstation's own does, and its kernel is told how
 * fast that is. A kernel that finds it out by itself times an emulated timer, and on a busy workstation is wrong now and then ("PIT
 * calibration deviates from HPET: 686160 2596151"): its clock is too fast by as much, for as long as it runs. What it is told it refines
 * later, within a hundredth. Source: Linux, arch/x86/kernel/tsc.c; Documentation, `tsc_early_khz`.
 */
export async function kernelArgumentsHere(
  kernelArguments: string,
  machine: { readonly accelerator: Accelerator; readonly qemuVersion: string },
  ports: QemuPorts,
  call: DriverCall,
): Promise<string> {
  if (machine.accelerator === "kvm" || !canSave(machine.qemuVersion)) return kernelArguments;
  try {
    // Whole megahertz: no two measurements are the same to the last digit, and templates are told apart by this line.
    return `${kernelArguments} tsc_early_khz=${(await megahertzHere(ports, call)) * 1000}`.trim();
  } catch (error) {
    call.signal.throwIfAborted();
    call.progress.warn(`guests find out by themselves how fast their clock runs: ${messageOf(error)}`);
    return kernelArguments;
  }
}

/** Measured once in each run of the workstation's system. */
async function megahertzHere(ports: QemuPorts, call: DriverCall): Promise<number> {
  const path = join(ports.home.cache.root, "probes", "tsc.json");
  const known = recordSchema.safeParse(parseJson((await readFileIfPresent(path)) ?? ""));
  const now = await bootId();
  if (known.success && known.data.bootId === now) return known.data.megahertz;
  const megahertz = Math.round(await measure(ports, call));
  await writeFileAtomic(path, JSON.stringify({ bootId: now, megahertz }));
  return megahertz;
}

/** QEMU itself says how far its counter and its clock have come, in the state of a machine that was stopped after a while. */
async function measure(ports: QemuPorts, call: DriverCall): Promise<number> {
  return await inTrial(ports, call, async (folder) => {
    const argv = [
      ...(await trialArguments(folder)),
      ...["-daemonize", "-machine", "none", "-accel", "tcg", "-qmp", "unix:qmp.sock,server=on,wait=off"],
    ];
    await launch(folder, argv, ports, call);
    await using monitor = await openMonitor(folder.path, call.signal);
    await ports.clock.sleep(countedMs, call.signal);
    const path = folder.file("state");
    await saveState(monitor, { path, memory: "all" }, { ...call, clock: ports.clock });
    return countedIn(await readFile(path));
  });
}

const sectionName = Buffer.from("\u0005timer", "latin1");
const least = 100;
const most = 20_000;

/**
 * The megahertz of the counter in a saved state: its section `timer` has ticks and nanoseconds, which are read at the same moment.
 * Source: QEMU, system/cpu-timers.c, vmstate_timers; migration/savevm.c, save_section_header.
 */
function countedIn(state: Buffer): number {
  // After the name come the numbers of the instance and of the version.
  const fields = state.indexOf(sectionName) + sectionName.length + 8;
  if (fields < sectionName.length + 8 || state.length < fields + 24) {
    throw new StackhouseError("internal", "QEMU does not say how fast its processor counts");
  }
  const [ticks, nanoseconds] = [state.readBigInt64BE(fields), state.readBigInt64BE(fields + 16)];
  const megahertz = (Number(ticks) / Number(nanoseconds)) * 1000;
  if (megahertz >= least && megahertz <= most) return megahertz;
  throw new StackhouseError("internal", `QEMU's processor counts with ${megahertz} MHz, which cannot be`);
}
