/** Turns what several send into what one reads. */
export interface Channel<T> {
  /** Resolves when the item was taken, so that a sender that waits is no faster than the reader. */
  send(item: T): Promise<void>;
  end(): void;
  fail(error: unknown): void;
  /** To be read once. Ends early when the signal aborts. */
  readonly items: AsyncIterable<T>;
}

export function createChannel<T>(signal: AbortSignal): Channel<T> {
  const queue: { readonly item: T; readonly taken: () => void }[] = [];
  let over: { readonly error?: unknown } | undefined;
  let wake = (): void => undefined;

  const finish = (how: { readonly error?: unknown }): void => {
    over ??= how;
    wake();
  };
  const onAbort = (): void => {
    finish({});
    for (const { taken } of queue.splice(0)) taken();
  };
  if (signal.aborted) onAbort();
  else signal.addEventListener("abort", onAbort, { once: true });

  async function* items(): AsyncGenerator<T> {
    try {
      for (;;) {
        for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
          next.taken();
          yield next.item;
        }
        if (over !== undefined) {
          if ("error" in over) throw over.error;
          return;
        }
        await new Promise<void>((resolve) => (wake = resolve));
      }
    } finally {
      onAbort();
      signal.removeEventListener("abort", onAbort);
    }
  }

  return {
    send: (item) =>
      new Promise((taken) => {
        if (over === undefined) {
          queue.push({ item, taken });
          wake();
        } else taken();
      }),
    end: () => finish({}),
    fail: (error) => finish({ error }),
    items: items(),
  };
}
