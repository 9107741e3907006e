import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { readFileIfPresent } from "../../modules/system/files.ts";
import type { ExecResult, Runner } from "../../modules/system/exec.ts";

/** Something that fails. Without `times`: always. */
export interface Fault {
  /** The process of a VM that is to be a template, of a clone, of one that began in a pool, of a VM that boots, or of a trial of QEMU. */
  readonly on: "template" | "clone" | "member" | "boot" | "trial";
  /** `launch`, a command of the monitor, or what the guest's porter is asked: `hello`, `identify`, `disks`, `clock`. */
  readonly at: string;
  /** `dies`: as one that is killed, or crashes; `ends`: as one that is told to. */
  readonly does: "dies" | "ends" | "refuses" | "hangs up" | "ignores";
  readonly says?: string;
  readonly times?: number;
}

/** Programs of QEMU that keep up appearances, and fail as they are told. */
export interface FakeQemu {
  readonly runner: Runner;
  version: string;
  /** Why it takes no file for a VM's memory; undefined: it does. */
  mappingError: string | undefined;
  /** What becomes of trying whether it takes one, where that is neither a yes nor a refusal. */
  mappingTrial: (() => Promise<ExecResult>) | undefined;
  /** From the next process on, each guest's clock runs so many times as fast as ours. */
  setClockRate(rate: number): Promise<void>;
  /** What `qemu-img create` says before it fails, call by call; undefined: it does what it should. */
  readonly createErrors: (string | undefined)[];
  fail(...faults: readonly Fault[]): Promise<void>;
  /** `clone cont`: what was asked of all processes so far, in order. */
  journal(): Promise<readonly string[]>;
  /** How many processes there are, as soon as it is so many, or a second later. */
  living(expected: number): Promise<number>;
}

const program = fileURLToPath(new URL("fake-qemu.mjs", import.meta.url));

/** Notes what happens in a folder. */
export async function fakeQemu(folder: string): Promise<FakeQemu> {
  await mkdir(folder, { recursive: true });
  const qemu = fakeQemuIn(folder);
  await qemu.fail();
  await qemu.setClockRate(1);
  return qemu;
}

/** The one that notes in that folder: another program's, too. */
export function fakeQemuIn(folder: string): FakeQemu {
  const fail = async (...faults: readonly Fault[]): Promise<void> => {
    await writeFile(join(folder, "journal"), "");
    await writeFile(join(folder, "faults.json"), JSON.stringify(faults));
  };
  const setClockRate = (rate: number): Promise<void> => writeFile(join(folder, "clock-rate"), `${rate}`);
  const processes: ChildProcess[] = [];
  const qemu: FakeQemu = {
    version: "10.0.2",
    mappingError: undefined,
    mappingTrial: undefined,
    createErrors: [],
    fail,
    setClockRate,
    journal: async () => ((await readFileIfPresent(join(folder, "journal"))) ?? "").split("\n").filter(Boolean),
    async living(expected) {
      const count = (): number =>
        processes.filter(({ exitCode, signalCode }) => exitCode === null && signalCode === null).length;
      // Of one that was killed we hear a moment later.
      for (let look = 0; look < 100 && count() !== expected; look += 1) await delay(10);
      return count();
    },
    runner: {
      async exec(name, args, { cwd = "", passes = [] } = {}) {
        if (name === "qemu-img") return await qemuImg(qemu, args, cwd);
        if (args.includes("--version")) return done(`QEMU emulator version ${qemu.version}`);
        if (args.includes("stdio") && qemu.mappingTrial !== undefined) return await qemu.mappingTrial();
        if (qemu.mappingError !== undefined && args.some((argument) => argument.includes("memory-backend-file"))) {
          return failed(qemu.mappingError);
        }
        // The trial of mapping a file.
        if (args.includes("stdio")) return done("");
        // The trial of KVM.
        if (args.includes("-no-reboot")) return failed("no KVM in this test");
        const child = start(args, { cwd, passes, folder });
        processes.push(child);
        return await untilReady(child);
      },
    },
  };
  return qemu;
}

async function qemuImg({ createErrors }: FakeQemu, args: readonly string[], cwd: string): Promise<ExecResult> {
  if (args[0] !== "create") return done(JSON.stringify({ "virtual-size": 2 ** 50 }));
  const error = createErrors.shift();
  if (error !== undefined) return failed(error);
  const backing = args.indexOf("-b");
  await writeFile(join(cwd, args.at(-2) ?? ""), backing < 0 ? "disk" : `disk on ${args[backing + 1] ?? ""}`);
  return done("");
}

interface Place {
  readonly cwd: string;
  readonly passes: readonly number[];
  /** Where it notes what happens. */
  readonly folder: string;
}

function start(args: readonly string[], { cwd, passes, folder }: Place): ChildProcess {
  return spawn(process.execPath, [program, ...args], {
    cwd,
    env: { FAKE_QEMU: folder },
    detached: true,
    stdio: ["ignore", "ignore", "pipe", ...passes, "ipc"],
  });
}

async function untilReady(child: ChildProcess): Promise<ExecResult> {
  let stderr = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  const ready = once(child, "message").then(() => true);
  const isReady = await Promise.race([ready, once(child, "close").then(() => false)]);
  if (!isReady) return failed(stderr);
  child.stderr?.destroy();
  child.unref();
  return done("");
}

function done(stdout: string): ExecResult {
  return { exitCode: 0, stdout, stderr: "" };
}

function failed(stderr: string): ExecResult {
  return { exitCode: 1, stdout: "", stderr };
}
