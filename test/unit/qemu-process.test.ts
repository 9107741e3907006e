import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ownerMark, vmFolder, type VmFolder } from "../../modules/hypervisors/qemu/folder.ts";
import { findProcess, isOurs } from "../../modules/hypervisors/qemu/program/process.ts";
import { bootId } from "../../modules/system/boot-id.ts";
import { processStart } from "../../modules/system/lock.ts";

let vms: string;
let folder: VmFolder;
let child: ChildProcess | undefined;

beforeEach(async () => {
  vms = await mkdtemp(join(tmpdir(), "vms-"));
  folder = vmFolder(vms, "shop");
});

afterEach(async () => {
  if (child?.exitCode === null) {
    child.kill("SIGKILL");
    await once(child, "exit");
  }
  await rm(vms, { recursive: true });
});

/** A process that idles, with these words in its command line. */
async function idle(...words: readonly string[]): Promise<number> {
  child = spawn(process.execPath, ["-e", "process.stdin.resume()", ...words], { stdio: ["pipe", "ignore", "ignore"] });
  await once(child, "spawn");
  return child.pid ?? 0;
}

async function recordOf(pid: number, startedTicks?: string): Promise<Parameters<VmFolder["writeProcess"]>[0]> {
  const ticks = startedTicks ?? (await processStart(pid)) ?? "";
  return { pid, startedTicks: ticks, bootId: await bootId(), hypervisorClass: "emulation" };
}

describe("the process of a VM", () => {
  it("is none before the first start", async () => {
    expect(await findProcess(folder)).toEqual({ state: "none" });
  });

  it("is ours when number, start time and mark agree", async () => {
    const record = await recordOf(await idle(ownerMark(folder.path)));
    await folder.writeProcess(record);
    expect(await findProcess(folder)).toEqual({ state: "running", record });
  });

  it.each([
    ["another program that got its number", async (): Promise<number> => idle("unrelated"), undefined],
    ["a later process with its number", async (): Promise<number> => idle(ownerMark(folder.path)), "1"],
    ["another VM's", async (): Promise<number> => idle(ownerMark(vmFolder(vms, "blog").path)), undefined],
  ])("is not %s", async (_what, start, ticks) => {
    const record = await recordOf(await start(), ticks);
    await folder.writeProcess(record);
    expect(await isOurs(record, folder)).toBe(false);
    expect(await findProcess(folder)).toEqual({ state: "vanished", record });
  });

  it("is found by QEMU's own pid file when the run that started it was killed before it wrote it down", async () => {
    const pid = await idle(ownerMark(folder.path), "-accel", "kvm");
    await folder.writeForwards([]);
    await writeFile(folder.pidFile, `${pid}\n`);
    expect(await findProcess(folder)).toMatchObject({ state: "running", record: { pid, hypervisorClass: "type-1" } });
  });
});
