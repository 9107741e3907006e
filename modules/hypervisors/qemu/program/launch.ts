import { open, rename, rm } from "node:fs/promises";
import { StackhouseError } from "../../../base/errors.ts";
import { isErrno } from "../../../system/files.ts";
import type { DriverCall } from "../../driver.ts";
import type { ProcessRecord, VmFolder } from "../folder.ts";
import { lastLines, tailOf } from "./lines.ts";
import type { QemuPorts } from "../ports.ts";
import { processOfPidFile } from "./process.ts";
import { exhaustion } from "./resources.ts";

const launchDeadlineMs = 30_000;

/** A port that was free a moment ago and is not any more: the caller chooses again. */
export class PortLost extends Error {}

/** QEMU has ended at once, and not for want of something: `details` are its own words. */
export class QemuRefused extends StackhouseError {
  constructor(details: readonly string[]) {
    super("vm.exited", "QEMU does not start", { details });
  }
}

/** Runs QEMU until it has made itself a daemon, in a session of its own, and records the process. */
export async function launch(
  folder: VmFolder,
  argv: readonly string[],
  { runner }: QemuPorts,
  call: DriverCall,
): Promise<ProcessRecord> {
  await keepPreviousLog(folder);
  await rm(folder.pidFile, { force: true });
  const { signal } = call;
  await using directory = await open(folder.path);
  const result = await runner.exec("qemu-system-x86_64", argv, {
    cwd: folder.path,
    // See `ownFolder`.
    passes: [directory.fd],
    signal,
    timeoutMs: launchDeadlineMs,
    // It lives for weeks: whatever secrets the environment of this run holds are not for it.
    inherits: ["PATH", "HOME"],
  });
  if (result.exitCode !== 0) throw launchError(result.stderr);
  const record = await processOfPidFile(folder);
  if (record === undefined) {
    throw new StackhouseError("vm.exited", "QEMU ended as soon as it had started", {
      details: await tailOf(folder.serialLog, 6),
    });
  }
  await folder.writeProcess(record);
  return record;
}

/** QEMU starts the log anew; how the last run ended stays to be read. */
async function keepPreviousLog(folder: VmFolder): Promise<void> {
  try {
    await rename(folder.serialLog, folder.file("serial.previous.log"));
  } catch (error) {
    if (!isErrno(error, "ENOENT")) throw error;
  }
}

/** What QEMU said on its way out. Texts observed with QEMU 7.2. */
function launchError(stderr: string): Error {
  if (/could not set up host forwarding rule/i.test(stderr)) return new PortLost(stderr.trim());
  const details = lastLines(stderr, 6);
  return exhaustion(stderr, details) ?? new QemuRefused(details);
}
