import { afterAll, afterEach, beforeAll, describe, expect, it } from "@jest/globals";
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { chmod, cp, open, readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import type { VmRunning, VmSpec } from "../../modules/hypervisors/driver.ts";
import { systemRunner, type Runner } from "../../modules/system/exec.ts";
import type { Home } from "../../modules/system/home.ts";
import { notRun } from "../support/not-run.ts";
import { kexCookie } from "../support/ssh-kex.ts";
import {
  bootDeadlineMs,
  connectionTo,
  driverCall,
  driverFor,
  inGuest,
  makeTestHome,
  startCut,
  testVmSpec,
  whyNoVms,
} from "../support/vm.ts";
import type { TestHome, TestVmSpec } from "../support/vm.ts";

const why = await whyNoVms();
if (why !== undefined) notRun("clones of a VM template", why);
else describe("clones of a VM template", clones);

const together = 4;

/** Small and alike, so that all are of one template. */
const size = { cpus: 2, memoryMiB: 512, diskGiB: 5, start: "warm" } as const;

function clones(): void {
  let place: TestHome;
  let home: Home;

  beforeAll(async () => {
    place = await makeTestHome();
    // The machine's images and template, and a copy of that to damage.
    const { spec } = await testVmSpec(place.home, size);
    await driverFor(place.home).prepare(spec, driverCall());
    const templates = join(place.home.root, "templates");
    home = { ...place.home, cache: { ...place.home.cache, templates } };
    const newest = await newestTemplate(place.home.cache.templates);
    await cp(join(place.home.cache.templates, newest), join(templates, newest), { recursive: true });
  }, 2 * bootDeadlineMs);
  // Guests that idle take their share of the processors, too.
  afterEach(async () => {
    const driver = driverFor(home);
    for (const id of await driver.list(driverCall())) await driver.destroy(id, driverCall());
  });
  afterAll(async () => {
    await place[Symbol.asyncDispose]();
  });

  const begin = async (id: string, changes: Partial<VmSpec> = {}): Promise<Begun> => {
    const vm = await testVmSpec(home, { ...size, id, hostname: id, ...changes });
    const driver = driverFor(home);
    await driver.destroy(id, driverCall());
    await driver.create(vm.spec, driverCall());
    return { vm, running: await driver.start(id, driverCall()) };
  };
  const templateFolder = async (): Promise<string> => {
    const names = (await readdir(home.cache.templates)).filter((name) => /^[0-9a-f]+$/u.test(name));
    expect(names).toHaveLength(1);
    return join(home.cache.templates, names[0] ?? "");
  };

  it(
    "begin from a template that is made anew where a bit of its memory has flipped: once, also when two programs need it",
    async () => {
      const ram = join(await templateFolder(), "ram");
      const damaged = await stat(ram);
      await flipBit(ram, 300 * 1024 ** 2);
      const both = await Promise.all([begin("one"), begin("two")]);
      expect((await stat(ram)).ino).not.toBe(damaged.ino);
      expect(new Set(both.map(({ running }) => running.start?.reason)).size).toBe(1);
      expect(both.map(({ running }) => running.start?.rung)).toEqual(["template", "template"]);
    },
    2 * bootDeadlineMs,
  );

  it(
    "are told apart by everything that is drawn at random or names them, and the template stays as it is",
    async () => {
      const folder = await templateFolder();
      const before = await digestsOf(folder);
      const ids = Array.from({ length: together }, (_, index) => `clone-${index}`);
      const begun = await Promise.all(ids.map((id) => begin(id)));
      const looks = await Promise.all(begun.map((clone) => lookAt(clone)));
      for (const what of ["cookie", "random", "uuid", "hostKey", "machineId", "hostname", "engineId"] as const) {
        expect({ what, distinct: new Set(looks.map((look) => look[what])).size }).toEqual({ what, distinct: together });
      }
      for (const { skewMs } of looks) expect(skewMs).toBeLessThan(500);
      expect(await digestsOf(folder)).toEqual(before);
    },
    2 * bootDeadlineMs,
  );

  it(
    "come back as ordinary VMs with their disk and identity when they were killed",
    async () => {
      const { vm, running } = await begin("lasting");
      const driver = driverFor(home);
      await inGuest(await connectionTo(driver, vm), async (run) => {
        await run("sh", "-c", "echo kept >/root/mark && sync");
      });
      process.kill(running.pid, "SIGKILL");
      const again = await driver.start("lasting", driverCall());
      expect(again.start?.rung).toBe("cold");
      await inGuest(await connectionTo(driver, vm), async (run) => {
        expect(await run("cat", "/root/mark")).toBe("kept");
        expect(await run("hostname")).toBe("lasting");
      });
    },
    2 * bootDeadlineMs,
  );

  it("are booted instead where a clone does not start, with the reason; those that must be clones are not", async () => {
    const runner: Runner = {
      exec: (program, args, options) =>
        args.includes("-incoming")
          ? Promise.resolve({ exitCode: 1, stdout: "", stderr: "no clones today" })
          : systemRunner.exec(program, args, options),
    };
    const driver = driverFor(home, runner);
    for (const [id, start] of [
      ["either", "auto"],
      ["clone", "warm"],
    ] as const) {
      await driver.create((await testVmSpec(home, { ...size, id, hostname: id, start })).spec, driverCall());
    }
    const { start } = await driver.start("either", driverCall());
    expect(start).toMatchObject({ rung: "cold", reason: "QEMU does not start" });
    await expect(driver.start("clone", driverCall())).rejects.toMatchObject({
      code: "vm.exited",
      details: ["no clones today"],
    });
    expect(await driver.inspect("clone", driverCall())).not.toMatchObject({ state: "running" });
  });

  it(
    "begin anew where they were cut before they had their identity",
    async () => {
      const vm = await testVmSpec(home, { ...size, id: "cut", hostname: "cut" });
      const driver = driverFor(home);
      await driver.create(vm.spec, driverCall());
      await expect(startCut(home, "cut")).rejects.toThrow(/^cut$/u);
      expect(await driver.inspect("cut", driverCall())).not.toMatchObject({ state: "running" });
      const running = await driver.start("cut", driverCall());
      expect(running.start?.rung).toBe("template");
      await inGuest(await connectionTo(driver, vm), async (run) => {
        expect(await run("hostname")).toBe("cut");
      });
    },
    2 * bootDeadlineMs,
  );

  interface Begun {
    readonly vm: TestVmSpec;
    readonly running: VmRunning;
  }

  async function lookAt({ vm, running }: Begun): Promise<Look> {
    const port = running.forwards.find(({ owner }) => owner === "ssh")?.hostPort ?? 0;
    return inGuest(await connectionTo(driverFor(home), vm), async (run) => {
      const cookie = await kexCookie(port, bootDeadlineMs);
      const asked = Date.now();
      const answer = await run("sh", "-c", lookScript);
      const [guest = "", hostKey = "", ...words] = answer.split("\n");
      const [random = "", uuid = "", machineId = "", hostname = "", engineId = ""] = words;
      // It looked at its clock at some moment between question and answer, which are seconds apart on a busy machine.
      const guestMs = Number(guest) * 1000;
      const skewMs = Math.max(asked - guestMs, guestMs - Date.now(), 0);
      return { cookie, skewMs, hostKey, random, uuid, machineId, hostname, engineId };
    });
  }
}

/** A line each, in the order of `lookAt`. */
const lookScript = `
date +%s.%N
sha256sum < /etc/ssh/ssh_host_ed25519_key
head -c 16 /dev/urandom | od -An -tx1
cat /proc/sys/kernel/random/uuid
cat /etc/machine-id
hostname
cat /var/lib/docker/engine-id`;

interface Look {
  readonly cookie: string;
  readonly random: string;
  readonly uuid: string;
  readonly hostKey: string;
  readonly machineId: string;
  readonly hostname: string;
  readonly engineId: string;
  readonly skewMs: number;
}

async function digestsOf(folder: string): Promise<Readonly<Record<string, string>>> {
  const digests: Record<string, string> = {};
  for (const name of ["template.qcow2", "ram", "state"]) {
    const hash = createHash("sha256");
    await pipeline(createReadStream(join(folder, name)), hash);
    digests[name] = hash.digest("hex");
  }
  return digests;
}

/** The one that was used last. */
async function newestTemplate(templates: string): Promise<string> {
  const names = (await readdir(templates)).filter((name) => /^[0-9a-f]{24}$/u.test(name));
  const used = await Promise.all(
    names.map(async (name) => ({ name, at: (await stat(join(templates, name))).mtimeMs })),
  );
  return used.toSorted((one, other) => other.at - one.at)[0]?.name ?? "";
}

async function flipBit(path: string, at: number): Promise<void> {
  await chmod(path, 0o600);
  const file = await open(path, "r+");
  try {
    const byte = Buffer.alloc(1);
    await file.read(byte, 0, 1, at);
    await file.write(Buffer.from([(byte[0] ?? 0) ^ 1]), 0, 1, at);
  } finally {
    await file.close();
  }
}
