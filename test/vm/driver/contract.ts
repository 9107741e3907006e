import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { createServer, type Server } from "node:net";
import { once } from "node:events";
import { get } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import type {
  Driver,
  Forward,
  StartMode,
  VmInspection,
  VmKind,
  VmRunning,
  VmSpec,
  VmStart,
} from "../../../modules/hypervisors/driver.ts";
import { waitUntil } from "../../../modules/base/wait.ts";
import { systemClock } from "../../../modules/system/clock.ts";
import { bootDeadlineMs, connectionTo, driverCall, inGuest, testVmSpec } from "../../support/vm.ts";
import type { Guest, TestVmSpec } from "../../support/vm.ts";
import type { Home } from "../../../modules/system/home.ts";

export interface DriverUnderTest extends AsyncDisposable {
  readonly driver: Driver;
  /** A second driver on the same state, as a later run makes it. */
  readonly laterRun: () => Driver;
  readonly home: Home;
  /** Of its VMs, where it is not the usual one. */
  readonly size?: Partial<VmKind>;
  /** Ends the hypervisor's process behind the driver's back. */
  readonly crash: (pid: number) => Promise<void>;
  /** Lets a VM stand still behind the driver's back. */
  readonly halt: (id: string) => Promise<void>;
  readonly processExists: (pid: number) => Promise<boolean>;
}

/** How the VMs of a driver are to begin, and how they do. */
export interface Beginning {
  readonly start: Exclude<StartMode, "auto">;
  readonly rung: VmStart["rung"];
  /** What their starts say of that. */
  readonly reason: RegExp;
  /** What the probe says of it. */
  readonly beginning: RegExp;
  /** How many clones are to wait for each of them. Default: 0. */
  readonly pool?: number;
}

const data = { name: "data", sizeGiB: 1, mountPath: "/srv/data" };
const logs = { name: "logs", sizeGiB: 1, mountPath: "/srv/logs" };

/**
 * What every driver of local VMs must do, however its VMs begin, shown on two real VMs and a handful of boots. Steps build on each
 * other.
 */
