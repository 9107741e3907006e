import { afterAll, afterEach, beforeAll, describe, expect, it } from "@jest/globals";
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { join } from "node:path";
import type { Duplex } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createAgentClient } from "../../modules/agent-client/client.ts";
import { multiplex } from "../../modules/agent-client/multiplexed.ts";
import type { VmKind, VmRunning, VmSpec } from "../../modules/hypervisors/driver.ts";
import { systemClock } from "../../modules/system/clock.ts";
import { systemRunner, type Runner } from "../../modules/system/exec.ts";
import { homeFrom, type Home } from "../../modules/system/home.ts";
import { quickstartKind } from "../../tools/bootstrap/tasks/quickstart-kind.ts";
import { clockSkewMs } from "../support/clock-skew.ts";
import { askForLong, longTests } from "../support/long-tests.ts";
import { leaveOut, notRun } from "../support/not-run.ts";
import { kexCookie } from "../support/ssh-kex.ts";
import { copyTemplate, placeOf, templateOf, withOwnTemplates } from "../support/vm-template.ts";
import {
  bootDeadlineMs,
  connectionTo,
  driverCall,
  driverFor,
  inGuest,
  makeTestHome,
  processExists,
  startCut,
  testVmSpec,
  whyNoVms,
} from "../support/vm.ts";
import type { TestHome, TestVmSpec } from "../support/vm.ts";

/** Only where the set-up has not made that image. */
const bakeDeadlineMs = 30 * 60_000;

const together = 8;
const rounds = longTests ? 4 : 1;
if (!longTests) leaveOut("three of four rounds of clones", askForLong);

const why = await whyNoVms();
if (why !== undefined) notRun("clones of a VM template", why);
else describe("clones of a VM template", clones);

