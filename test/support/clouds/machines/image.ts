import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Clock } from "../../../../modules/base/clock.ts";
import type { Progress } from "../../../../modules/base/progress.ts";
import { buildTools, makeScratch, requireTools, runMmdebstrap } from "../../../../modules/images/index.ts";
import { markUsed } from "../../../../modules/system/cache.ts";
import type { Runner } from "../../../../modules/system/exec.ts";
import type { Home } from "../../../../modules/system/home.ts";
import { acquireLock } from "../../../../modules/system/lock.ts";

/** What machines of emulated clouds boot from: kernel, initrd and disk, in a folder of the cache. */
export interface MachineImage {
  readonly folder: string;
  /** What its kernel boots on where processors are emulated. */
  readonly emulated: EmulatedProcessors;
}

interface EmulatedProcessors {
  /** Of QEMU's `-cpu`. */
  readonly model: string;
  readonly count: number;
  readonly kernelArguments: readonly string[];
}

export interface MachineImagePorts {
  readonly home: Home;
  readonly runner: Runner;
  readonly clock: Clock;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
  readonly progress: Progress;
}

/** What a machine runs. */
export type MachineSystem = "debian-12" | "debian-13";

interface System {
  readonly suite: string;
  /** Of Docker Engine: Debian 12 has its command line in the same package. */
  readonly docker: readonly string[];
  readonly emulated: EmulatedProcessors;
}

const systems: Readonly<Record<MachineSystem, System>> = {
  "debian-12": {
    suite: "bookworm",
    docker: ["docker.io"],
    // Linux 6.1 was seen to hang early on two processors of the model `max`. Its Docker Engine wants AppArmor's tools where the kernel has it.
    emulated: { model: "qemu64", count: 1, kernelArguments: ["apparmor=0"] },
  },
  "debian-13": {
    suite: "trixie",
    docker: ["docker.io", "docker-cli"],
    emulated: { model: "max,-erms", count: 2, kernelArguments: ["no_timer_check"] },
  },
};

/** As Debian's own images for clouds, with what our user data installs: guests here reach no mirror. */
function packagesOf({ docker }: System): readonly string[] {
  return [
    ...["linux-image-cloud-amd64", "initramfs-tools", "zstd", "systemd-sysv", "systemd-resolved", "udev", "dbus"],
    ...["openssh-server", "cloud-init", "gpg", "ca-certificates", "iproute2", "procps", "kmod", "e2fsprogs"],
    ...docker,
    ...["iptables", "nftables"],
  ];
}

/** The initial RAM disk needs to find the root disk and no more. */
const initialRamDisk = `mkdir -p "$1/etc/initramfs-tools/conf.d" &&
printf 'MODULES=list\\nCOMPRESSLEVEL=3\\n' >"$1/etc/initramfs-tools/conf.d/stackhouse" &&
printf 'virtio_pci\\nvirtio_blk\\next4\\n' >"$1/etc/initramfs-tools/modules"`;

const files = ["kernel", "initrd", "disk.qcow2"];
const lockDeadlineMs = 25 * 60_000;

/** The image, where it was made before. */
export async function findMachineImage(home: Home): Promise<MachineImage | undefined> {
  const folder = await folderOf(home, systems["debian-13"]);
  return existsSync(folder) ? await taken(folder, systems["debian-13"]) : undefined;
}

/** Debian with cloud-init and Docker Engine, made from Debian packages where it is missing. */
export async function ensureMachineImage(
  ports: MachineImagePorts,
  name: MachineSystem = "debian-13",
): Promise<MachineImage> {
  const { home, env, runner, signal, progress } = ports;
  const system = systems[name];
  const folder = await folderOf(home, system);
  if (existsSync(folder)) return taken(folder, system);
  await requireTools("the image of cloud machines", buildTools(), env);
  const lock = `${folder}.lock`;
  await mkdir(dirname(folder), { recursive: true });
  await using _lock = await acquireLock(lock, {
    ...ports,
    purpose: "building the image of cloud machines",
    deadlineMs: lockDeadlineMs,
  });
  if (existsSync(folder)) return await taken(folder, system);
  const fresh = await mkdtemp(`${folder}-new-`);
  try {
    await using scratch = await makeScratch(home, { lock, beside: fresh });
    await runMmdebstrap({
      what: "the image of cloud machines",
      args: [
        ...(await recipe(system)),
        ...files.map((file) => `--customize-hook=download /boot/${file} ${file}`),
        system.suite,
      ],
      scratch: scratch.path,
      cwd: fresh,
      ...{ env, runner, signal },
      onStage: (stage) => {
        progress.status(`image of cloud machines: ${stage}`);
      },
    });
    await rename(fresh, folder);
    return { folder, emulated: system.emulated };
  } finally {
    await rm(fresh, { recursive: true, force: true });
  }
}

/** `stackhouse clean` takes what was not used for long. */
async function taken(folder: string, { emulated }: System): Promise<MachineImage> {
  await markUsed(folder);
  return { folder, emulated };
}

async function recipe(system: System): Promise<readonly string[]> {
  const finish = await readFile(new URL("cloud-image.sh", import.meta.url), "utf8");
  return [
    ...["--variant=minbase", "--format=null", `--include=${packagesOf(system).join(",")}`],
    ...['--aptopt=APT::Install-Recommends "false"', "--dpkgopt=force-unsafe-io"],
    ...["man", "doc", "locale", "info"].map((name) => `--dpkgopt=path-exclude=/usr/share/${name}/*`),
    `--essential-hook=${initialRamDisk}`,
    `--customize-hook=${finish}`,
  ];
}

/** Named after what it is made of. */
async function folderOf(home: Home, system: System): Promise<string> {
  const digest = createHash("sha256")
    .update(JSON.stringify([system.suite, await recipe(system)]))
    .digest("hex");
  return join(home.cache.root, "tests", `machine-${digest.slice(0, 16)}`);
}
