import { mkdir, readFile, rm, statfs } from "node:fs/promises";
import type { Clock } from "../../base/clock.ts";
import { StackhouseError } from "../../base/errors.ts";
import { waitUntil } from "../../base/wait.ts";
import { findBaseImage, type BaseImage } from "../../images/index.ts";
import type { Runner } from "../../system/exec.ts";
import { acquireLock } from "../../system/lock.ts";
import type { Home } from "../../system/home.ts";
import type { BoundForward, Driver, DriverCall, Forward, VmInspection, VmRunning, VmSpec } from "../driver.ts";
import { findAccelerator } from "./accelerator.ts";
import { forwardRule, networkId, qemuArguments } from "./argv.ts";
import { listVmFolders, vmFolder, type ProcessRecord, type VmFolder } from "./folder.ts";
import { bindForwards } from "./host-ports.ts";
import { writeIdentity } from "./identity.ts";
import { hasEnded, lastLines, launch, PortLost } from "./launch.ts";
import { findProcess, processOfPidFile } from "./process.ts";
import { openMonitor } from "./qmp.ts";
import { requireQemu } from "./version.ts";

export interface QemuPorts {
  readonly home: Home;
  readonly runner: Runner;
  readonly clock: Clock;
}

const minimumMemoryMiB = 512;
const minimumFreeBytes = 1024 ** 3;
const launchAttempts = 5;
const lockDeadlineMs = 60_000;
const killDeadlineMs = 10_000;

const sshForward: Forward & { owner: string } = {
  owner: "ssh",
  guestPort: 22,
  protocol: "tcp",
  hostAddress: "127.0.0.1",
  hostPort: 0,
};

/**
 * Local VMs by QEMU, run by whoever runs this: user-mode network, no root, no daemon of ours. A VM is a folder under
 * `state/vms` and, while it runs, a detached process.
 */
