import { isStackhouseError, messageOf, StackhouseError } from "../../base/errors.ts";
import { silentProgress, type Progress } from "../../base/progress.ts";
import { seconds, waitUntil } from "../../base/wait.ts";
import type { Driver, DriverCall, Pool, VmInspection, VmStart } from "../../hypervisors/driver.ts";
import { fillLog } from "../../provider/fill-later.ts";
import { fileVmIdentities } from "../../provider/vm-identities.ts";
import { publicKeyOf } from "../../ssh/keys.ts";
import { createQemuDriver, idsWithKeptDisks } from "../../hypervisors/qemu/index.ts";
import { readFileIfPresent } from "../../system/files.ts";
import { systemRunner } from "../../system/exec.ts";
import { isRunning, processStart } from "../../system/lock.ts";
import type { ConsoleOptions, FillOptions, RemoveOptions, StopOptions } from "../commands/host.ts";
import type { CommandContext } from "../context.ts";
import { requireRunning } from "../deployed/local-vm.ts";
import { exitCodes } from "../exit-codes.ts";
import { poolJson, poolLines, waitingJson } from "../render/pools.ts";
import { hostJson, hostTable, type DamagedVm, type ListedVm } from "../render/host.ts";
import type { Handler } from "../run.ts";
import { confirm, refuseUnasked } from "../terminal/confirm.ts";
import { withDisplay } from "../terminal/display.ts";
import { logIn } from "../terminal/log-in.ts";

type AbsentVm = Extract<VmInspection, { state: "absent" }>;
type PresentVm = Exclude<VmInspection, AbsentVm>;

export const list: Handler<object> = async (context) => {
  const { driver, call } = local(context, silentProgress);
  const vms = await vmsOf([...(await driver.list(call)), ...(await idsWithKeptDisks(context.home))], driver, call);
  const pools = await driver.listPools(call);
  if (context.json) context.printJson([...vms.map(hostJson), ...pools.flatMap(waitingJson)]);
  else if (vms.length === 0)
    context.print("There is no VM on this workstation.", context.style.commands("Next: stackhouse up"));
  else context.print(...hostTable(vms, context.style), ...poolLines(pools), ...(await fillerLines(context, pools)));
  return exitCodes.ok;
};

export const start: Handler<object> = (context, _options, [name = ""]) =>
  change(context, name, "starting", async (driver, call) => {
    const before = await present(driver, name, call);
    if (before.state === "running") return `${name} runs already`;
    const { start: how } = await driver.start(name, call);
    return before.state === "stopped" ? `${name} was started: ${began(how)}` : `${name} goes on where it was`;
  });

function began(start: VmStart | undefined): string {
  if (start === undefined) return "it boots";
  return start.rung === "cold" || start.rung === "resumed" ? "it boots" : `${start.reason}, ${seconds(start.tookMs)}`;
}

export const resume: Handler<object> = (context, _options, [name = ""]) =>
  change(context, name, "resuming", async (driver, call) => {
    const before = await present(driver, name, call);
    if (before.state === "running") return `${name} runs already`;
    if (before.state !== "paused" && before.state !== "halted") {
      throw new StackhouseError("input.invalid", `${name} is not paused: it is ${before.state}`, {
        hint: `stackhouse host start ${name} starts it`,
      });
    }
    await driver.start(name, call);
    return `${name} goes on where it was`;
  });

export const pause: Handler<object> = (context, _options, [name = ""]) =>
  change(context, name, "pausing", async (driver, call) => {
    const before = await present(driver, name, call);
    if (before.state === "paused") return `${name} is paused already`;
    await driver.pause(name, call);
    return `${name} is paused: stackhouse host resume ${name} lets it go on`;
  });

export const stop: Handler<StopOptions> = (context, { grace }, [name = ""]) =>
  change(context, name, "stopping", async (driver, call) => {
    const before = await present(driver, name, call);
    if (before.state === "stopped") return `${name} is stopped already`;
    await driver.stop(name, grace * 1_000, call);
    return `${name} is stopped: stackhouse host start ${name} starts it`;
  });

