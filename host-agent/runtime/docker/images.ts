import { RuntimeError } from "../errors.ts";
import type { RegistryCredentials } from "../port.ts";
import { withoutZstd } from "../zstd.ts";
import { type InspectedImage, inspectedImageSchema, progressSchema } from "./answers.ts";
import type { EngineClient } from "./client.ts";
import { EngineError, isEngineStatus, toRuntimeError } from "./errors.ts";
import { jsonLines } from "./json-lines.ts";
import { createPullProgress } from "./pull-progress.ts";
import { registryOf, withTag } from "./references.ts";

/** The digest of an image is its id: that of its config, which says the same on every host whatever registry it came from. */
export async function imageDigest(
  engine: EngineClient,
  reference: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  return (await inspectImage(engine, reference, signal))?.Id;
}

/** Targets of the volumes that an image declares; none where it is not on the host. */
export async function imageVolumes(
  engine: EngineClient,
  reference: string,
  signal: AbortSignal,
): Promise<readonly string[]> {
  return Object.keys((await inspectImage(engine, reference, signal))?.Config?.Volumes ?? {});
}

async function inspectImage(
  engine: EngineClient,
  reference: string,
  signal: AbortSignal,
): Promise<InspectedImage | undefined> {
  try {
    const path = `/images/${reference.split("/").map(encodeURIComponent).join("/")}/json`;
    return await engine.json(inspectedImageSchema, { method: "GET", path, signal });
  } catch (error) {
    if (isEngineStatus(error, 404)) return undefined;
    throw error;
  }
}

export interface ImageCall {
  readonly signal: AbortSignal;
  readonly onProgress: (text: string) => void;
}

/** Pulls to the end of the stream: the answer begins before anything is pulled, and failures are messages in it. */
export async function pullImage(
  engine: EngineClient,
  reference: string,
  credentials: RegistryCredentials | undefined,
  { signal, onProgress }: ImageCall,
): Promise<string> {
  const auth = credentials === undefined ? {} : { ...credentials, serveraddress: registryOf(reference) };
  const progress = createPullProgress(reference);
  try {
    const stream = await engine.stream({
      method: "POST",
      path: "/images/create",
      // Without a tag the engine would pull every tag that there is.
      query: { fromImage: withTag(reference) },
      headers: { "x-registry-auth": paddedBase64Url(JSON.stringify(auth)) },
      signal,
    });
    let shown = "";
    for await (const message of jsonLines(progressSchema, stream)) {
      failOn(message);
      const text = progress.add(message);
      if (text !== shown) onProgress(text);
      shown = text;
    }
  } catch (error) {
    throw toRuntimeError(error, "pull");
  }
  const digest = await imageDigest(engine, reference, signal);
  if (digest === undefined) {
    throw new RuntimeError("image-pull-failed", `${reference} was pulled, but it is not on the host`);
  }
  return digest;
}

/** Engines before 23.0 take credentials without padding for none at all, and say nothing. */
function paddedBase64Url(content: string): string {
  return Buffer.from(content).toString("base64").replaceAll("+", "-").replaceAll("/", "_");
}

/** Gives the references of the archive's images: of one without a tag, its id. */
export async function loadImages(
  engine: EngineClient,
  archive: AsyncIterable<Uint8Array>,
  { signal, onProgress }: ImageCall,
): Promise<readonly string[]> {
  const references: string[] = [];
  try {
    const stream = await engine.stream({
      method: "POST",
      path: "/images/load",
      query: { quiet: true },
      archive: withoutZstd(archive),
      signal,
    });
    for await (const message of jsonLines(progressSchema, stream)) {
      failOn(message);
      const reference = /^Loaded image(?: ID)?: (\S+)/.exec(message.stream ?? "")?.[1];
      if (reference === undefined) continue;
      references.push(reference);
      onProgress(`loaded ${reference}`);
    }
  } catch (error) {
    throw toRuntimeError(error, "load");
  }
  return references;
}

function failOn({
  error,
  errorDetail,
}: {
  error?: string | undefined;
  errorDetail?: { message?: string | undefined } | undefined;
}): void {
  const message = errorDetail?.message ?? error;
  if (message !== undefined) throw new EngineError(500, message);
}
