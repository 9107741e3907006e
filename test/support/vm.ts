import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { askAgent } from "../../modules/agent-routes/ask-agent.ts";
import { silentProgress } from "../../modules/base/progress.ts";
import type { Driver, DriverCall, VmSpec } from "../../modules/hypervisors/driver.ts";
import { createQemuDriver, vmRuntimeTools, type QemuPorts } from "../../modules/hypervisors/qemu/index.ts";
import { buildTools, ensureBaseImage, missingTools } from "../../modules/images/index.ts";
import type { HostConnection } from "../../modules/protocol/host.ts";
import { mintKeyPair } from "../../modules/ssh/keys.ts";
import { createSshPool } from "../../modules/ssh/pool.ts";
import type { SshSession } from "../../modules/ssh/types.ts";
import { waitForSsh } from "../../modules/ssh/wait.ts";
import { systemClock } from "../../modules/system/clock.ts";
import { readFileIfPresent } from "../../modules/system/files.ts";
import { systemRunner, type Runner } from "../../modules/system/exec.ts";
import { homeFrom, type Home } from "../../modules/system/home.ts";

/** Long, because a busy machine emulates the guest's processors: an idle one needs a tenth. */
export const bootDeadlineMs = 240_000;

/** Why local VMs cannot run on this machine; undefined where they can. */
export async function whyNoVms(): Promise<string | undefined> {
  const missing = await missingTools([...buildTools(), ...vmRuntimeTools()], process.env);
  return missing.length === 0 ? undefined : `missing: ${missing.map(({ program }) => program).join(", ")}`;
}

/** Whether a process lives: one that has ended and waits to be reaped by init does not. */
export async function processExists(pid: number): Promise<boolean> {
  const status = (await readFileIfPresent(`/proc/${pid}/status`)) ?? "State: gone";
  return !/^State:\s+(gone|Z|X)/m.test(status);
}

/** A home with a state of its own and the image cache of the user's home, so that images are built once. */
export interface TestHome extends AsyncDisposable {
  readonly home: Home;
}

export async function makeTestHome(parent: string = tmpdir()): Promise<TestHome> {
  const root = await mkdtemp(join(parent, "stackhouse-vm-"));
  const home = { ...homeFrom({ STACKHOUSE_HOME: root }), cache: homeFrom(process.env).cache };
  return {
    home,
    async [Symbol.asyncDispose]() {
      await rm(root, { recursive: true, force: true });
    },
  };
}

export function driverFor(home: Home, runner: Runner = systemRunner, more: Partial<QemuPorts> = {}): Driver {
  return createQemuDriver({
    home,
    runner,
    clock: systemClock,
    askAgent: (agent, call) => askAgent(systemClock, agent, call),
    ...more,
  });
}

/** A QEMU that takes no file for a VM's memory, as where the file system does not allow it. */
export const unableToMap: Runner = {
  exec: (program, args, options) =>
    args.some((argument) => argument.includes("memory-backend-file"))
      ? Promise.resolve({ exitCode: 1, stdout: "", stderr: "qemu: unable to map backing store" })
      : systemRunner.exec(program, args, options),
};

/** Of VMs that read their memory: there is less of it. */
export const smallSize = { memoryMiB: 512, diskGiB: 5 } as const;

export function driverCall(deadlineMs: number = bootDeadlineMs): DriverCall {
  return { signal: AbortSignal.timeout(deadlineMs), progress: silentProgress };
}

/** Starts a VM whose memory is to be loaded, and cuts that as soon as its process is there, with nothing in it. Fails with `cut`. */
export async function startCut(home: Home, id: string): Promise<never> {
  const cut = new AbortController();
  const runner: Runner = {
    async exec(program, ...rest) {
      const result = await systemRunner.exec(program, ...rest);
      if (rest[0].includes("-incoming")) cut.abort(new Error("cut"));
      return result;
    },
  };
  await driverFor(home, runner).start(id, { ...driverCall(), signal: cut.signal });
  throw new Error(`the start of ${id} was not cut`);
}

