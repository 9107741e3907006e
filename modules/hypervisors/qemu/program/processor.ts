import { readFileSync } from "node:fs";
import { release } from "node:os";
import * as z from "zod";

/** What a guest sees of the workstation that it runs on directly, and what its virtual devices in the kernel are like. */
export interface HostProcessor {
  readonly model?: string | undefined;
  /** A firmware, a microcode or a kernel's mitigation may take some away from the same model. */
  readonly flags?: string | undefined;
  readonly kernel: string;
}

export const hostProcessorSchema: z.ZodType<HostProcessor> = z.strictObject({
  model: z.string().optional(),
  flags: z.string().optional(),
  kernel: z.string(),
});

/** Of the text of /proc/cpuinfo, and the kernel's release. Source: proc_cpuinfo(5). Its other lines change from moment to moment. */
export function hostProcessor(cpuinfo: string, kernel: string): HostProcessor {
  const first = (name: string): string | undefined => new RegExp(`^${name}\\s*: (.*)$`, "mu").exec(cpuinfo)?.[1];
  return { model: first("model name"), flags: first("flags"), kernel };
}

export function thisProcessor(): HostProcessor {
  return hostProcessor(readFileSync("/proc/cpuinfo", "utf8"), release());
}

/**
 * Why a guest that ran on one processor directly cannot go on on another, as the end of a sentence; undefined where it can. It has
 * found out once which instructions there are, and more of them do no harm; nor does another kernel, which takes what an older one has saved.
 */
export function processorRefusal(was: HostProcessor, is: HostProcessor): string | undefined {
  if (was.model !== is.model) return `on the processor ${was.model ?? "unknown"}, and here is ${is.model ?? "unknown"}`;
  const present = new Set(wordsOf(is.flags));
  const missing = wordsOf(was.flags).filter((flag) => !present.has(flag));
  return missing.length === 0 ? undefined : `on a processor that had ${missing.join(" ")}, which is missing here now`;
}

function wordsOf(text = ""): readonly string[] {
  return text.split(" ").filter((word) => word !== "");
}
