import type { Stream } from "node:stream";

/** What a stream fails with whose other end is gone: the reader of a pipe, or the terminal. */
const goneCodes: ReadonlySet<string | undefined> = new Set(["EPIPE", "EIO", "ENXIO"]);

/** Does this at each use of a stream whose other end is gone; any other error of it is thrown. */
export function whenClosed(stream: Stream, then: () => void): void {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (!goneCodes.has(error.code)) throw error;
    then();
  });
}