export interface TestVmSpec {
  readonly spec: VmSpec;
  /** Opens the guest. */
  readonly privateKey: string;
  /** Public host key. */
  readonly hostKey: string;
}

/** A small VM of the current base image, which is built where it is missing. */
export async function testVmSpec(home: Home, changes: Partial<VmSpec> = {}): Promise<TestVmSpec> {
  const ports = { home, runner: systemRunner, clock: systemClock, env: process.env };
  const image = await ensureBaseImage(ports, driverCall(30 * 60_000));
  const host = mintKeyPair("host");
  const client = mintKeyPair("client");
  const spec: VmSpec = {
    id: "test",
    hostname: "test",
    cpus: 2,
    memoryMiB: 1024,
    diskGiB: 8,
    baseImage: image.key,
    hostPrivateKey: host.privateKey,
    authorizedKeys: [client.publicKey],
    ...changes,
  };
  return { spec, privateKey: client.privateKey, hostKey: host.publicKey };
}

/** How a running test VM is reached. */
export async function connectionTo(driver: Driver, vm: TestVmSpec): Promise<HostConnection & { privateKey: string }> {
  const found = await driver.inspect(vm.spec.id, driverCall());
  const ssh = found.state === "absent" ? undefined : found.forwards.find(({ owner }) => owner === "ssh");
  if (ssh === undefined) throw new Error(`the VM ${vm.spec.id} has no forward for SSH`);
  const { privateKey, hostKey } = vm;
  return { address: ssh.hostAddress, port: ssh.hostPort, user: "root", hostKey, privateKey };
}

/** Waits until the guest lets us in, and runs commands there for as long as `use` runs. */
export async function inGuest<T>(connection: HostConnection, use: (guest: Guest) => Promise<T>): Promise<T> {
  await using pool = createSshPool({ clock: systemClock });
  const { signal, progress } = driverCall();
  using session = await waitForSsh(pool, connection, {
    clock: systemClock,
    signal,
    progress,
    deadlineMs: bootDeadlineMs,
  });
  return await use(guestOf(session));
}

/** Runs a command in the guest and gives what it printed; another exit code than 0 is an error. */
export type Guest = (...argv: readonly string[]) => Promise<string>;

function guestOf(session: SshSession): Guest {
  return async (...argv) => {
    const { exitCode, stdout, stderr } = await session.exec(argv, driverCallOf());
    if (exitCode !== 0) throw new Error(`${argv.join(" ")} ended with ${exitCode}: ${stderr}`);
    return stdout.trim();
  };
}

const commandDeadlineMs = 120_000;

function driverCallOf(): { signal: AbortSignal; deadlineMs: number } {
  return { signal: AbortSignal.timeout(commandDeadlineMs), deadlineMs: commandDeadlineMs };
}

export interface TestVm extends AsyncDisposable {
  readonly driver: Driver;
  readonly home: Home;
  readonly id: string;
  readonly connection: HostConnection & { readonly privateKey: string };
}

/** A running VM that answers over SSH; disposing destroys it. */
export async function startTestVm(changes: Partial<VmSpec> = {}): Promise<TestVm> {
  const testHome = await makeTestHome();
  const driver = driverFor(testHome.home);
  const vm = await testVmSpec(testHome.home, changes);
  const { id } = vm.spec;
  const dispose = async (): Promise<void> => {
    await driver.destroy(id, driverCall());
    await testHome[Symbol.asyncDispose]();
  };
  try {
    await driver.create(vm.spec, driverCall());
    await driver.start(id, driverCall());
    const connection = await connectionTo(driver, vm);
    await inGuest(connection, (guest) => guest("true"));
    return { driver, home: testHome.home, id, connection, [Symbol.asyncDispose]: dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
}
