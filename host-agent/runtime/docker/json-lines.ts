import type { Readable } from "node:stream";
import type { z } from "zod";

/** The messages of a stream of JSON values, one a line. A stream that breaks off ends in its error. */
export async function* jsonLines<T>(schema: z.ZodType<T>, stream: Readable): AsyncGenerator<T> {
  let rest = "";
  const decoder = new TextDecoder();
  for await (const chunk of stream as AsyncIterable<Uint8Array>) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) if (line.trim() !== "") yield schema.parse(JSON.parse(line));
  }
  if (rest.trim() !== "") yield schema.parse(JSON.parse(rest));
}
