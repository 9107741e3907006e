import type { Stream } from "node:stream";

/** What a stream fails with whose other end is gone: the reader of a pipe, or the terminal. */
const goneCodes: ReadonlySet<string | undefined> = new Set(["EPIPE", "EIO", "ENXIO"]);

interface Broken {
  /** At each use of a stream whose other end is gone. */
  readonly gone: () => void;
  /** At any other error of it, as that of a disk that is full. */
  readonly failed: (error: NodeJS.ErrnoException) => void;
}

export function whenBroken(stream: Stream, { gone, failed }: Broken): void {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (goneCodes.has(error.code)) gone();
    else failed(error);
  });
}