export function createQemuDriver(ports: QemuPorts): Driver {
  const { home, runner, clock } = ports;
  const folderOf = (id: string): VmFolder => vmFolder(home.state.vms, id);
  const locked = (folder: VmFolder, purpose: string, call: DriverCall): Promise<AsyncDisposable> =>
    acquireLock(folder.lock, { ...call, clock, purpose, deadlineMs: lockDeadlineMs });

  async function imageOf(spec: VmSpec): Promise<BaseImage> {
    const image = await findBaseImage(home, spec.baseImage);
    if (image !== undefined) return image;
    throw new StackhouseError(
      "image.corrupt",
      `the base image ${spec.baseImage} of the VM ${spec.id} is not in the cache`,
      {
        hint: "run stackhouse up: it makes the image anew",
      },
    );
  }

  async function createLocked(folder: VmFolder, spec: VmSpec, call: DriverCall): Promise<void> {
    const existing = await folder.readSpec();
    if (existing === undefined) {
      const image = await imageOf(spec);
      await requireSpace(home.state.root);
      await mkdir(folder.path, { recursive: true, mode: 0o700 });
      await rm(folder.disk, { force: true });
      await qemuImg(
        ["create", "-q", "-f", "qcow2", "-b", image.disk, "-F", "qcow2", folder.disk, `${spec.diskGiB}G`],
        call,
      );
    } else if (spec.diskGiB > existing.diskGiB) {
      await qemuImg(["resize", "-q", folder.disk, `${spec.diskGiB}G`], call);
    }
    await folder.writeSpec(spec);
  }

  async function qemuImg(args: readonly string[], call: DriverCall): Promise<void> {
    const result = await runner.exec("qemu-img", args, { signal: call.signal });
    if (result.exitCode === 0) return;
    throw new StackhouseError(/no space left/i.test(result.stderr) ? "vm.disk-full" : "internal", "qemu-img failed", {
      details: lastLines(result.stderr, 6),
    });
  }

  async function startLocked(folder: VmFolder, id: string, call: DriverCall): Promise<VmRunning> {
    const spec = await requireSpec(folder, id);
    const running = await adoptProcess(folder);
    if (running !== undefined) return { ...running, forwards: await folder.readForwards() };

    const version = await requireQemu(runner, call.signal);
    const image = await imageOf(spec);
    const { accelerator } = await findAccelerator({ ...ports, image, qemuVersion: version, signal: call.signal });
    await writeIdentity(folder.file("identity"), spec);
    for (let attempt = 1; ; attempt++) {
      const before = await folder.readForwards();
      const wanted = before.some(({ owner }) => owner === "ssh") ? before.map(asWanted) : [sshForward, ...before];
      const forwards = await bindForwards(wanted, before, []);
      await folder.writeForwards(forwards);
      const argv = qemuArguments({ spec, image, accelerator, forwards, folder: folder.path });
      try {
        return { ...(await launch(folder, argv, accelerator, { runner, signal: call.signal })), forwards };
      } catch (error) {
        if (error instanceof PortLost && attempt < launchAttempts) continue;
        throw error;
      }
    }
  }

  /** The running process; also one that a killed run started and had no time to record. */
  async function adoptProcess(folder: VmFolder): Promise<ProcessRecord | undefined> {
    const found = await findProcess(folder);
    if (found.state === "running") return found.record;
    const unrecorded = await processOfPidFile(folder);
    if (unrecorded === undefined) return undefined;
    const record: ProcessRecord = { ...unrecorded, hypervisorClass: "emulation" };
    await folder.writeProcess(record);
    return record;
  }

  async function endLocked(folder: VmFolder, graceMs: number, call: DriverCall): Promise<void> {
    const record = await adoptProcess(folder);
    if (record !== undefined) {
      const ended = (): Promise<boolean> => hasEnded(record.pid, record.startedTicks);
      if (graceMs > 0) await powerDown(folder, graceMs, ended, call);
      if (!(await ended())) await killProcess(record, ended, call);
    }
    await rm(folder.file("process.json"), { force: true });
    await rm(folder.pidFile, { force: true });
  }

  async function powerDown(
    folder: VmFolder,
    graceMs: number,
    ended: () => Promise<boolean>,
    call: DriverCall,
  ): Promise<void> {
    const deadline = clock.now() + graceMs;
    try {
      await using monitor = await openMonitor(folder.path, call.signal);
      await monitor.execute("system_powerdown");
    } catch (error) {
      call.signal.throwIfAborted();
      call.progress.warn(`the power button does not work: ${String(error)}`);
      return;
    }
    while (!(await ended()) && clock.now() < deadline) {
      call.progress.status("waiting for the guest to shut down");
      await clock.sleep(100, call.signal);
    }
  }

  async function killProcess(record: ProcessRecord, ended: () => Promise<boolean>, call: DriverCall): Promise<void> {
    process.kill(record.pid, "SIGKILL");
    await waitUntil(
      async () => ((await ended()) ? { done: true, value: undefined } : { done: false, reason: "it is ending" }),
      {
        ...call,
        clock,
        what: `process ${record.pid}`,
        intervalMs: 20,
        deadlineMs: killDeadlineMs,
      },
    );
  }

  async function inspect(id: string): Promise<VmInspection> {
    const folder = folderOf(id);
    const spec = await folder.readSpec();
    if (spec === undefined) return { state: "absent" };
    const forwards = await folder.readForwards();
    const found = await findProcess(folder);
    switch (found.state) {
      case "running": {
        const { pid, hypervisorClass } = found.record;
        return { state: "running", spec, forwards, pid, hypervisorClass };
      }
      case "vanished":
        return {
          state: "stopped",
          spec,
          forwards,
          lastExit: "its QEMU process is gone: killed, or the workstation was restarted",
        };
      case "none":
        return { state: "stopped", spec, forwards };
    }
  }

  return {
    name: "qemu",

    async probe(call) {
      const version = await requireQemu(runner, call.signal).catch((error: unknown) => error);
      if (typeof version !== "string") {
        return { available: false, hypervisorClass: "emulation", reason: String(version), version: "" };
      }
      const { accelerator, reason } = await findAccelerator({
        ...ports,
        image: undefined,
        qemuVersion: version,
        signal: call.signal,
      });
      return { available: true, hypervisorClass: accelerator === "kvm" ? "type-1" : "emulation", reason, version };
    },

    async create(spec, call) {
      requireSensible(spec);
      await requireQemu(runner, call.signal);
      const folder = folderOf(spec.id);
      await using _lock = await locked(folder, `making the VM ${spec.id}`, call);
      await createLocked(folder, spec, call);
    },

    async start(id, call) {
      const folder = folderOf(id);
      await using _lock = await locked(folder, `starting the VM ${id}`, call);
      return await startLocked(folder, id, call);
    },

    async stop(id, graceMs, call) {
      const folder = folderOf(id);
      await using _lock = await locked(folder, `stopping the VM ${id}`, call);
      await endLocked(folder, graceMs, call);
    },

    async kill(id, call) {
      const folder = folderOf(id);
      await using _lock = await locked(folder, `killing the VM ${id}`, call);
      await endLocked(folder, 0, call);
    },

    async destroy(id, call) {
      const folder = folderOf(id);
      await using _lock = await locked(folder, `destroying the VM ${id}`, call);
      await endLocked(folder, 0, call);
      await rm(folder.path, { recursive: true, force: true });
    },

    inspect,

    list: () => listVmFolders(home.state.vms),

    async forward(id, owner, forwards, call) {
      const folder = folderOf(id);
      await using _lock = await locked(folder, `forwarding ports of the VM ${id}`, call);
      await requireSpec(folder, id);
      const before = await folder.readForwards();
      const running = (await adoptProcess(folder)) !== undefined;
      const mine = before.filter((forward) => forward.owner === owner);
      const bound = await bindForwards(
        forwards.map((forward) => ({ ...forward, owner })),
        mine,
        running ? mine : [],
      );
      const others = before.filter((forward) => forward.owner !== owner);
      if (running) await changeLive(folder, mine, bound, call);
      await folder.writeForwards([...others, ...bound]);
      return bound;
    },

    async console(id, lines) {
      const text = await readFile(folderOf(id).serialLog, "utf8").catch(() => "");
      return lastLines(text, lines);
    },
  };
}