export const showConsole: Handler<ConsoleOptions> = async (context, { lines }, [name = ""]) => {
  const { driver, call } = local(context, silentProgress);
  await present(driver, name, call);
  const written = await driver.console(name, lines);
  if (context.json) context.printJson(written);
  else if (written.length > 0) context.print(...written);
  else context.print(`${name} has written nothing on its console since its process began.`);
  return exitCodes.ok;
};

export const remove: Handler<RemoveOptions> = async (context, { yes = false }, [name = ""]) => {
  if (!yes) refuseUnasked(context, `host rm ${name}`);
  const { driver, call } = local(context, silentProgress);
  const vm = await lookAt(driver, name, call);
  if (vm.state === "absent" && !(await driver.list(call)).includes(name)) throw await notFound(driver, name, vm, call);
  if (!yes && !(await confirm(context, `Remove ${name} with ${whatGoes(vm)}?`))) {
    context.print("Nothing was done.");
    return exitCodes.cancelled;
  }
  return await change(context, name, "removing", async (vms, removing) => {
    await vms.destroy(name, removing);
    await fileVmIdentities(context.home).remove(name);
    return `${name} is gone: the next up of its project makes it anew`;
  });
};

/** A run may take as long. */
const afterMs = 60 * 60_000;

export const fill: Handler<FillOptions> = async (context, { after }) => {
  const { clock, interrupts, io } = context;
  const pools = await withDisplay(context, async (display) => {
    using task = display.task("filling the pools of VMs");
    const call = { signal: interrupts.signal, progress: task };
    if (after !== undefined) await untilEnded(after, { ...call, clock });
    // The other commands of this file do not wait for what it loads.
    const { realPorts } = await import("../../provider/real-ports.ts");
    const { driver, connections } = realPorts(io.env);
    await using _connections = connections;
    await fillAll(driver, call);
    return await driver.listPools(call);
  });
  if (context.json) context.printJson(pools.map(poolJson));
  else if (pools.length === 0) context.print("No VM of this workstation asks for clones that wait.");
  else context.print(...poolLines(pools));
  return pools.every(({ wanted, waiting }) => wanted === waiting.length) ? exitCodes.ok : exitCodes.failed;
};

/** A kind of which none can be made keeps no other from its clones; the first failure is thrown then, and further ones are told. */
async function fillAll(driver: Driver, call: DriverCall): Promise<void> {
  const failures: { readonly error: unknown }[] = [];
  for (const { kind } of await driver.listPools(call)) {
    try {
      await driver.fillPool(kind, call);
    } catch (error) {
      call.signal.throwIfAborted();
      failures.push({ error });
    }
  }
  const [first, ...others] = failures;
  for (const { error } of others) call.progress.warn(messageOf(error));
  if (first !== undefined) throw first.error;
}

/** What makes the clones that are missing, and where a person finds why they are. */
async function fillerLines({ home, style }: CommandContext, pools: readonly Pool[]): Promise<readonly string[]> {
  if (pools.every(({ wanted, waiting }) => waiting.length >= wanted)) return [];
  const log = fillLog(home);
  const hasSaid = (await readFileIfPresent(log)) !== undefined;
  const said = hasSaid ? `; what it said in the background is in ${log}` : "";
  return [style.commands(`Next: stackhouse host fill${said}`)];
}

async function untilEnded(pid: number, call: DriverCall & Pick<CommandContext, "clock">): Promise<void> {
  const wait = { ...call, what: `process ${pid} to end`, deadlineMs: afterMs, intervalMs: 200 };
  // Its number may go to another process.
  const started = await processStart(pid);
  await waitUntil(
    async () =>
      (await isRunning(pid, started)) ? { done: false, reason: "it runs" } : { done: true, value: undefined },
    wait,
  );
}

function whatGoes(vm: VmInspection | DamagedVm): string {
  const own = "its disk and all volumes on it";
  if (vm.state === "absent") return "what a run that was killed has left of it";
  if (vm.state === "damaged") return `${own} (${vm.reason}; its data disks are kept)`;
  const { spec, outlivingDisks = [] } = vm;
  const lost = (spec.dataDisks ?? []).map((disk) => disk.name).filter((disk) => !outlivingDisks.includes(disk));
  const goes = lost.length === 0 ? own : `${own}, and its data disks ${lost.join(", ")}`;
  return outlivingDisks.length === 0 ? goes : `${goes} (data disks that are kept: ${outlivingDisks.join(", ")})`;
}

