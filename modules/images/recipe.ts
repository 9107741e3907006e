import { createHash } from "node:crypto";
import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { leastVmDiskGiB } from "../base/vm-disk.ts";
import { packageRoot } from "../system/package-root.ts";
import { agentNode } from "./node-binary.ts";

/** Everything that a base image is made of. The key of the image is a digest of all of it. */
export interface Recipe {
  /** Raised when the same recipe would be built in another way. */
  readonly version: 1;
  readonly suite: string;
  readonly packages: readonly string[];
  /** Units of Debian's that a container host in a VM has no use for. */
  readonly masked: readonly string[];
  readonly maskedGenerators: readonly string[];
  readonly enabled: readonly (readonly [target: string, unit: string])[];
  readonly kernelArguments: readonly string[];
  /** Kernel modules that the initial RAM disk loads. */
  readonly initramfsModules: readonly string[];
  /** Size of the root disk, to be grown by each VM. */
  readonly diskBytes: number;
  readonly nodeVersion: string;
  /** Files of `templates/guest`: path, mode and content. */
  readonly files: readonly GuestFile[];
}

export interface GuestFile {
  /** Below `templates/guest`: `rootfs/etc/hosts`. */
  readonly path: string;
  readonly executable: boolean;
  readonly content: string;
}

const gibibyte = 1024 ** 3;

const packages = [
  "linux-image-cloud-amd64",
  "systemd-sysv",
  "openssh-server",
  "docker.io",
  "docker-cli",
  "crun",
  "iptables",
  "iproute2",
  "ca-certificates",
  "e2fsprogs",
  "procps",
  "kmod",
  "cpio",
  "busybox-static",
  "libstdc++6",
  "libatomic1",
];

const masked = [
  // No udev: the hardware is known, and its rules would run for every network device of every container.
  "systemd-udevd.service",
  "systemd-udevd-control.socket",
  "systemd-udevd-kernel.socket",
  "systemd-udev-trigger.service",
  "systemd-udev-settle.service",
  "systemd-udev-load-credentials.service",
  // Nobody sits at this machine; the power button has its own service.
  "systemd-logind.service",
  "getty.target",
  "getty-static.service",
  "getty@tty1.service",
  "serial-getty@ttyS0.service",
  "systemd-ask-password-console.path",
  "systemd-ask-password-wall.path",
  "systemd-user-sessions.service",
  // The image is complete: nothing to prepare at its first boot.
  "ldconfig.service",
  "sshd-keygen.service",
  "systemd-binfmt.service",
  "proc-sys-fs-binfmt_misc.automount",
  "systemd-firstboot.service",
  "systemd-hwdb-update.service",
  "systemd-journal-catalog-update.service",
  "systemd-machine-id-commit.service",
  "systemd-sysusers.service",
  "systemd-update-done.service",
  "kmod-static-nodes.service",
  "systemd-modules-load.service",
  "systemd-tmpfiles-setup-dev.service",
  "systemd-tmpfiles-setup-dev-early.service",
  // The initial RAM disk has mounted the root disk and seeded the random generator.
  "systemd-random-seed.service",
  "systemd-remount-fs.service",
  "systemd-growfs-root.service",
  // No such hardware, or nobody who would look.
  "systemd-battery-check.service",
  "systemd-hibernate-clear.service",
  "systemd-pcrmachine.service",
  "systemd-pcrphase.service",
  "systemd-pcrphase-sysinit.service",
  "systemd-pstore.service",
  "systemd-tpm2-setup.service",
  "systemd-tpm2-setup-early.service",
  "systemd-pcrextend.socket",
  "systemd-pcrlock.socket",
  "systemd-creds.socket",
  "systemd-hostnamed.socket",
  "systemd-sysext.socket",
  "systemd-initctl.socket",
  "modprobe@.service",
  "dev-hugepages.mount",
  "dev-mqueue.mount",
  "run-lock.mount",
  "sys-fs-fuse-connections.mount",
  "sys-kernel-config.mount",
  "sys-kernel-debug.mount",
  "sys-kernel-tracing.mount",
  "tmp.mount",
  // Upkeep that a rebuilt image makes needless.
  "apt-daily.timer",
  "apt-daily-upgrade.timer",
  "dpkg-db-backup.timer",
  "e2scrub_all.timer",
  "e2scrub_reap.service",
  "fstrim.timer",
  "man-db.timer",
];

const maskedGenerators = [
  "systemd-bless-boot-generator",
  "systemd-cryptsetup-generator",
  "systemd-debug-generator",
  "systemd-fstab-generator",
  "systemd-getty-generator",
  "systemd-gpt-auto-generator",
  "systemd-hibernate-resume-generator",
  "systemd-integritysetup-generator",
  "systemd-rc-local-generator",
  "systemd-run-generator",
  "systemd-ssh-generator",
  "systemd-sysv-generator",
  "systemd-tpm2-generator",
  "systemd-veritysetup-generator",
];

const enabled = [
  ["sockets.target", "ssh.socket"],
  ["multi-user.target", "containerd.service"],
  ["multi-user.target", "docker.service"],
  ["sockets.target", "docker.socket"],
  ["multi-user.target", "stackhouse-power-button.service"],
  ["multi-user.target", "stackhouse-grow.service"],
  ["multi-user.target", "stackhouse-data-disks.service"],
  ["multi-user.target", "stackhouse-clock.service"],
  ["multi-user.target", "stackhouse-porter.service"],
  ["multi-user.target", "stackhouse-read-ahead.service"],
  ["multi-user.target", "stackhouse-agent-port.service"],
] as const;

const kernelArguments = [
  "console=ttyS0",
  "loglevel=4",
  "systemd.show_status=false",
  "net.ifnames=0",
  "random.trust_cpu=on",
  "lsm=yama",
  "audit=0",
  "cryptomgr.notests",
  // A guest that starts again is better than one that hangs.
  "panic=1",
];

/** The recipe of this build of Stackhouse. */
export async function currentRecipe(): Promise<Recipe> {
  return {
    version: 1,
    suite: "trixie",
    packages,
    masked,
    maskedGenerators,
    enabled,
    kernelArguments,
    initramfsModules: ["virtio_blk", "virtio-rng", "virtio_net", "virtio_console", "qemu_fw_cfg", "button", "evdev"],
    diskBytes: leastVmDiskGiB * gibibyte,
    nodeVersion: (await agentNode()).version,
    files: await guestFiles(),
  };
}

/** The name of an image in the cache: `debian-13-3f2a…`. */
export function keyOf(recipe: Recipe): string {
  return `debian-13-${createHash("sha256").update(JSON.stringify(recipe)).digest("hex").slice(0, 16)}`;
}

/** The content of a file of `templates/guest`. */
export function guestFile(recipe: Recipe, path: string): string {
  const found = recipe.files.find((file) => file.path === path);
  if (found === undefined) throw new Error(`templates/guest/${path} is missing`);
  return found.content;
}

async function guestFiles(): Promise<readonly GuestFile[]> {
  const folder = join(packageRoot(), "templates", "guest");
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return Promise.all(
    files.sort().map(async (path) => ({
      path: path.slice(folder.length + 1),
      executable: ((await stat(path)).mode & 0o100) !== 0,
      content: await readFile(path, "utf8"),
    })),
  );
}
