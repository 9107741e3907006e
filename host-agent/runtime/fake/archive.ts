import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import { extract } from "tar-stream";
import * as z from "zod";
import { RuntimeError } from "../errors.ts";
import { withoutZstd } from "../zstd.ts";

const manifestSchema = z.array(z.object({ Config: z.string(), RepoTags: z.array(z.string()).nullable() }));

/** Digest by reference, or by itself where there is none, of a `docker save` archive. The digest of an image is that of its config, as in Docker Engine. */
export async function readImageArchive(archive: AsyncIterable<Uint8Array>): Promise<Map<string, string>> {
  const files = new Map<string, Buffer>();
  try {
    const entries = extract();
    Readable.from(withoutZstd(archive))
      .on("error", (error) => entries.destroy(error))
      .pipe(entries);
    for await (const entry of entries) {
      const content: Uint8Array[] = [];
      for await (const chunk of entry) content.push(chunk as Uint8Array);
      if (entry.header.name.endsWith(".json")) files.set(entry.header.name, Buffer.concat(content));
    }
    const manifest = manifestSchema.parse(JSON.parse(files.get("manifest.json")?.toString() ?? ""));
    const images = new Map<string, string>();
    for (const { Config, RepoTags } of manifest) {
      const config = files.get(Config);
      if (config === undefined) throw new Error(`the archive lacks ${Config}`);
      const digest = `sha256:${createHash("sha256").update(config).digest("hex")}`;
      for (const tag of RepoTags ?? [digest]) images.set(tag, digest);
    }
    return images;
  } catch (cause) {
    throw new RuntimeError("image-pull-failed", "the image archive could not be read", { cause });
  }
}
