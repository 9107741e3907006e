import { createReadStream } from "node:fs";
import { basename } from "node:path";
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
  /** Whether a host that lost this image of an archive needs the archive again. */
  readonly isNeeded: (reference: string) => boolean;
}

/** Sends the archives that a host lacks: those never loaded there, and those of which a needed image is gone. */
export async function sendArchives(
  api: Pick<AgentClient, "archives" | "loadImages">,
  files: readonly ArchiveFile[],
  { progress, isNeeded, ...call }: SendCall,
): Promise<void> {
  if (files.length === 0) return;
  const digests = files.map(({ digest }) => digest);
  const loaded = await api.archives(digests, { signal: call.signal });
  for (const { path, digest } of files) {
    const isComplete = loaded[digest]?.every(({ reference, present }) => present || !isNeeded(reference));
    if (isComplete === true) continue;
    const doing = `sending images of ${basename(path)}`;
    progress.status(doing);
    const onProgress = (text: string): void => progress.status(`${doing} (${text})`);
    await api.loadImages({ digest, open: () => createReadStream(path) }, { ...call, onProgress });
  }
}
