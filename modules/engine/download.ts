import { randomUUID } from "node:crypto";
import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { withDeadline } from "../base/deadline.ts";
import { messageOf, StackhouseError } from "../base/errors.ts";
import { seconds } from "../base/wait.ts";
import { showElapsed } from "../base/elapsed.ts";
import { runGroup } from "./process-group.ts";
import type { EnginePorts } from "./types.ts";
import { engineVersion } from "./version.ts";

/** How long the download site may take to answer before it counts as unreachable, milliseconds. */
const reachDeadlineMs = 5_000;
const downloadDeadlineMs = 5 * 60_000;

export type DownloadOutcome = { readonly done: true } | { readonly done: false; readonly reason: string };

/**
 * Installs the official release into `root`, with its own installer. A site that does not answer is no error. The installer
 * works in a folder of this attempt's and is killed with all it started, so that nothing writes on when this has ended.
 */
export async function downloadEngine(
  root: string,
  ports: EnginePorts,
  site = "https://get.pulumi.com",
): Promise<DownloadOutcome> {
  const installer = await fetchInstaller(`${site}/install.sh`, ports);
  if ("problem" in installer) return { done: false, reason: `${site} can not be reached: ${installer.problem}` };
  const attempt = `${root}.${randomUUID()}`;
  await mkdir(attempt, { recursive: true });
  try {
    await writeFile(join(attempt, "install.sh"), installer.script);
    await showElapsed(
      () => `downloading Pulumi ${engineVersion}`,
      ports,
      () => install(attempt, ports),
    );
    await rename(join(attempt, "engine"), root);
    return { done: true };
  } catch (error) {
    ports.signal.throwIfAborted();
    return { done: false, reason: `download from ${site} failed: ${messageOf(error)}` };
  } finally {
    await rm(attempt, { recursive: true, force: true });
  }
}

async function fetchInstaller(
  url: string,
  { signal }: EnginePorts,
): Promise<{ readonly script: string } | { readonly problem: string }> {
  try {
    const response = await fetch(url, { signal: AbortSignal.any([signal, AbortSignal.timeout(reachDeadlineMs)]) });
    return response.ok ? { script: await response.text() } : { problem: `HTTP status ${response.status}` };
  } catch (error) {
    signal.throwIfAborted();
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    return { problem: messageOf(cause) };
  }
}

/** Not `PulumiCommand.install`, which runs the same but cannot be ended. */
async function install(attempt: string, { clock, env, signal }: EnginePorts): Promise<void> {
  const options = ["--no-edit-path", "--install-root", join(attempt, "engine"), "--version", engineVersion];
  const installer = { program: "/bin/sh", args: [join(attempt, "install.sh"), ...options], cwd: attempt, env };
  const late = (): StackhouseError =>
    new StackhouseError("deadline", `it did not end within ${seconds(downloadDeadlineMs)}`);
  await withDeadline({ clock, signal, deadlineMs: downloadDeadlineMs }, late, async (killSignal) => {
    const { code, stderr } = await runGroup(installer, { killSignal });
    killSignal.throwIfAborted();
    if (code !== 0) throw new Error(stderr.trim().split("\n").at(-1) || `exit code ${code ?? "none"}`);
  });
}
