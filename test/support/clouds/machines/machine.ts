import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { access, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { messageOf } from "../../../../modules/base/errors.ts";
import { silentProgress } from "../../../../modules/base/progress.ts";
import { waitUntil } from "../../../../modules/base/wait.ts";
import { kernelArgumentsHere } from "../../../../modules/hypervisors/qemu/program/tsc.ts";
import { openMonitor, type Monitor } from "../../../../modules/hypervisors/qemu/program/qmp.ts";
import { applyForwards, networkId } from "../../../../modules/hypervisors/qemu/network/usernet.ts";
import { requireQemu } from "../../../../modules/hypervisors/qemu/program/version.ts";
import { systemClock } from "../../../../modules/system/clock.ts";
import { systemRunner } from "../../../../modules/system/exec.ts";
import { homeFrom } from "../../../../modules/system/home.ts";
import type { MachineImage } from "./image.ts";
import { seedDisk } from "./seed-disk.ts";

/** What a machine is made of once. */
export interface MachineSpec {
  /** Of the cloud: `i-0123`. */
  readonly id: string;
  /** Size of its root disk. */
  readonly rootGiB: number;
  /** Of the seed disk: `user-data`, `meta-data`. */
  readonly seed: Readonly<Record<string, string>>;
}

/** A disk beside the root disk, and how the guest sees it. */
export interface MachineDisk {
  readonly id: string;
  readonly path: string;
  readonly sizeGiB: number;
  /** Of QEMU's `-device`. */
  readonly device: Readonly<Record<string, string>>;
}

/** A port of the machine at one of its addresses. */
export interface OpenPort {
  readonly address: string;
  readonly port: number;
  readonly protocol: "tcp" | "udp";
}

/** A running VM. Its process ends with this one. */
export interface RunningMachine {
  /** Leads these ports to it, and no others. */
  open(ports: readonly OpenPort[]): Promise<void>;
  plug(disk: MachineDisk): Promise<void>;
  unplug(disk: MachineDisk): Promise<void>;
  /** Makes a disk larger while the guest uses it. Without an id: the root disk. */
  enlarge(sizeGiB: number, id?: string): Promise<void>;
  /** As the cloud's console does it: the power button first. */
  powerOff(): Promise<void>;
  /** At once, with what was not written yet lost. */
  kill(): Promise<void>;
  /** What its serial console said last. */
  console(): Promise<string>;
}

const memoryMiB = 1024;
const answerDeadlineMs = 30_000;
const powerOffMs = 60_000;

// For an emulated kernel, as in modules/hypervisors/qemu/machine/argv.ts.
const kernelArguments = [
  ...["root=/dev/vda", "rw", "console=ttyS0", "loglevel=4", "net.ifnames=0", "systemd.show_status=false"],
  ...["mitigations=off", "audit=0", "panic=1"],
];
/** Where the kernel cannot be told how fast its processor counts: what it finds out on a busy workstation may be several times too fast. */
const slowClock = "clocksource=acpi_pm";

/** Boots a machine in its folder: with a new root disk where there is none yet. */
export async function boot(image: MachineImage, spec: MachineSpec, folder: string): Promise<RunningMachine> {
  const disk = join(folder, "disk.qcow2");
  if (!existsSync(disk)) {
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, "seed.iso"), seedDisk(spec.seed), { mode: 0o600 });
    await qemuImg(
      "create",
      "-q",
      "-f",
      "qcow2",
      "-F",
      "qcow2",
      "-b",
      join(image.folder, "disk.qcow2"),
      disk,
      `${spec.rootGiB}G`,
    );
  }
  await rm(join(folder, "qmp.sock"), { force: true });
  const argv = ["--pdeathsig", "KILL", "qemu-system-x86_64", ...qemuArguments(image, await clockArguments())];
  const child = spawn("setpriv", argv, { cwd: folder, stdio: ["ignore", "ignore", "pipe"] });
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => (said += chunk));
  const exited = once(child, "exit");
  const monitor = async <T>(use: (monitor: Monitor) => Promise<T>): Promise<T> => {
    await using opened = await openMonitor(folder, AbortSignal.timeout(answerDeadlineMs));
    return await use(opened);
  };
  await Promise.race([
    retried("QEMU's monitor", () => access(join(folder, "qmp.sock"))),
    exited.then(() => {
      throw new Error(`QEMU ended as soon as it had started: ${said}`);
    }),
  ]);
  const kill = async (): Promise<void> => {
    child.kill("SIGKILL");
    await exited;
  };
  return {
    open: (ports) =>
      monitor((opened) =>
        applyForwards(
          opened,
          ports.map(({ address: hostAddress, port, protocol }) => ({
            ...{ protocol, hostAddress, hostPort: port, guestPort: port },
            ...{ owner: spec.id, fixed: true },
          })),
        ),
      ),
    plug: ({ id, path, device }) =>
      monitor(async (opened) => {
        const file = { driver: "file", filename: path };
        await opened.execute("blockdev-add", { driver: "raw", "node-name": nodeOf(id), file });
        await opened.execute("device_add", { ...device, id: deviceOf(id), drive: nodeOf(id) });
      }),
    async unplug({ id }) {
      await monitor((opened) => opened.execute("device_del", { id: deviceOf(id) }));
      // The guest lets go of it when it can; until then QEMU holds the file.
      await retried("the guest to let go of a disk", () =>
        monitor((opened) => opened.execute("blockdev-del", { "node-name": nodeOf(id) })),
      );
    },
    enlarge: (sizeGiB, id) =>
      monitor((opened) =>
        opened.execute("block_resize", {
          ...(id === undefined ? { device: rootDrive } : { "node-name": nodeOf(id) }),
          size: sizeGiB * 2 ** 30,
        }),
      ).then(() => undefined),
    async powerOff() {
      await monitor((opened) => opened.execute("system_powerdown"));
      await Promise.race([exited, once(AbortSignal.timeout(powerOffMs), "abort")]);
      await kill();
    },
    kill,
    console: async () => (await readFile(join(folder, "serial.log"), "utf8").catch(() => "")).slice(-2_000),
  };
}

