import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { resolve } from "node:path";
import { pipeline } from "node:stream/promises";
import { sendArchives } from "../../../agent-client/send-archives.ts";
import type { Clock } from "../../../base/clock.ts";
import type { Model } from "../../../stackfile/model.ts";
import { isErrno } from "../../../system/files.ts";
import type { Call, CheckFailure } from "../../kit/resource.ts";
import { hasUnknown, isList, unknownValue, type Value } from "../../kit/values.ts";
import type { AgentApi } from "../../ports.ts";
import type { AppInputs } from "../schema.ts";

export type Digests =
  /** SHA-256 of each archive in hexadecimal; unknown where their paths are. */
  | { readonly ok: true; readonly digests: readonly string[] | typeof unknownValue }
  | { readonly ok: false; readonly failures: readonly CheckFailure[] };

export async function digestArchives(paths: Value | undefined, signal: AbortSignal): Promise<Digests> {
  if (hasUnknown(paths)) return { ok: true, digests: unknownValue };
  const digests: string[] = [];
  const failures: CheckFailure[] = [];
  for (const [index, path] of (isList(paths) ? paths.map(String) : []).entries()) {
    try {
      const hash = createHash("sha256");
      await pipeline(createReadStream(resolve(path)), hash, { signal });
      digests.push(hash.digest("hex"));
    } catch (error) {
      if (!isErrno(error, "ENOENT")) throw error;
      failures.push({
        property: `imageArchives[${index}]`,
        reason: `there is no image archive ${resolve(path)}; docker save, or debianImages, makes one`,
      });
    }
  }
  return failures.length === 0 ? { ok: true, digests } : { ok: false, failures };
}

/** Sends the archives that the host lacks; an image that the app does not use may be gone there. */
export async function loadArchives(
  api: AgentApi,
  inputs: AppInputs,
  model: Model,
  call: Call & { readonly clock: Clock },
): Promise<void> {
  const used = new Set(Object.values(model.services).map(({ image }) => image));
  const files = inputs.archives.flatMap((digest, index) => {
    const path = inputs.imageArchives[index];
    return path === undefined ? [] : [{ digest, path: resolve(path) }];
  });
  const { signal, progress, clock, deadlineMs } = call;
  const isNeeded = (reference: string): boolean => used.has(reference);
  await sendArchives(api, files, { signal, progress, clock, deadlineMs, isNeeded });
}
