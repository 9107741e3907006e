import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, readFile, statfs, truncate } from "node:fs/promises";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, it, test } from "@jest/globals";
import { growFileSystem } from "../../modules/agent-install/grow-file-system.ts";
import { silentProgress } from "../../modules/base/progress.ts";
import { fakeClock } from "../support/fake-clock.ts";
import { folderHost } from "../support/folder-host.ts";
import { notRun } from "../support/not-run.ts";

const exec = promisify(execFile);
const mountPoint = "/var/lib/docker/volumes";
const GiB = 2 ** 30;

/** CAP_SYS_RESOURCE: who lacks it may not resize what is mounted. Source: capabilities(7). */
const mayResize = (await capabilities()) & (1n << 24n);

const suite = "a file system whose disk has grown";
if (process.getuid?.() !== 0 || !existsSync("/dev/loop-control"))
  notRun(suite, "this machine has no loop devices for us");
else describe(suite, onLoopDevice);

async function capabilities(): Promise<bigint> {
  const [, effective = "0"] = /^CapEff:\s*([0-9a-f]+)$/m.exec(await readFile("/proc/self/status", "utf8")) ?? [];
  return BigInt(`0x${effective}`);
}

function onLoopDevice(): void {
  let host: Awaited<ReturnType<typeof folderHost>>;
  let loop: string;

  beforeEach(async () => {
    host = await folderHost();
    await mkdir(host.path(mountPoint), { recursive: true });
    await truncate(await image(), GiB);
    loop = (await exec("losetup", ["--find", "--show", "--partscan", host.path("/disk.img")])).stdout.trim();
  });
  afterEach(async () => {
    await exec("umount", [host.path(mountPoint)]).catch(() => undefined);
    await exec("losetup", ["--detach", loop]);
    await host[Symbol.asyncDispose]();
  });

  const image = async (): Promise<string> => {
    await host.write("/disk.img", "");
    return host.path("/disk.img");
  };
  const mounted = async (device: string, kind = "ext4"): Promise<void> => {
    await exec(`mkfs.${kind}`, ["-q", device]);
    await exec("mount", [device, host.path(mountPoint)]);
  };
  const partitioned = async (): Promise<string> => {
    await exec("sh", ["-c", 'echo ",+" | sfdisk --quiet --label gpt "$1"', "sh", loop]);
    await exec("partprobe", [loop]).catch(() => exec("partx", ["--update", loop]));
    return `${loop}p1`;
  };
  /** As a cloud does it: the machine sees the new size by itself. */
  const enlarge = async (): Promise<void> => {
    await truncate(host.path("/disk.img"), 2 * GiB);
    await exec("losetup", ["--set-capacity", loop]);
  };
  const grow = (said: string[] = []): Promise<void> =>
    growFileSystem({
      ...{ session: host.session, mountPoint, diskGiB: 2, clock: fakeClock() },
      progress: { ...silentProgress, warn: (text) => void said.push(text) },
      signal: new AbortController().signal,
    });
  const size = async (): Promise<number> => {
    const { blocks, bsize } = await statfs(host.path(mountPoint));
    return blocks * bsize;
  };

  const growing = "grows while it is mounted";
  if (!mayResize) notRun(growing, "we may not resize a file system here; test/hosts/aws-host does it in a machine");
  else if (!existsSync("/usr/bin/growpart")) notRun(growing, "there is no growpart: apt-get install cloud-guest-utils");
  else
    describe(growing, () => {
      test.each([
        ["on a disk", () => Promise.resolve(loop)],
        ["on a partition", partitioned],
      ])("%s", async (_, device) => {
        await mounted(await device());
        expect(await size()).toBeLessThan(GiB);
        await enlarge();
        await grow();
        expect(await size()).toBeGreaterThan(1.8 * GiB);
      });

      test("stays as it is where it is large enough", async () => {
        await mounted(await partitioned());
        await enlarge();
        await grow();
        const before = await size();
        await grow();
        expect(await size()).toBe(before);
      });
    });

  it("needs no growpart where its partition is as large as the disk", async () => {
    await truncate(host.path("/disk.img"), 2 * GiB);
    await exec("losetup", ["--set-capacity", loop]);
    await mounted(await partitioned());
    await host.write("/bin/growpart", "#!/bin/sh\nexit 127\n");
    await host.write("/bin/resize2fs", "#!/bin/sh\n");
    await grow();
  });

  it("is waited for until the host sees the size of its disk", async () => {
    await mounted(loop);
    await expect(grow()).rejects.toMatchObject({
      code: "deadline",
      message: expect.stringContaining("the disk of /var/lib/docker/volumes to be 2 GiB"),
    });
  });

  it("is left to people where it is no ext4, with a warning", async () => {
    await mounted(loop, "ext2");
    await enlarge();
    const said: string[] = [];
    await grow(said);
    expect(said).toEqual([expect.stringMatching(/does not grow by itself: it is ext2\/loop/u)]);
  });
}
