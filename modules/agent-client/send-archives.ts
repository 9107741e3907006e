import { createReadStream, type ReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { basename } from "node:path";
import type { Clock } from "../base/clock.ts";
import { showElapsed } from "../base/elapsed.ts";
import { messageOf, StackhouseError } from "../base/errors.ts";
import type { Progress } from "../base/progress.ts";
import type { AgentCall, AgentClient } from "./types.ts";

/** An image archive on the workstation. */
export interface ArchiveFile {
  /** Absolute. */
  readonly path: string;
  /** SHA-256 in hexadecimal. */
  readonly digest: string;
}

export interface SendCall extends AgentCall {
  readonly progress: Progress;
  readonly clock: Clock;
  /** Longest time that one archive may take, milliseconds. */
  readonly deadlineMs: number;
  /** Whether a host that lost this image of an archive needs the archive again. */
  readonly isNeeded: (reference: string) => boolean;
}

/** Sends the archives that a host lacks: those never loaded there, and those of which a needed image is gone. */
export async function sendArchives(
  api: Pick<AgentClient, "archives" | "loadImages">,
  files: readonly ArchiveFile[],
  { progress, clock, isNeeded, ...call }: SendCall,
): Promise<void> {
  if (files.length === 0) return;
  const digests = files.map(({ digest }) => digest);
  const loaded = await api.archives(digests, { signal: call.signal });
  for (const { path, digest } of files) {
    const isComplete = loaded[digest]?.every(({ reference, present }) => present || !isNeeded(reference));
    if (isComplete === true) continue;
    const size = await sizeOf(path);
    let reading: ReadStream | undefined;
    let heard = "";
    const open = (): ReadStream => (reading = createReadStream(path));
    // Shown each second: other words, as of the way to the agent, would stand for minutes.
    const doing = (): string =>
      `sending images of ${basename(path)}, ${megabytes(reading?.bytesRead ?? 0)} of ${megabytes(size)} MB${heard}`;
    const onProgress = (text: string): void => void (heard = ` (${text})`);
    const { deadlineMs } = call;
    await showElapsed(doing, { clock, progress, deadlineMs }, () =>
      api.loadImages({ digest, open }, { ...call, onProgress }),
    );
  }
}

async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    throw new StackhouseError("input.invalid", `the image archive ${path} cannot be read: ${messageOf(error)}`, {
      hint: "put it back, or make it anew (docker save, or debianImages), and run this again",
      cause: error,
    });
  }
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(bytes < 10e6 ? 1 : 0);
}
