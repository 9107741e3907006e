import { createHash } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { Readable } from "node:stream";
import { StackhouseError } from "../../modules/base/errors.ts";
import { RuntimeError } from "../runtime/errors.ts";
import type { Runtime } from "../runtime/port.ts";
import type { ArchiveStore } from "../store/archives.ts";
import type { SentEvent } from "./answer.ts";
import { createChannel } from "./channel.ts";

interface ImagePorts {
  readonly runtime: Runtime;
  readonly archives: ArchiveStore;
}

interface LoadRequest {
  readonly request: IncomingMessage;
  /** SHA-256 of the archive, as its sender says. */
  readonly archive: string;
}

const loadLimitMs = 60 * 60_000;
const imageLimitMs = 30_000;

/** Digests of the images that are there, by reference. */
export async function imageDigests(
  references: readonly string[],
  runtime: Runtime,
  signal: AbortSignal,
): Promise<Record<string, string>> {
  const found = await Promise.all(
    references.map(async (reference): Promise<[string, string][]> => {
      const digest = await runtime.resolveImage(reference, { signal, deadlineMs: imageLimitMs });
      return digest === undefined ? [] : [[reference, digest]];
    }),
  );
  return Object.fromEntries(found.flat());
}

/** Loads the archive that the request's body is and remembers what it held: `progress` events, then `loaded`. */
export function loadImages(
  { request, archive }: LoadRequest,
  { runtime, archives }: ImagePorts,
  signal: AbortSignal,
): AsyncIterable<SentEvent> {
  if (request.headers["content-type"] !== "application/x-tar") {
    throw new StackhouseError("input.invalid", "images are sent as application/x-tar");
  }
  const channel = createChannel<SentEvent>(signal);
  const onProgress = (text: string): void => void channel.send({ event: "progress", data: { text } });
  const load = async (): Promise<void> => {
    try {
      const { content, digest } = hashed(request);
      const references = await runtime.loadImages(content, { signal, deadlineMs: loadLimitMs, onProgress });
      const found = await digest();
      if (found !== archive) {
        throw new StackhouseError(
          "input.invalid",
          `the archive changed on its way: it was ${archive} and came as ${found}`,
        );
      }
      archives.record(archive, await imageDigests(references, runtime, signal));
      await channel.send({ event: "loaded", data: { references } });
      channel.end();
    } catch (error) {
      channel.fail(unreadable(error) ? new StackhouseError("input.invalid", error.message, { cause: error }) : error);
    }
  };
  void load();
  return channel.items;
}

/** The content as it is read, and its SHA-256 once all of it was: what the reader leaves is read then. */
function hashed(source: Readable): { readonly content: AsyncIterable<Buffer>; readonly digest: () => Promise<string> } {
  const hash = createHash("sha256");
  const chunks = (): AsyncIterable<Buffer> => source.iterator({ destroyOnReturn: false });
  async function* read(): AsyncGenerator<Buffer> {
    for await (const chunk of chunks()) {
      hash.update(chunk);
      yield chunk;
    }
  }
  const digest = async (): Promise<string> => {
    for await (const chunk of chunks()) hash.update(chunk);
    return hash.digest("hex");
  };
  return { content: read(), digest };
}

/** What is left of archives that were loaded here. An image that another one took the name of is gone. */
export async function loadedArchives(
  digests: readonly string[],
  { runtime, archives }: ImagePorts,
  signal: AbortSignal,
): Promise<Record<string, { reference: string; present: boolean }[]>> {
  const known = await Promise.all(
    digests.map(async (digest): Promise<[string, { reference: string; present: boolean }[]][]> => {
      const images = archives.images(digest);
      if (images === undefined) return [];
      const now = await imageDigests(Object.keys(images), runtime, signal);
      const left = Object.entries(images).map(([reference, image]) => ({
        reference,
        present: now[reference] === image,
      }));
      return [[digest, left]];
    }),
  );
  return Object.fromEntries(known.flat());
}

/** Here the archive is the client's: that it cannot be read is not a failed pull. */
function unreadable(error: unknown): error is RuntimeError {
  return error instanceof RuntimeError && error.kind === "image-pull-failed";
}