/**
 * A new disk, empty; one that is there stays as it is. It is raw: QEMU's NVMe disk takes a write that asks to be on the disk before it is
 * answered (FUA) for any other, so what qcow2 noted of it was lost with a killed process (seen with QEMU 10.0.2: 5 of 80 syncs).
 */
export async function makeDisk({ path, sizeGiB }: MachineDisk): Promise<void> {
  if (!existsSync(path)) await qemuImg("create", "-q", "-f", "raw", path, `${sizeGiB}G`);
}

/** As a guest of our driver is told. Where a kernel reads a timer of the machine instead, each look at the clock takes two or three times as long. */
async function clockArguments(): Promise<string> {
  const ports = { home: homeFrom(process.env), runner: systemRunner, clock: systemClock };
  const call = { signal: AbortSignal.timeout(answerDeadlineMs), progress: silentProgress };
  const qemuVersion = await requireQemu(ports.runner, call.signal);
  const told = await kernelArgumentsHere("", { accelerator: "tcg", qemuVersion }, ports, call);
  return told === "" ? slowClock : `${told} tsc=reliable`;
}

function qemuArguments({ folder, emulated }: MachineImage, clock: string): readonly string[] {
  return [
    ["-nodefaults", "-no-user-config", "-display", "none"],
    ["-machine", "pc-i440fx-7.2", "-accel", "tcg,thread=multi,tb-size=256", "-cpu", emulated.model],
    ["-smp", String(emulated.count), "-m", String(memoryMiB)],
    [
      "-kernel",
      join(folder, "kernel"),
      "-initrd",
      join(folder, "initrd"),
      "-append",
      [...kernelArguments, clock, ...emulated.kernelArguments].join(" "),
    ],
    ["-drive", `file=disk.qcow2,id=${rootDrive},if=virtio,format=qcow2,discard=unmap`],
    ["-drive", "file=seed.iso,if=virtio,format=raw,readonly=on"],
    ["-device", "virtio-scsi-pci,id=scsi0"],
    ["-netdev", `user,id=${networkId}`, "-device", `virtio-net-pci,netdev=${networkId}`],
    ["-device", "virtio-rng-pci"],
    ["-serial", "file:serial.log", "-qmp", "unix:qmp.sock,server=on,wait=off"],
  ].flat();
}

/** Until it does not fail. */
function retried(what: string, attempt: () => Promise<unknown>): Promise<void> {
  return waitUntil(
    () =>
      attempt().then(
        () => ({ done: true, value: undefined }) as const,
        (error: unknown) => ({ done: false, reason: messageOf(error) }) as const,
      ),
    {
      what,
      clock: systemClock,
      progress: silentProgress,
      signal: new AbortController().signal,
      deadlineMs: answerDeadlineMs,
    },
  );
}

const rootDrive = "root";

function nodeOf(id: string): string {
  return `disk-${id}`;
}

function deviceOf(id: string): string {
  return `device-${id}`;
}

async function qemuImg(...args: readonly string[]): Promise<void> {
  const { exitCode, stderr } = await systemRunner.exec("qemu-img", args);
  if (exitCode !== 0) throw new Error(`qemu-img ${args[0] ?? ""}: ${stderr}`);
}
