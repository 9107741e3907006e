import { rm } from "node:fs/promises";
import * as z from "zod";
import { isStackhouseError, messageOf, StackhouseError, type ErrorCode } from "../../../base/errors.ts";
import { failedTemplatePath, failedTemplates } from "../../../images/index.ts";
import { readFileIfPresent, writeFileAtomic } from "../../../system/files.ts";
import { parseJson } from "../../../system/json.ts";
import type { VmFolder } from "../folder.ts";
import type { MemoryWay } from "./mapping.ts";
import type { QemuPorts } from "../ports.ts";
import { findProcess } from "../program/process.ts";

// A template that cannot be made, or taken, costs each VM minutes before it boots. So that is noted, and not tried again for a while.

const keptMs = 60 * 60_000;
const failureSchema = z.strictObject({
  reason: z.string(),
  at: z.number(),
  /** Its process has ended, or was silent, for the first time: it may have been killed, or the workstation busy. */
  mayPass: z.literal(true).optional(),
});
type Failure = z.infer<typeof failureSchema>;

/** They say something of the workstation at the moment, or of the one VM, and nothing of the template. */
const passing: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  "vm.disk-full",
  "vm.disk-failed",
  "vm.memory-too-small",
  "vm.port-taken",
  "lock.held",
  "cancelled",
]);

/** @throws `image.corrupt` where a template could be neither made nor taken within the last hour, with the reason that it had */
export async function requireNoFailure(key: string, ports: Pick<QemuPorts, "home" | "clock">): Promise<void> {
  const reason = await failureOf(key, ports);
  if (reason === undefined) return;
  throw new StackhouseError("image.corrupt", `its template ${reason}`, {
    hint: "stackhouse clean --all forgets that; a VM with start: warm tries it at once",
  });
}

/** What keeps VMs from templates that are not tried at the moment, as the ends of sentences. */
export async function notedFailures(ports: Pick<QemuPorts, "home" | "clock">): Promise<readonly string[]> {
  const reasons = await Promise.all((await failedTemplates(ports.home)).map((key) => failureOf(key, ports)));
  return reasons.filter((reason) => reason !== undefined);
}

async function failureOf(key: string, ports: Pick<QemuPorts, "home" | "clock">): Promise<string | undefined> {
  const failure = await lastFailure(key, ports);
  if (failure === undefined || failure.mayPass) return undefined;
  const timeOf = (time: number): string => new Date(time).toLocaleTimeString("en-GB");
  return `failed at ${timeOf(failure.at)}, and is not tried again before ${timeOf(failure.at + keptMs)}: ${failure.reason}`;
}

async function lastFailure(
  key: string,
  { home, clock }: Pick<QemuPorts, "home" | "clock">,
): Promise<Failure | undefined> {
  const text = await readFileIfPresent(failedTemplatePath(home, key));
  const failure = failureSchema.safeParse(parseJson(text ?? "")).data;
  return failure !== undefined && clock.now() - failure.at < keptMs ? failure : undefined;
}

/**
 * Notes that a template could not be made, or taken, in a folder whose process is as the failure has left it. It is the template's
 * fault where QEMU or the guest has said no. A process that has ended may have been killed, as the kernel does where memory is short, or
 * have crashed: who is not its parent cannot tell. One that was silent for all of its time may have had none, on a busy workstation. So
 * either says something of the template when it happens again.
 */
export async function noteFailure(
  key: string,
  { error, folder }: { readonly error: unknown; readonly folder: VmFolder },
  { refusal }: Pick<MemoryWay, "refusal">,
  { home, clock }: QemuPorts,
): Promise<void> {
  // One of a system call is of the workstation.
  if (!isStackhouseError(error) || passing.has(error.code)) return;
  const hasEnded = (await findProcess(folder)).state === "vanished";
  // So is one of every mapping.
  if ((await refusal()) !== undefined) return;
  const wasSilent = error.code === "deadline" || error.code === "agent.silent";
  const isFirst = (hasEnded || wasSilent) && (await lastFailure(key, { home, clock })) === undefined;
  const failure: Failure = { reason: messageOf(error), at: clock.now(), ...(isFirst ? { mayPass: true } : {}) };
  await writeFileAtomic(failedTemplatePath(home, key), JSON.stringify(failure), 0o600);
}

export async function forgetFailure(key: string, { home }: QemuPorts): Promise<void> {
  await rm(failedTemplatePath(home, key), { force: true });
}