export function driverContract(name: string, expected: Beginning, make: () => Promise<DriverUnderTest>): void {
  const { start, rung, reason, beginning, pool } = expected;
  describe(`driver contract: ${name}, ${rung}`, () => {
    let under: DriverUnderTest;
    let first: TestVmSpec;
    let second: TestVmSpec;
    let port = 0;

    const inspect = (id: string): Promise<VmInspection> => under.laterRun().inspect(id, driverCall());
    /** Starts a VM for the first time. */
    const begin = async ({ spec }: TestVmSpec): Promise<VmRunning> => {
      await under.driver.fillPool(spec, driverCall());
      const running = await under.driver.start(spec.id, driverCall());
      expect(running.start).toMatchObject({ rung, reason: expect.stringMatching(reason) });
      return running;
    };
    const web = (changes: Partial<Forward> = {}): Forward => ({
      guestPort: 8080,
      protocol: "tcp",
      hostAddress: "127.0.0.1",
      hostPort: 0,
      ...changes,
    });

    beforeAll(async () => {
      under = await make();
      const kind = { ...under.size, start, ...(pool === undefined ? {} : { pool }) };
      const dataDisks = [data];
      first = await testVmSpec(under.home, { ...kind, id: `a${"b".repeat(61)}c`, hostname: "first", dataDisks });
      second = await testVmSpec(under.home, { ...kind, id: "second", hostname: "second" });
    }, 30 * 60_000);

    afterAll(async () => {
      for (const id of await under.driver.list(driverCall())) await under.driver.destroy(id, driverCall());
      await under[Symbol.asyncDispose]();
    }, 60_000);

    it("says what this machine can do", async () => {
      const probe = await under.driver.probe(driverCall());
      expect(probe).toMatchObject({
        available: true,
        reason: expect.stringMatching(/./),
        beginning: expect.stringMatching(beginning),
      });
    });

    it("knows nothing of a VM that was not made, and destroys it gladly", async () => {
      expect(await inspect("nobody")).toEqual({ state: "absent" });
      await under.driver.destroy("nobody", driverCall());
      await expect(under.driver.start("nobody", driverCall())).rejects.toMatchObject({ code: "vm.not-found" });
    });

    it.each<[string, Partial<VmSpec>, string]>([
      ["too little memory", { memoryMiB: 64 }, "vm.memory-too-small"],
      ["more memory than there is", { memoryMiB: 1024 ** 3 }, "vm.memory-too-small"],
      ["an id that is a path", { id: "../escape" }, "input.invalid"],
      ["an image that is not there", { baseImage: "debian-1" }, "image.corrupt"],
    ])("refuses %s before anything is made", async (_what, changes, code) => {
      await expect(under.driver.create({ ...second.spec, ...changes }, driverCall())).rejects.toMatchObject({ code });
      expect(await under.driver.list(driverCall())).toEqual([]);
    });

    it("makes a VM, and the same VM again, without starting it", async () => {
      await under.driver.create(first.spec, driverCall());
      await under.driver.create(first.spec, driverCall());
      expect(await under.driver.list(driverCall())).toEqual([first.spec.id]);
      expect(await inspect(first.spec.id)).toEqual({
        state: "stopped",
        spec: first.spec,
        forwards: [],
        madeDisks: first.spec.dataDisks?.map(({ name, sizeGiB }) => ({ name, sizeGiB })),
      });
    });

    it("remembers forwards of a VM that does not run, and refuses a taken port without changing anything", async () => {
      const { id } = first.spec;
      const [bound] = await under.driver.forward(id, "shop", [web()], driverCall());
      port = bound?.hostPort ?? 0;
      expect(port).toBeGreaterThan(0);
      await using squatter = await listen();
      const attempt = under.driver.forward(id, "shop", [web({ hostPort: squatter.port })], driverCall());
      await expect(attempt).rejects.toMatchObject({
        code: "vm.port-taken",
        message: expect.stringContaining(`process ${process.pid}`),
      });
      expect(await inspect(id)).toMatchObject({ forwards: [{ owner: "shop", hostPort: port }] });
    });

    it(
      "boots to SSH with the identity and the data disk that it was given, and is found by a later run",
      async () => {
        const { id } = first.spec;
        const running = await begin(first);
        const again = await under.laterRun().start(id, driverCall());
        expect(again.pid).toBe(running.pid);
        expect(await inspect(id)).toMatchObject({ state: "running", pid: running.pid, spec: first.spec });
        await inGuest(await connectionTo(under.driver, first), async (guest) => {
          expect(await guest("hostname")).toBe("first");
          expect(await guest("ls", "/etc/ssh")).not.toContain("rsa");
          expect(await guest("sh", "-c", "ls /sys/firmware/qemu_fw_cfg 2>&1 || true")).toContain("No such file");
          await hasDisk(guest);
          expect(await guest("ls", "/srv/data")).toBe("lost+found");
          await guest("sh", "-c", "echo kept | tee /root/mark /srv/data/mark && sync");
        });
      },
      bootDeadlineMs,
    );

    it(
      "has the time of its host, and comes back to it by itself",
      async () => {
        await inGuest(await connectionTo(under.driver, first), async (guest) => {
          await untilRight(guest);
          // One that was just given the time learns something from it first.
          await guest("sh", "-c", "while [ -e /run/stackhouse-clock ]; do sleep 0.2; done");
          await guest("date", "--set", "@1000000000");
          await untilRight(guest);
        });
      },
      bootDeadlineMs,
    );

    it(
      "gives a VM that runs larger disks and another one, and its guest uses them when it says so",
      async () => {
        const { id, diskGiB } = first.spec;
        const dataDisks = [{ ...data, sizeGiB: 2 }, logs];
        first = { ...first, spec: { ...first.spec, diskGiB: diskGiB + 1, dataDisks } };
        const { pid } = await under.driver.start(id, driverCall());
        await under.driver.create(first.spec, driverCall());
        await under.driver.resize(id, driverCall());
        expect(await inspect(id)).toMatchObject({ state: "running", pid, spec: first.spec });
        await inGuest(await connectionTo(under.driver, first), async (guest) => {
          const sizes = { "/": diskGiB + 1, [data.mountPath]: 2, [logs.mountPath]: 1 };
          for (const [path, gib] of Object.entries(sizes)) {
            const size = await guest("df", "--block-size=1", "--output=size", path);
            // But for a file system's own tables.
            expect({ path, gib: Math.ceil(Number(size.split("\n")[1]) / 1024 ** 3) }).toEqual({ path, gib });
          }
          await guest("sh", "-c", "echo kept | tee /srv/logs/mark && sync");
        });
      },
      bootDeadlineMs,
    );

    it(
      "pauses a VM with its memory, and what ran in it goes on at the next start, at the right time",
      async () => {
        const { id } = first.spec;
        const { pid } = await under.driver.start(id, driverCall());
        const child = await inGuest(await connectionTo(under.driver, first), (guest) =>
          guest("sh", "-c", "sleep 1000 >/dev/null 2>&1 & echo $!"),
        );
        await under.driver.pause(id, driverCall());
        await under.driver.pause(id, driverCall());
        expect(await under.processExists(pid)).toBe(false);
        expect(await inspect(id)).toMatchObject({ state: "paused", spec: first.spec });

        const resumed = await under.laterRun().start(id, driverCall());
        expect(resumed.start?.rung).toBe("resumed");
        await inGuest(await connectionTo(under.driver, first), async (guest) => {
          expect(await guest("ps", "-o", "args=", "-p", child)).toBe("sleep 1000");
          expect(await guest("cat", "/root/mark", "/srv/data/mark", "/srv/logs/mark")).toBe("kept\nkept\nkept");
          expect(await lateBy(guest)).toBeLessThan(mostLateMs);
        });
      },
      2 * bootDeadlineMs,
    );

    it(
      "lets a VM that stands still go on at the next start, at the right time",
      async () => {
        const { id } = first.spec;
        await under.halt(id);
        expect(await inspect(id)).toMatchObject({ state: "halted", spec: first.spec });
        // It would be late by that.
        await delay(2 * mostLateMs);
        await under.laterRun().start(id, driverCall());
        expect(await inspect(id)).toMatchObject({ state: "running" });
        await inGuest(await connectionTo(under.driver, first), async (guest) => {
          expect(await lateBy(guest)).toBeLessThan(mostLateMs);
        });
      },
      bootDeadlineMs,
    );

    it(
      "forwards ports live and keeps them over a crash, from which the VM comes back by booting, with its disks and its identity",
      async () => {
        const { id } = first.spec;
        const fixed = await freePort();
        const two = [web(), web({ guestPort: 8081, hostPort: fixed })];
        const bound = await under.driver.forward(id, "shop", two, driverCall());
        expect(bound.map(({ hostPort }) => hostPort)).toEqual([port, fixed]);
        await inGuest(await connectionTo(under.driver, first), async (guest) => {
          await guest("sh", "-c", serve("8080"));
          await guest("sh", "-c", serve("8081"));
        });
        expect(await httpStatus(port)).toBe(200);
        expect(await httpStatus(fixed)).toBe(200);
        await under.driver.forward(id, "shop", [web()], driverCall());
        await expect(httpStatus(fixed)).rejects.toThrow(/ECONNREFUSED/);

        const before = await under.driver.start(id, driverCall());
        await under.crash(before.pid);
        const crashed = await inspect(id);
        expect(crashed).toMatchObject({ state: "stopped", lastExit: { how: "process-ended" } });

        const after = await under.laterRun().start(id, driverCall());
        expect(after.pid).not.toBe(before.pid);
        expect(after.start?.rung).toBe("cold");
        expect(after.forwards).toEqual(before.forwards);
        await inGuest(await connectionTo(under.driver, first), async (guest) => {
          await hasDisk(guest);
          await hasDisk(guest, logs.mountPath);
          expect(await guest("cat", "/root/mark", "/srv/data/mark", "/srv/logs/mark")).toBe("kept\nkept\nkept");
          expect(await guest("hostname")).toBe("first");
        });
      },
      2 * bootDeadlineMs,
    );

    it(
      "runs two VMs side by side, each with its own host key and randomness, and shuts one down by its power button",
      async () => {
        await under.driver.create(second.spec, driverCall());
        const other = await begin(second);
        const drawn = await Promise.all(
          [first, second].map(async (vm) =>
            inGuest(await connectionTo(under.driver, vm), (guest) =>
              guest("cat", "/etc/hostname", "/etc/machine-id", "/proc/sys/kernel/random/uuid"),
            ),
          ),
        );
        const [ours = [], its = []] = drawn.map((text) => text.split("\n"));
        expect([ours[0], its[0]]).toEqual(["first", "second"]);
        expect(ours.filter((line) => its.includes(line))).toEqual([]);
        await under.driver.stop("second", bootDeadlineMs, driverCall());
        expect(await under.processExists(other.pid)).toBe(false);
        expect(await inspect("second")).toMatchObject({ state: "stopped", spec: second.spec });
        expect((await under.driver.console("second", 20)).join("\n")).toContain("Power down");
        expect(await inspect(first.spec.id)).toMatchObject({ state: "running" });
      },
      2 * bootDeadlineMs,
    );

    it("takes another size while it is stopped, and no smaller disk", async () => {
      const larger = { ...second.spec, cpus: 1, memoryMiB: 1024, diskGiB: 9 };
      await under.driver.create(larger, driverCall());
      expect(await inspect("second")).toMatchObject({ state: "stopped", spec: larger });
      const smaller = under.driver.create({ ...larger, diskGiB: 5 }, driverCall());
      await expect(smaller).rejects.toMatchObject({ code: "input.invalid" });
    });

    it("does not pause what does not run", async () => {
      await expect(under.driver.pause("second", driverCall())).rejects.toMatchObject({ code: "vm.not-running" });
    });

    it("destroys without leaving a process, a file or a port, twice over", async () => {
      const { id } = first.spec;
      const { pid } = await under.driver.start(id, driverCall());
      for (const vm of [id, id, "second"]) await under.driver.destroy(vm, driverCall());
      expect(await under.processExists(pid)).toBe(false);
      expect(await under.driver.listPools(driverCall())).toEqual([]);
      expect(await under.driver.list(driverCall())).toEqual([]);
      await expect(httpStatus(port)).rejects.toThrow(/ECONNREFUSED/);
    });
  });
}