/** Does something to a VM that is there, shows how that goes and what came of it. */
async function change(
  context: CommandContext,
  name: string,
  doing: string,
  work: (driver: Driver, call: DriverCall) => Promise<string>,
): Promise<number> {
  const said = await withDisplay(context, async (display) => {
    using task = display.task(`${doing} ${name}`);
    const { driver, call } = local(context, task);
    return await work(driver, call);
  });
  const { driver, call } = local(context, silentProgress);
  if (context.json) context.printJson(hostJson({ name, vm: await driver.inspect(name, call) }));
  else context.print(context.style.commands(said));
  return exitCodes.ok;
}

interface LocalVms {
  readonly driver: Driver;
  readonly call: DriverCall;
}

function local({ home, clock, interrupts }: CommandContext, progress: Progress): LocalVms {
  const driver = createQemuDriver({ home, runner: systemRunner, clock });
  return { driver, call: { signal: interrupts.signal, progress } };
}

/** @throws `vm.not-found` with the names that there are */
async function present(driver: Driver, name: string, call: DriverCall): Promise<PresentVm> {
  const vm = await driver.inspect(name, call);
  if (vm.state !== "absent") return vm;
  throw await notFound(driver, name, vm, call);
}

async function notFound(driver: Driver, name: string, vm: AbsentVm, call: DriverCall): Promise<StackhouseError> {
  if (vm.keptDisks !== undefined) {
    const disks = vm.keptDisks.map((disk) => disk.name).join(", ");
    return new StackhouseError("vm.not-found", `the VM ${name} is gone, and has left data disks: ${disks}`, {
      hint: `stackhouse up in the folder of its project makes it anew, with them; stackhouse clean --data-disk ${name}/DISK removes one for good`,
    });
  }
  const names = (await presentVms(driver, call)).map((one) => one.name);
  return new StackhouseError("vm.not-found", `there is no VM ${name} on this workstation`, {
    hint: names.length === 0 ? "stackhouse up makes one" : `there is: ${names.join(", ")}`,
  });
}

/** One whose records are damaged keeps nobody from looking at the others, and can be removed. */
async function lookAt(driver: Driver, name: string, call: DriverCall): Promise<VmInspection | DamagedVm> {
  try {
    return await driver.inspect(name, call);
  } catch (error) {
    if (!isStackhouseError(error, "vm.damaged")) throw error;
    return { state: "damaged", reason: error.message };
  }
}

async function presentVms(driver: Driver, call: DriverCall): Promise<readonly ListedVm[]> {
  return (await vmsOf(await driver.list(call), driver, call)).filter(({ vm }) => vm.state !== "absent");
}

async function vmsOf(names: readonly string[], driver: Driver, call: DriverCall): Promise<readonly ListedVm[]> {
  const sorted = [...new Set(names)].sort();
  // One that hangs is not waited for before the others are looked at.
  const found = await Promise.all(sorted.map(async (name) => ({ name, vm: await lookAt(driver, name, call) })));
  // What a killed run has left of making one is no VM.
  return found.filter(({ vm }) => vm.state !== "absent" || vm.keptDisks !== undefined);
}

export const ssh: Handler<object> = async (context, _options, [name = "", ...rest]) => {
  const argv = rest[0] === "--" ? rest.slice(1) : rest;
  const { driver, call } = local(context, silentProgress);
  const vm = await present(driver, name, call);
  await requireRunning(context, { vmId: name });
  const keys = await fileVmIdentities(context.home).read(name);
  const forward = vm.forwards.find(({ owner }) => owner === "ssh");
  if (keys === undefined || forward === undefined) {
    throw new StackhouseError("ssh.auth-failed", `this workstation has no key for ${name}`, {
      hint: "in the folder of its project: stackhouse ssh",
    });
  }
  const connection = {
    address: forward.hostAddress,
    port: forward.hostPort,
    user: "root",
    hostKey: publicKeyOf(keys.hostPrivateKey),
    privateKey: keys.privateKey,
  };
  return await logIn(context, connection, argv);
};
