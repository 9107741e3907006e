import type { ContainerDetail } from "../runtime/port.ts";
import { callWithin, type RuntimeAccess } from "./context.ts";

const logLines = 20;
const probeCount = 3;
const readLimitMs = 10_000;

/** What a person needs to see of a container that is not well: last probe outputs, the engine's own error, last log lines. */
export async function evidence(id: string, context: RuntimeAccess): Promise<string[]> {
  const detail = await context.runtime.inspectContainer(id, callWithin(context, readLimitMs)).catch(() => undefined); // The problem that led here matters more than a missing detail.
  return [...(detail === undefined ? [] : describe(detail)), ...(await lastLogLines(id, context))];
}

function describe(detail: ContainerDetail): string[] {
  const probes = detail.probes.slice(-probeCount).flatMap(({ exitCode, output, at }) => {
    const [first = "(no output)", ...more] = output.trim() === "" ? [] : output.trim().split("\n").slice(-10);
    return [`probe at ${at}, exit code ${exitCode}: ${first}`, ...more.map((line) => `  ${line}`)];
  });
  return [...(detail.error === undefined ? [] : [`engine: ${detail.error}`]), ...probes];
}

/** The last log lines of a container; none where they cannot be read in time. */
export async function lastLogLines(id: string, context: RuntimeAccess): Promise<string[]> {
  const lines: string[] = [];
  const signal = AbortSignal.any([context.signal, AbortSignal.timeout(readLimitMs)]);
  try {
    for await (const { line } of context.runtime.logs(id, { follow: false, tail: logLines }, signal)) {
      lines.push(`log: ${line}`);
    }
  } catch {
    // A log driver without reading, or a container that is gone: the lines are extra.
  }
  return lines.slice(-logLines);
}
