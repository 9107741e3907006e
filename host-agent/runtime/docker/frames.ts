import { RuntimeError } from "../errors.ts";

export interface Frame {
  readonly stream: "stdout" | "stderr";
  readonly content: Buffer;
}

/** The engine says in the middle of a stream why it does not go on. */
export class StreamBroken extends RuntimeError {
  constructor(message: string) {
    super("internal", `the engine broke the stream off: ${message}`);
  }
}

const headerSize = 8;
const stderr = 2;
/** What the engine itself has to say. Source: moby, api/pkg/stdcopy, `Systemerr`. */
const systemError = 3;

/**
 * Frames of a container's output without a terminal: one byte for the stream, three of padding, four of length, the content.
 * Source: Engine API, "Attach to a container", stream format.
 *
 * @throws `StreamBroken`
 */
export async function* frames(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Frame> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of bytes) {
    rest = rest.length === 0 ? Buffer.from(chunk) : Buffer.concat([rest, chunk]);
    while (rest.length >= headerSize) {
      const end = headerSize + rest.readUInt32BE(4);
      if (rest.length < end) break;
      if (rest[0] === systemError) throw new StreamBroken(rest.toString("utf8", headerSize, end).trim());
      yield { stream: rest[0] === stderr ? "stderr" : "stdout", content: rest.subarray(headerSize, end) };
      rest = rest.subarray(end);
    }
  }
}
