/** A stream to write to, as far as one waits for it. */
interface Waited {
  readonly destroyed?: boolean;
  on(event: "drain" | "close", listener: () => void): unknown;
  off(event: "drain" | "close", listener: () => void): unknown;
}

/**
 * Waits until a stream that said "no more for now" takes more; or until it, or one of the others, is closed: then nobody reads
 * on. Leaves no listener behind, which a race of two `once` does: one of them for every pause of a reader.
 */
export async function drained(stream: Waited, ...others: readonly Waited[]): Promise<void> {
  const all = [stream, ...others];
  if (all.some(({ destroyed }) => destroyed)) return; // Its `close` may have been before.
  await new Promise<void>((resolve) => {
    const goOn = (): void => {
      stream.off("drain", goOn);
      for (const one of all) one.off("close", goOn);
      resolve();
    };
    stream.on("drain", goOn);
    for (const one of all) one.on("close", goOn);
  });
}

/** A stream to write to, as far as one passes on to it. */
interface Sink {
  write(chunk: unknown, taken: () => void): unknown;
}

/**
 * Passes on what comes until the source ends, as fast as the sink takes it; fails where the source is cut off. What a sink cannot take
 * is lost: the source has its right to go on, and the owner of the sink knows. The sink stays open.
 */
export async function passOn(source: AsyncIterable<unknown>, sink: Sink): Promise<void> {
  for await (const chunk of source) await new Promise<void>((resolve) => sink.write(chunk, () => resolve()));
}