async function changeLive(
  folder: VmFolder,
  before: readonly BoundForward[],
  after: readonly BoundForward[],
  call: DriverCall,
): Promise<void> {
  const has = (list: readonly BoundForward[], forward: BoundForward): boolean =>
    list.some((other) => forwardRule(other) === forwardRule(forward));
  const closing = before.filter((forward) => !has(after, forward));
  const opening = after.filter((forward) => !has(before, forward));
  if (closing.length + opening.length === 0) return;
  await using monitor = await openMonitor(folder.path, call.signal);
  for (const forward of closing) {
    const { protocol, hostAddress, hostPort } = forward;
    await monitor.executeHuman(`hostfwd_remove ${networkId} ${protocol}:${hostAddress}:${hostPort}`);
  }
  for (const forward of opening) await monitor.executeHuman(`hostfwd_add ${networkId} ${forwardRule(forward)}`);
}

/** A port that was chosen before is chosen again while it is free; one that was fixed stays fixed only through its owner. */
function asWanted(forward: BoundForward): BoundForward {
  return { ...forward, hostPort: 0 };
}

async function requireSpec(folder: VmFolder, id: string): Promise<VmSpec> {
  const spec = await folder.readSpec();
  if (spec === undefined) throw new StackhouseError("vm.not-found", `there is no VM ${id} on this workstation`);
  return spec;
}

function requireSensible(spec: VmSpec): void {
  if (spec.memoryMiB >= minimumMemoryMiB) return;
  throw new StackhouseError("vm.memory-too-small", `${spec.memoryMiB} MiB are too little for the VM ${spec.id}`, {
    hint: `a guest with Docker Engine needs ${minimumMemoryMiB} MiB; 1024 is the default`,
  });
}

async function requireSpace(path: string): Promise<void> {
  await mkdir(path, { recursive: true });
  const { bavail, bsize } = await statfs(path);
  const free = bavail * bsize;
  if (free >= minimumFreeBytes) return;
  throw new StackhouseError("vm.disk-full", `${path} has ${Math.floor(free / 1024 ** 2)} MiB free`, {
    hint: "a VM needs 1 GiB to begin with: free some, or set STACKHOUSE_HOME to another disk",
  });
}
