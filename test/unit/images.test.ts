import { afterEach, beforeEach, describe, expect, it, jest } from "@jest/globals";
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from "node:fs/promises";
import { createReadStream } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { extract } from "tar-stream";
import { silentProgress } from "../../modules/base/progress.ts";
import {
  baseImageOf,
  problemWithBaseImage,
  currentBaseImageKey,
  deriveImage,
  ensureBaseImage,
  findBaseImage,
  pruneDerivedImages,
  wholeBaseImage,
  type BaseImage,
} from "../../modules/images/index.ts";
import { zstdPayload } from "../../modules/images/kernel.ts";
import { agentNode } from "../../modules/images/node-binary.ts";
import { writeOverlay } from "../../modules/images/overlay.ts";
import { currentRecipe, keyOf } from "../../modules/images/recipe.ts";
import { verifiedBaseImage } from "../../modules/images/store.ts";
import { systemClock } from "../../modules/system/clock.ts";
import type { ExecResult, Runner } from "../../modules/system/exec.ts";
import { homeFrom, type Home } from "../../modules/system/home.ts";

// Recipes are read and archives written for real: a busy machine takes its time.
jest.setTimeout(60_000);

let root: string;
let home: Home;
const call = { signal: new AbortController().signal, progress: silentProgress };

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "images-"));
  home = homeFrom({ STACKHOUSE_HOME: root });
});
afterEach(() => rm(root, { recursive: true, force: true }));

/** Every build tool is there: empty programs that only their names matter of. */
async function toolsOnPath(...without: readonly string[]): Promise<{ PATH: string }> {
  const folder = join(root, "bin");
  await mkdir(folder, { recursive: true });
  for (const name of ["mmdebstrap", "mke2fs", "qemu-img", "setpriv", "unshare", "xz", "zstd", "newuidmap"]) {
    if (without.includes(name)) continue;
    await writeFile(join(folder, name), "");
    await chmod(join(folder, name), 0o755);
  }
  return { PATH: folder };
}

/** Answers as mmdebstrap does: leaves its results in the folder, or fails with these last lines. */
function builder(
  outcome: { readonly lines?: readonly string[]; readonly content?: string } = {},
): Runner & { builds: number } {
  return {
    builds: 0,
    async exec(_program, _args, options = {}): Promise<ExecResult> {
      this.builds++;
      for (const line of outcome.lines ?? []) options.onLine?.(line);
      if (outcome.lines !== undefined) return { exitCode: 1, stdout: "", stderr: "" };
      const folder = options.cwd ?? "";
      for (const name of ["kernel.bz", "initrd", "disk.qcow2"]) {
        await writeFile(join(folder, name), outcome.content ?? `content of ${name}`);
      }
      await writeFile(join(folder, "packages"), "docker.io\t26.1.5\nopenssh-server\t1:10.0\n");
      return { exitCode: 0, stdout: "", stderr: "" };
    },
  };
}

async function portsWith(
  runner: Runner,
  ...without: readonly string[]
): Promise<Parameters<typeof ensureBaseImage>[0]> {
  // Not the real binary: it has 126 MB.
  const node = { version: (await agentNode()).version, path: join(root, "node") };
  await writeFile(node.path, "binary");
  return { home, runner, clock: systemClock, node, env: await toolsOnPath(...without) };
}

describe("key of the base image", () => {
  it("is the same for the same recipe, and another when anything of it changes", async () => {
    const recipe = await currentRecipe();
    expect(keyOf(await currentRecipe())).toBe(keyOf(recipe));
    for (const change of [
      { packages: [...recipe.packages, "sl"] },
      { nodeVersion: "0.0.0" },
      { kernelArguments: [] },
      { files: recipe.files.slice(1) },
    ]) {
      expect(keyOf({ ...recipe, ...change })).not.toBe(keyOf(recipe));
    }
    expect(keyOf(recipe)).toMatch(/^debian-13-[0-9a-f]{16}$/);
  });
});

