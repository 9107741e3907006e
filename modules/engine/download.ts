import { rm } from "node:fs/promises";
import { PulumiCommand } from "@pulumi/pulumi/automation/index.js";
import { unlessAborted } from "../base/deadline.ts";
import { messageOf } from "../base/errors.ts";
import { showElapsed } from "./elapsed.ts";
import type { EnginePorts } from "./types.ts";
import { engineVersion } from "./version.ts";

/** How long the download site may take to answer before it counts as unreachable, milliseconds. */
const reachDeadlineMs = 5_000;
const downloadDeadlineMs = 5 * 60_000;

export type DownloadOutcome = { readonly done: true } | { readonly done: false; readonly reason: string };

/** Installs the official release into `root`, with `PulumiCommand.install`. A site that does not answer is no error. */
export async function downloadEngine(root: string, ports: EnginePorts): Promise<DownloadOutcome> {
  const site = "https://get.pulumi.com";
  const unreachable = await whyUnreachable(`${site}/latest-version`, ports.signal);
  if (unreachable !== undefined) return { done: false, reason: `${site} can not be reached: ${unreachable}` };
  try {
    await showElapsed(
      () => `downloading Pulumi ${engineVersion}`,
      ports,
      () => install(root, ports.signal),
    );
    return { done: true };
  } catch (error) {
    ports.signal.throwIfAborted();
    await rm(root, { recursive: true, force: true });
    return { done: false, reason: `download from ${site} failed: ${lastLine(messageOf(error))}` };
  }
}

async function whyUnreachable(url: string, signal: AbortSignal): Promise<string | undefined> {
  try {
    const response = await fetch(url, {
      method: "HEAD",
      signal: AbortSignal.any([signal, AbortSignal.timeout(reachDeadlineMs)]),
    });
    return response.ok ? undefined : `HTTP status ${response.status}`;
  } catch (error) {
    signal.throwIfAborted();
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    return messageOf(cause);
  }
}

/**
 * The installer takes no signal: an abort leaves it behind, writing into a temporary folder that nobody uses.
 * Without a version it takes that of the SDK, which is `engineVersion`.
 */
async function install(root: string, signal: AbortSignal): Promise<void> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(downloadDeadlineMs)]);
  await unlessAborted(limit, PulumiCommand.install({ root }));
}

function lastLine(text: string): string {
  return text.trim().split("\n").at(-1) ?? "";
}
