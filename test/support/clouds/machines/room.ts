import { rm } from "node:fs/promises";
import { join } from "node:path";
import { messageOf } from "../../../../modules/base/errors.ts";
import { systemClock } from "../../../../modules/system/clock.ts";
import type { MachineImage } from "./image.ts";
import { boot, makeDisk, type MachineDisk, type MachineSpec, type OpenPort, type RunningMachine } from "./machine.ts";

/** A machine as the emulated cloud has it now. */
export interface WantedMachine extends MachineSpec {
  readonly state: "running" | "stopped";
  readonly ports: readonly OpenPort[];
  readonly disks: readonly Omit<MachineDisk, "path">[];
}

/** The VMs that stand behind an emulated cloud. */
export interface MachineRoom extends AsyncDisposable {
  /** The last error in making the VMs as the cloud has its machines; undefined: there was none. */
  readonly trouble: string | undefined;
  /** What the consoles said last, for a test that failed. */
  consoles(): Promise<string>;
}

interface Housed {
  readonly machine: RunningMachine;
  readonly disks: Map<string, MachineDisk>;
  rootGiB: number;
  ports: string;
}

const lookEveryMs = 500;

/**
 * Follows an emulated cloud: whatever its API is asked for, by whomever, becomes so of VMs within a second. A machine that is not
 * there any more is cut off; a disk outlives it.
 */
export function followCloud(
  image: MachineImage,
  folder: string,
  look: () => Promise<readonly WantedMachine[]>,
): MachineRoom {
  const housed = new Map<string, Housed>();
  const leaving = new AbortController();
  let trouble: string | undefined;

  const leave = async (id: string, how: "powerOff" | "kill"): Promise<void> => {
    const found = housed.get(id);
    await found?.machine[how]();
    housed.delete(id);
  };

  const adapt = async (wanted: WantedMachine, here: Housed): Promise<void> => {
    for (const [id, disk] of here.disks) {
      if (wanted.disks.some((other) => other.id === id)) continue;
      await here.machine.unplug(disk);
      here.disks.delete(id);
    }
    for (const wish of wanted.disks.filter(({ id }) => !here.disks.has(id))) {
      const disk = { ...wish, path: join(folder, `${wish.id}.raw`) };
      await makeDisk(disk);
      await here.machine.plug(disk);
      here.disks.set(wish.id, disk);
    }
    for (const { id, sizeGiB } of wanted.disks) {
      const disk = here.disks.get(id);
      if (disk === undefined || disk.sizeGiB >= sizeGiB) continue;
      await here.machine.enlarge(sizeGiB, id);
      here.disks.set(id, { ...disk, sizeGiB });
    }
    if (here.rootGiB < wanted.rootGiB) await here.machine.enlarge(wanted.rootGiB);
    here.rootGiB = wanted.rootGiB;
    const ports = JSON.stringify(wanted.ports);
    if (ports !== here.ports) await here.machine.open(wanted.ports);
    here.ports = ports;
  };

  const pass = async (): Promise<void> => {
    const wanted = await look();
    const running = wanted.filter(({ state }) => state === "running");
    // Who has a disk gives it back before another one gets it.
    for (const id of [...housed.keys()].filter((one) => !running.some((machine) => machine.id === one))) {
      await leave(id, wanted.some((machine) => machine.id === id) ? "powerOff" : "kill");
    }
    for (const machine of running) {
      const here = housed.get(machine.id) ?? {
        machine: await boot(image, machine, join(folder, machine.id)),
        disks: new Map<string, MachineDisk>(),
        rootGiB: machine.rootGiB,
        ports: "",
      };
      housed.set(machine.id, here);
      await adapt(machine, here);
    }
  };

  const following = (async () => {
    while (!leaving.signal.aborted) {
      await pass().then(
        () => (trouble = undefined),
        (error: unknown) => (trouble = messageOf(error)),
      );
      await systemClock.sleep(lookEveryMs, leaving.signal).catch(() => undefined);
    }
  })();

  return {
    get trouble() {
      return trouble;
    },
    async consoles() {
      const texts = [...housed].map(async ([id, { machine }]) => `--- ${id}\n${await machine.console()}`);
      return (await Promise.all(texts)).join("\n");
    },
    async [Symbol.asyncDispose]() {
      leaving.abort();
      await following;
      for (const id of [...housed.keys()]) await leave(id, "kill");
      await rm(folder, { recursive: true, force: true });
    },
  };
}