describe("files that are added to the guest", () => {
  it("belong to root, have their modes, and hold no key and no identity", async () => {
    const recipe = await currentRecipe();
    const node = { path: join(root, "node"), version: "24.0.0", sha256: "abc123" };
    await writeFile(node.path, "binary");
    const target = join(root, "overlay.tar");
    await writeOverlay(recipe, node, target);
    const found = new Map<string, string>();
    const archive = createReadStream(target).pipe(extract());
    for await (const entry of archive) {
      const { name, mode, uid, gid, linkname } = entry.header;
      found.set(name, `${mode.toString(8)} ${uid}:${gid}${linkname ? ` -> ${linkname}` : ""}`);
      entry.resume();
    }
    expect(found.get("etc/ssh/sshd_config")).toBe("644 0:0");
    expect(found.get("opt/stackhouse/lib/personalise")).toBe("755 0:0");
    expect(found.get("opt/stackhouse/nodes/abc123")).toBe("755 0:0");
    expect(found.get("opt/stackhouse/node/24.0.0/bin/node")).toBe("777 0:0 -> ../../../nodes/abc123");
    expect(found.get("etc/systemd/system/systemd-udevd.service")).toBe("777 0:0 -> /dev/null");
    expect([...found.keys()].filter((name) => /host_.*key|authorized_keys|machine-id$/.test(name))).toEqual([]);
  });

  it("open no way in by password", async () => {
    const { files } = await currentRecipe();
    const sshd = files.find(({ path }) => path.endsWith("sshd_config"))?.content;
    expect(sshd).toMatch(/^PasswordAuthentication no$/m);
    expect(sshd).toMatch(/^KbdInteractiveAuthentication no$/m);
    expect(sshd).toMatch(/^PermitRootLogin prohibit-password$/m);
  });
});

describe("kernel", () => {
  it("is taken out of its bzImage where it is compressed with zstd", () => {
    const image = Buffer.alloc(4096);
    image.writeUInt8(1, 0x1f1);
    image.write("HdrS", 0x202, "latin1");
    image.writeUInt32LE(64, 0x248);
    image.writeUInt32LE(20, 0x24c);
    image.writeUInt32LE(0xfd2fb528, 1024 + 64);
    expect(zstdPayload(image)).toEqual(image.subarray(1088, 1104));
  });

  it("is left alone where it is anything else", () => {
    expect(zstdPayload(Buffer.alloc(4096))).toBeUndefined();
  });
});

describe("images that stand on another one", () => {
  const derive = async (letter: string, makeDisk?: (path: string) => Promise<void>): Promise<BaseImage> => {
    const base = await ensureBaseImage(await portsWith(builder()), call);
    const key = `${base.key}-${letter.repeat(16)}`;
    const write = makeDisk ?? ((path: string) => writeFile(path, `disk ${letter}`));
    return deriveImage(home, { key, base, diskBytes: 5, recipe: letter }, write);
  };

  it("have its kernel and a disk of their own, read-only", async () => {
    const derived = await derive("a");
    expect(await findBaseImage(home, derived.key)).toEqual(derived);
    expect(await readFile(derived.disk, "utf8")).toBe("disk a");
    expect(await readFile(derived.kernel, "utf8")).toBe("content of kernel.bz");
    expect((await stat(derived.disk)).mode & 0o777).toBe(0o444);
    expect(derived.diskBytes).toBe(5);
  });

  it("are whole to the last bit, or not taken", async () => {
    const { key, disk } = await derive("a");
    expect(await wholeBaseImage(home, key)).toBeDefined();
    await chmod(disk, 0o644);
    await writeFile(disk, "disk b");
    expect(await wholeBaseImage(home, key)).toBeUndefined();
  });

  it("are not there where making the disk failed", async () => {
    await expect(derive("a", () => Promise.reject(new Error("no power")))).rejects.toThrow("no power");
    expect(await readdir(home.cache.images)).toEqual([await currentBaseImageKey()]);
  });

  it("are kept up to a number: the newest ones, and what they stand on", async () => {
    const made = [await derive("a"), await derive("b"), await derive("c")];
    for (const [age, { disk }] of made.entries()) await utimes(dirname(disk), age, age);
    await pruneDerivedImages(home, 2);
    const [, second, third] = made.map(({ key }) => key);
    expect(await readdir(home.cache.images)).toEqual([await currentBaseImageKey(), second, third]);
  });
});

