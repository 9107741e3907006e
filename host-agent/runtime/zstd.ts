import { Readable } from "node:stream";
import { createZstdDecompress } from "node:zlib";

/** First bytes of a zstd frame. Source: RFC 8878, section 3.1.1. */
const magic = Buffer.from([0x28, 0xb5, 0x2f, 0xfd]);

/** The bytes of an archive, unpacked where it is compressed with zstd, which engines before 23.0 do not read. */
export async function* withoutZstd(archive: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const chunks = archive[Symbol.asyncIterator]();
  let head: Buffer = Buffer.alloc(0);
  while (head.length < magic.length) {
    const next = await chunks.next();
    if (next.done === true) break;
    head = Buffer.concat([head, next.value]);
  }
  const whole = Readable.from(prepend(head, chunks));
  if (!head.subarray(0, magic.length).equals(magic)) {
    yield* whole as AsyncIterable<Uint8Array>;
    return;
  }
  const unpacked = createZstdDecompress();
  whole.once("error", (error) => unpacked.destroy(error));
  try {
    yield* whole.pipe(unpacked) as AsyncIterable<Uint8Array>;
  } finally {
    whole.destroy();
  }
}

async function* prepend(head: Uint8Array, rest: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield head;
  for (let next = await rest.next(); next.done !== true; next = await rest.next()) yield next.value;
}
