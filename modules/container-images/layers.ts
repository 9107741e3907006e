import { createHash } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import { extract, pack, type Header } from "tar-stream";

/** One entry of a root file system, as far as two entries can be told apart. */
interface EntryIdentity {
  readonly identity: string;
  /** Target of a hard link: it has to be in the same layer. */
  readonly hardLinkTo: string | undefined;
}
type Listing = ReadonlyMap<string, EntryIdentity>;

/** An uncompressed layer on disk. */
export interface Layer {
  readonly path: string;
  /** `sha256:…` of the uncompressed tar: the layer's DiffID. Source: OCI image spec, config.md. */
  readonly diffId: string;
  readonly size: number;
}

/** Reads what a tar holds. Device nodes are left out: engines make their own /dev. */
export async function listEntries(tarPath: string, signal: AbortSignal): Promise<Listing> {
  const listing = new Map<string, EntryIdentity>();
  for await (const { header, content } of entriesOf(tarPath, signal)) {
    const { mode, uid, gid, type, linkname } = header;
    const mtime = header.mtime.getTime();
    const digest = createHash("sha256").update(content).digest("hex");
    listing.set(header.name, {
      identity: JSON.stringify({ mode, uid, gid, mtime, type, linkname, digest }),
      hardLinkTo: type === "link" ? linkname : undefined,
    });
  }
  return listing;
}

/**
 * Names of the entries that all listings hold alike: what becomes the shared layer. A hard link is shared only with its
 * target, and a target that some listing links to from outside the shared layer is not shared.
 */
export function commonEntries(listings: readonly Listing[]): ReadonlySet<string> {
  const [first, ...others] = listings;
  if (first === undefined || others.length === 0) return new Set();
  const common = new Set<string>();
  for (const [name, entry] of first) {
    if (others.every((listing) => listing.get(name)?.identity === entry.identity)) common.add(name);
  }
  for (const listing of listings) {
    for (const [name, { hardLinkTo }] of listing) {
      if (hardLinkTo === undefined || common.has(name) === common.has(hardLinkTo)) continue;
      common.delete(name);
      common.delete(hardLinkTo);
    }
  }
  return common;
}

export interface LayerEntry {
  readonly header: Partial<Header> & Pick<Header, "name">;
  readonly content: Uint8Array;
}

/** Writes the chosen entries of a tar, and then further entries, as a layer; a further entry takes the place of one of its name. */
export async function writeLayer(options: {
  readonly from: string;
  readonly to: string;
  readonly include: (name: string) => boolean;
  readonly extra: readonly LayerEntry[];
  readonly signal: AbortSignal;
}): Promise<Layer> {
  const replaced = new Set(options.extra.map(({ header }) => header.name));
  const digest = createHash("sha256");
  let size = 0;
  await writeTar(
    options.to,
    options.signal,
    async function* () {
      for await (const entry of entriesOf(options.from, options.signal)) {
        const { name } = entry.header;
        if (options.include(name) && !replaced.has(name)) yield entry;
      }
      yield* options.extra;
    },
    (chunk) => {
      digest.update(chunk);
      size += chunk.length;
    },
  );
  return { path: options.to, diffId: `sha256:${digest.digest("hex")}`, size };
}

async function writeTar(
  to: string,
  signal: AbortSignal,
  entries: () => AsyncIterable<LayerEntry>,
  onChunk: (chunk: Uint8Array) => void,
): Promise<void> {
  const packer = pack();
  const fill = async (): Promise<void> => {
    for await (const { header, content } of entries()) {
      await new Promise<void>((resolve, reject) => {
        packer.entry(header, content, (error) => (error ? reject(error) : resolve()));
      });
    }
    packer.finalize();
  };
  const drain = pipeline(
    packer,
    async function* (chunks: AsyncIterable<unknown>) {
      for await (const chunk of chunks as AsyncIterable<Uint8Array>) {
        onChunk(chunk);
        yield chunk;
      }
    },
    createWriteStream(to),
    { signal },
  );
  await Promise.all([drain, fill()]);
}

/** The entries of a tar, one after the other, named without a leading `./`. */
async function* entriesOf(
  tarPath: string,
  signal: AbortSignal,
): AsyncGenerator<{ header: Header; content: Uint8Array }> {
  const reader = extract();
  const fed = pipeline(createReadStream(tarPath), reader, { signal });
  for await (const entry of reader) {
    const chunks: Uint8Array[] = [];
    for await (const chunk of entry) chunks.push(chunk as Uint8Array);
    const { header } = entry;
    if (header.type === "character-device" || header.type === "block-device") continue;
    yield { header: relativeNames(header), content: Buffer.concat(chunks) };
  }
  await fed;
}

function relativeNames(header: Header): Header {
  const relative = (name: string): string => name.replace(/^\.\/(?=.)/, "");
  const linkname = header.type === "link" ? relative(header.linkname) : header.linkname;
  return { ...header, name: relative(header.name), linkname };
}