describe("cache of base images", () => {
  it("builds once, read-only, with a manifest that says what is in it", async () => {
    const runner = builder();
    const ports = await portsWith(runner);
    const image = await ensureBaseImage(ports, call);
    expect(await ensureBaseImage(ports, call)).toEqual(image);
    expect(runner.builds).toBe(1);
    expect(image.key).toBe(await currentBaseImageKey());
    expect((await stat(image.disk)).mode & 0o777).toBe(0o444);
    const manifest = JSON.parse(await readFile(join(home.cache.images, image.key, "manifest.json"), "utf8")) as object;
    expect(manifest).toMatchObject({ key: image.key, packages: ["docker.io 26.1.5", "openssh-server 1:10.0"] });
  });

  /** As an image is in the first run of the workstation's system after the one in which it was last read. */
  const restarted = async (key: string): Promise<void> => {
    const record = join(home.cache.images, key, "verified.json");
    const noted = JSON.parse(await readFile(record, "utf8")) as object;
    await rm(record);
    await writeFile(record, JSON.stringify({ ...noted, bootId: "an earlier one" }));
  };
  const flipBitOf = async (path: string): Promise<void> => {
    const [content, { mtime }] = [await readFile(path), await stat(path)];
    content[0] = (content[0] ?? 0) ^ 1;
    await chmod(path, 0o644);
    await writeFile(path, content);
    await utimes(path, mtime, mtime);
  };

  it.each<[string, (image: BaseImage) => Promise<void>]>([
    ["was touched", ({ disk }) => utimes(disk, 1, 1)],
    ["was not read since the workstation was started", ({ key }) => restarted(key)],
    [
      "is of an older version, which did not note that it was read",
      ({ key }) => rm(join(home.cache.images, key, "verified.json")),
    ],
  ])("reads an image to the last bit that %s, once, and takes it for whole", async (_what, happen) => {
    const runner = builder();
    const ports = await portsWith(runner);
    const image = await ensureBaseImage(ports, call);
    await happen(image);
    expect(await verifiedBaseImage(home, image.key)).toBeUndefined();
    expect(await ensureBaseImage(ports, call)).toEqual(image);
    expect(await verifiedBaseImage(home, image.key)).toEqual(image);
    expect(runner.builds).toBe(1);
  });

  it.each(["kernel", "initrd", "disk"] as const)(
    "builds an image anew a bit of whose %s has flipped, of which no time tells",
    async (file) => {
      const runner = builder();
      const ports = await portsWith(runner);
      const image = await ensureBaseImage(ports, call);
      await flipBitOf(image[file]);
      await restarted(image.key);
      expect(await wholeBaseImage(home, image.key)).toBeUndefined();
      await ensureBaseImage(ports, call);
      expect(runner.builds).toBe(2);
      expect(await wholeBaseImage(home, image.key)).toBeDefined();
    },
  );

  it("clears away what killed builds left, of other versions too, and never takes it for an image", async () => {
    const key = await currentBaseImageKey();
    const leftover = join(home.cache.images, `.${key}-abcdef`);
    await mkdir(leftover, { recursive: true });
    await writeFile(join(leftover, "disk.qcow2"), "half");
    await mkdir(join(home.cache.images, ".debian-12-0123456789abcdef-abcdef"));
    await mkdir(join(home.cache.images, key));
    expect(await findBaseImage(home, key)).toBeUndefined();
    await ensureBaseImage(await portsWith(builder()), call);
    expect(await readdir(home.cache.images)).toEqual([key]);
  });

  it("lets a second process wait and use what the first one built", async () => {
    const runner = builder();
    const ports = await portsWith(runner);
    const [first, second] = await Promise.all([ensureBaseImage(ports, call), ensureBaseImage(ports, call)]);
    expect(first).toEqual(second);
    expect(runner.builds).toBe(1);
  });

  it("names the Debian packages of missing tools", async () => {
    const attempt = ensureBaseImage(await portsWith(builder(), "mmdebstrap", "qemu-img"), call);
    await expect(attempt).rejects.toMatchObject({
      code: "image.tool-missing",
      hint: expect.stringMatching(/^apt-get install /),
    });
  });

  it.each([
    ["no network", "E: Temporary failure resolving 'mirror'", /could not be fetched/, /network/],
    ["no user namespaces", "E: newuidmap is missing", /user namespaces/, /subuid/],
    ["anything else", "E: dpkg was interrupted", /could not be built/, /run this again/],
  ])("fails with the last lines and leaves nothing behind: %s", async (_why, line, message, hint) => {
    const attempt = ensureBaseImage(await portsWith(builder({ lines: ["I: starting", line] })), call);
    await expect(attempt).rejects.toMatchObject({
      code: "image.build-failed",
      message: expect.stringMatching(message),
      hint: expect.stringMatching(hint),
      details: ["I: starting", line],
    });
    expect(await readdir(home.cache.images)).toEqual([]);
  });

  it.each([
    ["debian-13-0000000000000000", "is not in the cache, and this version makes another"],
    ["../../etc", "is no key of a base image"],
    ["nope", "is no key of a base image"],
  ])("says of %s that it %s, and what to do, without making anything", async (key, reason) => {
    const current = await currentBaseImageKey();
    expect(await problemWithBaseImage(key, home)).toEqual({
      reason: expect.stringContaining(reason),
      hint: `leave baseImage out: a new VM is made from ${current} then`,
    });
    expect(await problemWithBaseImage(current, home)).toBeUndefined();
  });

  it("says that an older image is gone instead of building another in its place", async () => {
    await expect(baseImageOf("debian-13-0000000000000000", await portsWith(builder()), call)).rejects.toMatchObject({
      code: "image.corrupt",
      hint: `a program that gives a baseImage leaves it out, and the next up makes the VM from ${await currentBaseImageKey()}`,
    });
  });

  it("does not say of what is no key that it is gone: looking for it again would not help", async () => {
    await expect(baseImageOf("nope", await portsWith(builder()), call)).rejects.toMatchObject({
      code: "input.invalid",
      message: '"nope" is no key of a base image',
    });
  });
});
