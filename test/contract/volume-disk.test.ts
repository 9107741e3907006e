import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { mountVolumeDisk } from "../../modules/agent-install/volume-disk.ts";
import { silentProgress } from "../../modules/base/progress.ts";
import { folderHost } from "../support/folder-host.ts";
import { fakeClock } from "../support/fake-clock.ts";
import { notRun } from "../support/not-run.ts";

const exec = promisify(execFile);

/**
 * Starts and stops nothing, but for the mount: as systemd does it, after the unit that it finds. Asked for what the file `cut` says, it
 * ends who asks instead.
 */
const systemctl = `#!/bin/sh
here=\${0%/bin/systemctl}
if [ "$*" = "$(cat "$here/cut" 2>/dev/null)" ]; then kill -9 $PPID; exit; fi
echo "$*" >>"$here/systemctl.log"
case "$*" in
  *"--now var-lib-docker-volumes.mount")
    unit=$here/etc/systemd/system/var-lib-docker-volumes.mount
    what=$(sed -n 's/^What=//p' "$unit"); where=$(sed -n 's/^Where=//p' "$unit")
    mount -t ext4 "$what" "$where" ;;
esac
`;
/** Begins, as the real one does, with what is not the superblock; it is cut before that. */
const cutMkfs = `#!/bin/sh
for device; do :; done
echo groups | dd of="$device" bs=4096 seek=1 conv=notrunc status=none
kill -9 $PPID
`;
const device = "/dev/disk/by-id/data";
const volumes = "/var/lib/docker/volumes";

const suite = "a disk for the named volumes of apps";
if (process.getuid?.() !== 0 || !existsSync("/dev/loop-control"))
  notRun(suite, "this machine has no loop devices for us");
else describe(suite, onLoopDevice);

function onLoopDevice(): void {
  let host: Awaited<ReturnType<typeof folderHost>>;
  let loop: string;

  beforeEach(async () => {
    host = await folderHost();
    await host.write("/bin/systemctl", systemctl);
    await mkdir(host.path(volumes), { recursive: true });
    await mkdir(host.path("/dev/disk/by-id"), { recursive: true });
    const image = host.path("/data.img");
    await exec("truncate", ["--size", "64M", image]);
    loop = (await exec("losetup", ["--find", "--show", image])).stdout.trim();
    await symlink(loop, host.path(device));
  });
  afterEach(async () => {
    await leave();
    await exec("losetup", ["--detach", loop]);
    await host[Symbol.asyncDispose]();
  });

  const mount = (): Promise<void> =>
    mountVolumeDisk({
      session: host.session,
      device,
      clock: fakeClock(),
      progress: silentProgress,
      signal: new AbortController().signal,
    });
  /** The host goes, the disk stays. */
  const leave = async (): Promise<void> => {
    await exec("umount", [host.path(volumes)]).catch(() => undefined);
  };
  const asked = (): Promise<string> => readFile(host.path("/systemctl.log"), "utf8");

  it("gets a file system where it is blank, and is mounted before Docker Engine starts again", async () => {
    await mount();
    expect(await readdir(host.path(volumes))).toEqual([]);
    expect((await asked()).trim().split("\n")).toEqual([
      "daemon-reload",
      "stop docker.socket docker.service",
      "enable --quiet --now var-lib-docker-volumes.mount",
      "start docker.service",
    ]);
    expect(existsSync(host.path("/var/lib/stackhouse/formatting"))).toBe(false);
    const conf = host.path("/etc/systemd/system/docker.service.d/stackhouse-volumes.conf");
    expect(await readFile(conf, "utf8")).toBe(`[Unit]\nRequiresMountsFor=${host.path(volumes)}\n`);
  });

  it("keeps what is on it, on the next host too", async () => {
    await mount();
    await writeFile(join(host.path(volumes), "count"), "7");
    await leave();
    await mount();
    expect(await readFile(join(host.path(volumes), "count"), "utf8")).toBe("7");
  });

  it("is left alone where it is mounted: Docker Engine runs on, or starts again where a cut left it stopped", async () => {
    await mount();
    const before = await asked();
    await mount();
    expect(await asked()).toBe(`${before}start docker.service\n`);
  });

  it.each([
    "daemon-reload",
    "stop docker.socket docker.service",
    "enable --quiet --now var-lib-docker-volumes.mount",
    "start docker.service",
  ])("is mounted, and Docker Engine runs, after a run that was cut before systemd was asked to %s", async (step) => {
    await host.write("/cut", step);
    await expect(mount()).rejects.toMatchObject({ code: "agent.volume-disk" });
    await exec("rm", [host.path("/cut")]);
    await mount();
    expect(await readdir(host.path(volumes))).toEqual([]);
    expect(await asked()).toMatch(/enable --quiet --now var-lib-docker-volumes.mount\n(.*\n)*start docker.service\n$/u);
  });

  it("gets its file system after a run that was cut while it was made", async () => {
    await host.write("/bin/mkfs.ext4", cutMkfs);
    await expect(mount()).rejects.toMatchObject({ code: "agent.volume-disk" });
    await exec("rm", [host.path("/bin/mkfs.ext4")]);
    await mount();
    expect(await readdir(host.path(volumes))).toEqual([]);
  });

  it("hides no volumes that the host has on its own disk", async () => {
    await mkdir(join(host.path(volumes), "mine"));
    await expect(mount()).rejects.toMatchObject({
      code: "agent.volume-disk",
      message: expect.stringContaining("the host has named volumes on its own disk, which it would hide"),
    });
    // As blkid says of a disk with nothing on it.
    await expect(exec("blkid", ["--probe", loop])).rejects.toMatchObject({ code: 2 });
  });

  it("is not written to where it holds something else", async () => {
    await exec("mkswap", [loop]);
    await expect(mount()).rejects.toMatchObject({
      message: expect.stringContaining("something on it that is no ext4 file system"),
    });
    expect((await exec("blkid", ["--probe", loop])).stdout).toContain('TYPE="swap"');
  });

  it.each([
    ["bytes that nobody knows", []],
    ["what may be one thing or another", ["mkfs.ext4", "-q"]],
  ])("is not written to where it holds %s", async (_what, [program, ...args]) => {
    if (program !== undefined) await exec(program, [...args, loop]);
    // What SquashFS begins with: alone it is no file system.
    await writeFile(loop, "hsqs", { flag: "r+" });
    const before = await exec("sha256sum", [loop]);
    await expect(mount()).rejects.toMatchObject({ code: "agent.volume-disk" });
    expect((await exec("sha256sum", [loop])).stdout).toBe(before.stdout);
  });

  it("is waited for, as a cloud attaches it late, and named when it does not come", async () => {
    await exec("rm", [host.path(device)]);
    await expect(mount()).rejects.toMatchObject({
      code: "deadline",
      message: expect.stringContaining(`there is no ${device} yet`),
    });
  });
}