function clones(): void {
  let place: TestHome;
  let home: Home;
  let template: string;
  /** The quickstart's, with the host agent in them, so that all are of its template. */
  let kind: VmKind & { readonly start: "warm" };

  beforeAll(
    async () => {
      place = await makeTestHome();
      const ports = { home: homeFrom(process.env), runner: systemRunner, clock: systemClock, env: process.env };
      kind = { ...(await quickstartKind({ ...ports, ...driverCall(bakeDeadlineMs) })), start: "warm" };
      const driver = driverFor(place.home);
      const { spec } = await testVmSpec(place.home, { ...kind, id: "first", hostname: "first" });
      await driver.create(spec, driverCall());
      const made = templateOf(await driver.start("first", driverCall()), place.home);
      await driver.destroy("first", driverCall());
      home = withOwnTemplates(place.home);
      template = placeOf(made, home);
      await copyTemplate(made, template);
    },
    bakeDeadlineMs + 2 * bootDeadlineMs,
  );
  // Guests that idle take their share of the processors, too.
  afterEach(async () => {
    const driver = driverFor(home);
    for (const id of await driver.list(driverCall())) await driver.destroy(id, driverCall());
  });
  afterAll(async () => {
    await place[Symbol.asyncDispose]();
  });

  const begin = async (id: string, changes: Partial<VmSpec> = {}): Promise<Begun> => {
    const vm = await testVmSpec(home, { ...kind, id, hostname: id, ...changes });
    const driver = driverFor(home);
    await driver.destroy(id, driverCall());
    await driver.create(vm.spec, driverCall());
    return { vm, running: await driver.start(id, driverCall()) };
  };
  /** A VM that never runs asks for clones that wait, and they do. */
  const keeper = "keeper";
  const pool = async (size: number): Promise<void> => {
    const driver = driverFor(home);
    await driver.create(
      (await testVmSpec(home, { ...kind, id: keeper, hostname: keeper, pool: size })).spec,
      driverCall(),
    );
    await driver.fillPool(kind, driverCall());
    const pools = await driver.listPools(driverCall());
    expect(pools.map(({ wanted, waiting }) => [wanted, waiting.length])).toEqual([[size, size]]);
  };
  it(
    "are told apart by everything that is drawn at random or names them, and the template stays as it is",
    async () => {
      const before = await digestsOf(template);
      const looks: Look[] = [];
      for (let round = 0; round < rounds; round += 1) looks.push(...(await lookAtSeveral(`clone-${round}`)));
      await pool(together);
      looks.push(...(await lookAtSeveral("waited", "pool")));
      for (const what of distinct) {
        const drawn = new Set(looks.map((look) => look[what]));
        expect({ what, distinct: drawn.size }).toEqual({ what, distinct: (rounds + 1) * together });
      }
      for (const { skewMs } of looks) expect(skewMs).toBeLessThan(mostSkewMs);
      expect(await digestsOf(template)).toEqual(before);
    },
    (rounds + 2) * bootDeadlineMs,
  );

  /** Clones that begin at the same moment, and are all gone afterwards. */
  async function lookAtSeveral(name: string, rung: "template" | "pool" = "template"): Promise<readonly Look[]> {
    const ids = Array.from({ length: together }, (_, index) => `${name}-${index}`);
    const begun = await Promise.all(ids.map((id) => begin(id)));
    for (const { running } of begun) expect(running.start?.rung).toBe(rung);
    const looks = await Promise.all(begun.map((clone) => lookAt(clone)));
    const driver = driverFor(home);
    await Promise.all(ids.map((id) => driver.destroy(id, driverCall())));
    expect((await driver.list(driverCall())).filter((id) => id !== keeper)).toEqual([]);
    for (const { running } of begun) expect(await processExists(running.pid)).toBe(false);
    return looks;
  }

  it(
    "that waited are who they have become after a reboot of their own, and when they were saved with their memory",
    async () => {
      await pool(1);
      const { vm, running } = await begin("waited");
      expect(running.start?.rung).toBe("pool");
      const driver = driverFor(home);
      const whoAmI = async (): Promise<string> =>
        inGuest(await connectionTo(driver, vm), (run) =>
          run("sh", "-c", "hostname; cat /etc/machine-id; sha256sum < /etc/ssh/ssh_host_ed25519_key"),
        );
      const before = await whoAmI();
      expect(before).toMatch(/^waited\n/u);
      await driver.pause("waited", driverCall());
      expect((await driver.start("waited", driverCall())).start?.rung).toBe("resumed");
      expect(await whoAmI()).toBe(before);
      await driver.destroy("waited", driverCall());
      await pool(1);
      const again = await begin("waited");
      const bootOf = async (): Promise<string> =>
        inGuest(await connectionTo(driver, again.vm), (run) => run("cat", "/proc/sys/kernel/random/boot_id"));
      const first = await bootOf();
      await inGuest(await connectionTo(driver, again.vm), (run) => run("systemctl", "reboot", "--no-block"));
      let boot = first;
      while (boot === first) boot = await bootOf().catch(() => first);
      expect(await inGuest(await connectionTo(driver, again.vm), (run) => run("hostname"))).toBe("waited");
      expect(await driver.inspect("waited", driverCall())).toMatchObject({ state: "running", pid: again.running.pid });
    },
    3 * bootDeadlineMs,
  );

  it(
    "answer who comes when others have just left, with one busy processor for all of it",
    async () => {
      const { running } = await begin("visited");
      const driver = driverFor(home);
      const visit = (): Promise<Duplex | undefined> => driver.openAgentPort("visited", driverCall());
      await systemRunner.exec("taskset", ["-acp", "0", String(running.pid)]);
      using _busy = keepBusy(3);
      for (let visits = 0; visits < 40; visits += 1) {
        for (let left = 0; left < 3; left += 1) (await visit())?.destroy();
        expect(await agentOf("visited")).toMatch(/^[0-9a-f-]{36}$/u);
      }
    },
    2 * bootDeadlineMs,
  );

  it(
    "have one journal of what was logged before and after they were told who they are",
    async () => {
      const { vm } = await begin("journal");
      await inGuest(await connectionTo(driverFor(home), vm), async (run) => {
        await run("logger", "--tag", "after", "a line of the clone");
        await run("journalctl", "--sync");
        const journal = await run("journalctl", "--boot", "--no-pager");
        expect(journal).toMatch(/ template systemd\[1\]: Started docker\.service/u);
        expect(journal).toMatch(/ journal after\[\d+\]: a line of the clone/u);
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
      await driver.create((await testVmSpec(home, { ...kind, id, hostname: id, start })).spec, driverCall());
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
      const vm = await testVmSpec(home, { ...kind, id: "cut", hostname: "cut" });
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
    const agent = await agentOf(vm.spec.id);
    const port = running.forwards.find(({ owner }) => owner === "ssh")?.hostPort ?? 0;
    // The first that its sshd draws.
    const cookie = await kexCookie(port, bootDeadlineMs);
    return inGuest(await connectionTo(driverFor(home), vm), async (run) => {
      const answer = await run("sh", "-c", lookScript);
      const [hostKey = "", ...words] = answer.split("\n");
      const [random = "", uuid = "", machineId = "", hostname = "", engineId = ""] = words;
      const skewMs = await clockSkewMs(async () => Number(await run("date", "+%s.%N")) * 1000, mostSkewMs);
      return { cookie, agent, skewMs, hostKey, random, uuid, machineId, hostname, engineId };
    });
  }

  /** What its agent, which lived in the template, has drawn for itself. */
  async function agentOf(id: string): Promise<string> {
    const stream = await driverFor(home).openAgentPort(id, driverCall());
    if (stream === undefined) throw new Error(`the agent of ${id} does not answer`);
    using port = multiplex(stream, systemClock);
    const { instance } = await createAgentClient({ open: port.open, clock: systemClock }).info(driverCall());
    return instance ?? "";
  }
}

/** Programs that take all they can get of the first processor, so that what runs there is interrupted wherever it is. */
function keepBusy(programs: number): Disposable {
  const busy = Array.from({ length: programs }, () => spawn("taskset", ["-c", "0", "perl", "-e", "1 while 1"]));
  return { [Symbol.dispose]: () => busy.forEach((program) => program.kill()) };
}

/** A line each, in the order of `lookAt`. 318 is getrandom(2). */
const lookScript = `
sha256sum < /etc/ssh/ssh_host_ed25519_key
perl -e 'my $drawn = "\\0" x 16; syscall(318, $drawn, 16, 0) == 16 or die; print unpack("H*", $drawn), "\\n"'
cat /proc/sys/kernel/random/uuid
cat /etc/machine-id
hostname
cat /var/lib/docker/engine-id`;

/** How far a clone's clock may be off. */
const mostSkewMs = 500;

/** What no two clones may have in common. */
const distinct = ["cookie", "agent", "random", "uuid", "hostKey", "machineId", "hostname", "engineId"] as const;

type Look = Readonly<Record<(typeof distinct)[number], string>> & { readonly skewMs: number };

async function digestsOf(folder: string): Promise<Readonly<Record<string, string>>> {
  const digests: Record<string, string> = {};
  for (const name of ["template.qcow2", "ram", "state"]) {
    const hash = createHash("sha256");
    await pipeline(createReadStream(join(folder, name)), hash);
    digests[name] = hash.digest("hex");
  }
  return digests;
}
