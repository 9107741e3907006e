import { readFile, mkdtemp, rm, access, constants, stat } from "node:fs/promises";
import { cpus, release, tmpdir } from "node:os";
import { createHash } from "node:crypto";
import { join } from "node:path";
import * as z from "zod";
import { readFileIfPresent, writeFileAtomic } from "../../system/files.ts";
import type { Runner } from "../../system/exec.ts";
import type { Home } from "../../system/home.ts";
import type { Accelerator } from "./argv.ts";

export interface AcceleratorFinding {
  readonly accelerator: Accelerator;
  /** Why, as `doctor` shows it. */
  readonly reason: string;
}

const findingSchema: z.ZodType<AcceleratorFinding> = z.strictObject({
  accelerator: z.enum(["kvm", "tcg"]),
  reason: z.string(),
});

const bootDeadlineMs = 5_000;

/**
 * KVM only where it has really booted this kernel to its first words: that /dev/kvm opens proves nothing (on hosts that are
 * themselves guests it was seen to open, run the firmware and hang). The finding is kept by QEMU, kernel and processor.
 */
export async function findAccelerator(options: {
  readonly home: Home;
  readonly runner: Runner;
  /** The kernel to try; undefined where there is no base image yet. */
  readonly kernel: string | undefined;
  readonly qemuVersion: string;
  readonly signal: AbortSignal;
}): Promise<AcceleratorFinding> {
  const cheap = await cheapRefusal();
  if (cheap !== undefined) return { accelerator: "tcg", reason: cheap };
  const { kernel } = options;
  if (kernel === undefined)
    return { accelerator: "tcg", reason: "KVM is not probed before there is a base image to boot" };

  const machine = JSON.stringify([options.qemuVersion, release(), cpus()[0]?.model, (await stat(kernel)).size]);
  const record = join(
    options.home.cache.root,
    "probes",
    `${createHash("sha256").update(machine).digest("hex").slice(0, 16)}.json`,
  );
  const known = await readFileIfPresent(record);
  if (known !== undefined) {
    const finding = findingSchema.safeParse(JSON.parse(known));
    if (finding.success) return finding.data;
  }
  const finding = await bootWithKvm(kernel, options.runner, options.signal);
  await writeFileAtomic(record, JSON.stringify(finding));
  return finding;
}

async function cheapRefusal(): Promise<string | undefined> {
  const cpuInfo = (await readFileIfPresent("/proc/cpuinfo")) ?? "";
  if (!/^flags.*\b(vmx|svm)\b/m.test(cpuInfo)) return "the processor offers no virtualization (neither vmx nor svm)";
  try {
    await access("/dev/kvm", constants.R_OK | constants.W_OK);
    return undefined;
  } catch {
    return "/dev/kvm cannot be opened: load the kvm module, or join the group kvm";
  }
}

async function bootWithKvm(kernel: string, runner: Runner, signal: AbortSignal): Promise<AcceleratorFinding> {
  const folder = await mkdtemp(join(tmpdir(), "stackhouse-probe-"));
  const serial = join(folder, "serial.log");
  const started = performance.now();
  try {
    // The kernel panics for want of a root disk, and then resets: -no-reboot makes that the end.
    await runner
      .exec(
        "qemu-system-x86_64",
        [
          ...["-nodefaults", "-no-user-config", "-display", "none", "-no-reboot"],
          ...["-machine", "pc-i440fx-7.2", "-accel", "kvm", "-cpu", "host", "-m", "256"],
          ...["-kernel", kernel, "-append", "console=ttyS0 panic=-1"],
          ...["-serial", `file:${serial}`],
        ],
        { signal, timeoutMs: bootDeadlineMs },
      )
      .catch((error: unknown) => {
        signal.throwIfAborted();
        return error;
      });
    const words = await readFile(serial, "utf8").catch(() => "");
    const took = ((performance.now() - started) / 1000).toFixed(1);
    return words.includes("Linux version")
      ? { accelerator: "kvm", reason: `KVM booted a kernel in ${took} s` }
      : { accelerator: "tcg", reason: `KVM is there and did not boot a kernel within ${took} s` };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
