export interface Frame {
  readonly stream: "stdout" | "stderr";
  readonly content: Buffer;
}

const headerSize = 8;
const stderr = 2;

/**
 * Frames of a container's output without a terminal: one byte for the stream, three of padding, four of length, the content.
 * Source: Engine API, "Attach to a container", stream format.
 */
export async function* frames(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Frame> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of bytes) {
    rest = rest.length === 0 ? Buffer.from(chunk) : Buffer.concat([rest, chunk]);
    while (rest.length >= headerSize) {
      const end = headerSize + rest.readUInt32BE(4);
      if (rest.length < end) break;
      yield { stream: rest[0] === stderr ? "stderr" : "stdout", content: rest.subarray(headerSize, end) };
      rest = rest.subarray(end);
    }
  }
}