/** A guest that boots lets people in before it has its data disks. */
async function hasDisk(guest: Guest, path = data.mountPath): Promise<void> {
  await guest("sh", "-c", `until mountpoint -q ${path}; do sleep 0.2; done`);
}

const mostLateMs = 500;

/** How far a guest's clock is off, at the least: it looked at it at some moment between question and answer. */
async function lateBy(guest: Guest): Promise<number> {
  const asked = Date.now();
  const guestMs = Number(await guest("date", "+%s.%N")) * 1000;
  return Math.max(asked - guestMs, guestMs - Date.now(), 0);
}

async function untilRight(guest: Guest): Promise<void> {
  await waitUntil(
    async () => {
      const late = await lateBy(guest);
      return late < mostLateMs ? { done: true, value: undefined } : { done: false, reason: `it is off by ${late} ms` };
    },
    { ...driverCall(), clock: systemClock, what: "the guest's clock", deadlineMs: 120_000, intervalMs: 500 },
  );
}

/** A web server of one process in the guest, in the background. */
function serve(port: string): string {
  return `mkdir -p /srv && echo hello > /srv/index.html && busybox httpd -p ${port} -h /srv`;
}

function httpStatus(port: number): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const request = get({ host: "127.0.0.1", port, timeout: 60_000 }, (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    request.once("timeout", () => request.destroy(new Error("no answer")));
    request.once("error", reject);
  });
}

async function listen(): Promise<AsyncDisposable & { readonly port: number }> {
  const server: Server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  return {
    port: typeof address === "object" && address !== null ? address.port : 0,
    async [Symbol.asyncDispose]() {
      server.close();
      await once(server, "close");
    },
  };
}

async function freePort(): Promise<number> {
  await using listener = await listen();
  return listener.port;
}
