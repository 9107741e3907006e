import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { basename, resolve } from "node:path";
import { pipeline } from "node:stream/promises";
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
      failures.push({ property: `imageArchives[${index}]`, reason: `there is no image archive ${resolve(path)}` });
    }
  }
  return failures.length === 0 ? { ok: true, digests } : { ok: false, failures };
}

/**
 * Sends the archives that the host lacks: those never sent there, and those of which an image that the app uses is gone.
 * Gives the references that each archive held, by its digest.
 */
export async function loadArchives(
  api: AgentApi,
  inputs: AppInputs,
  app: { readonly model: Model; readonly loadedBefore: Readonly<Record<string, readonly string[]>> },
  call: Call,
): Promise<Record<string, string[]>> {
  if (inputs.archives.length === 0) return {};
  const used = new Set(Object.values(app.model.services).flatMap(({ image }) => (image === undefined ? [] : [image])));
  const look = { signal: call.signal };
  const there = new Set(Object.keys(await api.images([...used], look)));
  const loaded: Record<string, string[]> = {};
  for (const [index, digest] of inputs.archives.entries()) {
    const held = app.loadedBefore[digest];
    const path = inputs.imageArchives[index];
    const complete = held?.filter((reference) => used.has(reference)).every((reference) => there.has(reference));
    if (held !== undefined && complete === true) loaded[digest] = [...held];
    else if (path !== undefined) {
      const name = basename(path);
      call.progress.status(`sending images of ${name}`);
      const references = await api.loadImages(() => createReadStream(resolve(path)), {
        signal: call.signal,
        deadlineMs: call.deadlineMs,
        onProgress: (text) => {
          call.progress.status(`sending images of ${name} (${text})`);
        },
      });
      loaded[digest] = [...references];
    }
  }
  return loaded;
}
