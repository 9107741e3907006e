import { readFile, access, constants, stat } from "node:fs/promises";
import { cpus, release } from "node:os";
import { createHash } from "node:crypto";
import { join } from "node:path";
import * as z from "zod";
import { parseJson } from "../../../system/json.ts";
import { readFileIfPresent, writeFileAtomic } from "../../../system/files.ts";
import { isAtLeast } from "../../../base/version-order.ts";
import type { DriverCall } from "../../driver.ts";
import { inTrial, trialArguments } from "./trial.ts";
import type { QemuPorts } from "../ports.ts";
import { oldestForManyEmulatedProcessors } from "./version.ts";

/** `tcg-single` emulates all processors in one thread. */
export type Accelerator = "kvm" | "tcg" | "tcg-single";

export interface AcceleratorFinding {
  readonly accelerator: Accelerator;
  /** Why, as `doctor` shows it. */
  readonly reason: string;
}

const findingSchema: z.ZodType<AcceleratorFinding> = z.strictObject({
  accelerator: z.enum(["kvm", "tcg", "tcg-single"]),
  reason: z.string(),
});

const bootDeadlineMs = 5_000;

/**
 * KVM only where it has really booted this kernel to its first words: that /dev/kvm opens proves nothing (on hosts that are
 * themselves guests it was seen to open, run the firmware and hang). The finding is kept by QEMU, kernel and processor.
 */
export async function findAccelerator(
  {
    kernel,
    qemuVersion,
  }: {
    /** The kernel to try; undefined where there is no base image yet. */
    readonly kernel: string | undefined;
    readonly qemuVersion: string;
  },
  ports: QemuPorts,
  call: DriverCall,
): Promise<AcceleratorFinding> {
  const refusal = await kvmRefusal();
  if (refusal !== undefined) return emulation(refusal, qemuVersion);
  if (kernel === undefined) return emulation("KVM is not probed before there is a base image to boot", qemuVersion);

  const machine = JSON.stringify([qemuVersion, release(), cpus()[0]?.model, (await stat(kernel)).size]);
  const record = join(
    ports.home.cache.root,
    "probes",
    `${createHash("sha256").update(machine).digest("hex").slice(0, 16)}.json`,
  );
  const known = await readFileIfPresent(record);
  if (known !== undefined) {
    const finding = findingSchema.safeParse(parseJson(known));
    if (finding.success && (finding.data.accelerator === "kvm" || (await isFresh(record)))) return finding.data;
  }
  const { booted, seconds } = await bootWithKvm(kernel, ports, call);
  const finding: AcceleratorFinding = booted
    ? { accelerator: "kvm", reason: `KVM booted a kernel in ${seconds} s` }
    : emulation(`KVM is there and did not boot a kernel within ${seconds} s`, qemuVersion);
  await writeFileAtomic(record, JSON.stringify(finding));
  return finding;
}

/** What kept KVM from booting a kernel may pass: another hypervisor that held it, or a busy machine. */
async function isFresh(record: string): Promise<boolean> {
  return Date.now() - (await stat(record)).mtimeMs < failureKeptMs;
}

const failureKeptMs = 60 * 60_000;

function emulation(reason: string, qemuVersion: string): AcceleratorFinding {
  if (isAtLeast(qemuVersion, oldestForManyEmulatedProcessors)) return { accelerator: "tcg", reason };
  return {
    accelerator: "tcg-single",
    reason: `${reason}; QEMU ${qemuVersion} emulates on one processor, ${oldestForManyEmulatedProcessors} and newer on many`,
  };
}

/** Why KVM cannot be, as far as that is seen without trying. */
export async function kvmRefusal(): Promise<string | undefined> {
  const cpuInfo = (await readFileIfPresent("/proc/cpuinfo")) ?? "";
  if (!/^flags.*\b(vmx|svm)\b/m.test(cpuInfo)) return "the processor offers no virtualization (neither vmx nor svm)";
  try {
    await access("/dev/kvm", constants.R_OK | constants.W_OK);
    return undefined;
  } catch {
    return "/dev/kvm cannot be opened: load the kvm module, or join the group kvm";
  }
}

async function bootWithKvm(
  kernel: string,
  ports: QemuPorts,
  call: DriverCall,
): Promise<{ readonly booted: boolean; readonly seconds: string }> {
  const { signal } = call;
  return await inTrial(ports, call, async (folder) => {
    const started = performance.now();
    // The kernel panics for want of a root disk, and then resets: -no-reboot makes that the end.
    await ports.runner
      .exec(
        "qemu-system-x86_64",
        [
          ...[...(await trialArguments(folder)), "-no-reboot"],
          ...["-machine", "pc-i440fx-7.2", "-accel", "kvm", "-cpu", "host", "-m", "256"],
          ...["-kernel", kernel, "-append", "console=ttyS0 panic=-1"],
          ...["-serial", "file:serial.log"],
        ],
        { cwd: folder.path, signal, timeoutMs: bootDeadlineMs },
      )
      .catch((error: unknown) => {
        signal.throwIfAborted();
        return error;
      });
    const words = await readFile(folder.serialLog, "utf8").catch(() => "");
    return { booted: words.includes("Linux version"), seconds: ((performance.now() - started) / 1000).toFixed(1) };
  });
}
