import { afterAll, afterEach, beforeAll, beforeEach } from "@jest/globals";
import { cp, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { silentProgress } from "../../modules/base/progress.ts";
import type { Driver, DriverCall, VmRunning, VmSpec } from "../../modules/hypervisors/driver.ts";
import { createQemuDriver } from "../../modules/hypervisors/qemu/index.ts";
import { storeImage } from "../../modules/images/store.ts";
import { systemClock } from "../../modules/system/clock.ts";
import { homeFrom, type Home } from "../../modules/system/home.ts";
import { fakeQemu, type FakeQemu } from "./fake-qemu.ts";
import { testFolder, type TestFolder } from "./folder.ts";

export const call: DriverCall = { signal: AbortSignal.timeout(600_000), progress: silentProgress };
export const size = { cpus: 1, memoryMiB: 512, diskGiB: 2, baseImage: "debian-13-0123456789abcdef" };

export function specOf(id: string): VmSpec {
  return { ...size, id, hostname: id, hostPrivateKey: "key", authorizedKeys: [] };
}

/** The driver on a QEMU that fails as it is told, in a home of its own for each test. */
export class FakeVms {
  place!: TestFolder;
  home!: Home;
  qemu!: FakeQemu;
  driver!: Driver;
  readonly #haveTemplate: (home: Home) => Promise<void>;

  constructor(haveTemplate: (home: Home) => Promise<void>) {
    this.#haveTemplate = haveTemplate;
  }

  /** What an earlier VM of the kind has left. */
  readonly haveTemplate = (): Promise<void> => this.#haveTemplate(this.home);

  readonly begin = async (start: "auto" | "warm", id = "box", more: Partial<VmSpec> = {}): Promise<VmRunning> => {
    await this.driver.create({ ...specOf(id), start, ...more }, call);
    return await this.driver.start(id, call);
  };

  readonly templates = async (): Promise<readonly string[]> =>
    (await readdir(this.home.cache.templates)).filter((name) => /^[0-9a-f]{24}$/u.test(name));

  /** How each process began, in order. */
  readonly launches = async (): Promise<readonly string[]> =>
    (await this.qemu.journal()).flatMap((line) => (line.endsWith(" launch") ? [line.replace(" launch", "")] : []));

  readonly hasIdentity = async (): Promise<boolean> => (await this.qemu.journal()).includes("clone identify");
}

/** An image and a template are made once, and the processor is measured, to be copied by each test of the file that calls this. */
export function fakeVms(): FakeVms {
  let made: TestFolder;
  const homeAt = ({ path }: TestFolder): Home => homeFrom({ STACKHOUSE_HOME: path });
  const driverOn = (home: Home, { runner }: FakeQemu): Driver => createQemuDriver({ home, runner, clock: systemClock });
  const copy = (folder: "images" | "probes" | "templates", home: Home): Promise<void> =>
    cp(join(homeAt(made).cache.root, folder), join(home.cache.root, folder), { recursive: true });
  const vms = new FakeVms((home) => copy("templates", home));

  beforeAll(async () => {
    made = await testFolder();
    await storeImage(homeAt(made), size.baseImage, async (folder) => {
      for (const name of ["kernel", "initrd", "disk.qcow2", "packages"]) await writeFile(join(folder, name), name);
      return { recipe: {}, kernelArguments: [], diskBytes: 1024 ** 3, node: { version: "24", sha256: "0" } };
    });
    await driverOn(homeAt(made), await fakeQemu(join(made.path, "qemu"))).prepare(size, call);
  });
  afterAll(async () => {
    await made[Symbol.asyncDispose]();
  });
  beforeEach(async () => {
    vms.place = await testFolder();
    vms.home = homeAt(vms.place);
    vms.qemu = await fakeQemu(join(vms.place.path, "qemu"));
    vms.driver = driverOn(vms.home, vms.qemu);
    for (const folder of ["images", "probes"] as const) await copy(folder, vms.home);
  });
  afterEach(async () => {
    for (const id of await vms.driver.list(call)) await vms.driver.destroy(id, call);
    await vms.place[Symbol.asyncDispose]();
  });
  return vms;
}
