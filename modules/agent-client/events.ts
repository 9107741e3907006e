import type { z } from "zod";
import type { Clock } from "../base/clock.ts";
import { StackhouseError } from "../base/errors.ts";
import { problemSchema } from "../protocol/jobs.ts";
import { decodeServerSentEvents, type ServerSentEvent } from "../protocol/sse.ts";
import { errorOf } from "./errors.ts";
import { decode, openExchange, parseJson, type Exchange } from "./transport.ts";
import type { OpenStream } from "./types.ts";

/** The agent sends a comment every 15 s; four of them missing means that nobody is there any more. */
export const silenceMs = 60_000;

export function silentAgent(): StackhouseError {
  return new StackhouseError("agent.silent", `the host agent was silent for ${silenceMs / 1000} s`);
}

/** Events of a stream, undecoded, until it ends. A `failed` event is thrown as the error that it holds. */
export async function* readEvents(
  open: OpenStream,
  clock: Clock,
  exchange: Exchange,
): AsyncGenerator<ServerSentEvent, undefined> {
  const silent = new AbortController();
  const watchdog = createWatchdog(clock, () => silent.abort(silentAgent()));
  try {
    const signal = AbortSignal.any([exchange.signal, silent.signal]);
    const answer = await openExchange(open, { ...exchange, signal });
    const decoder = new TextDecoder();
    let rest = "";
    for await (const chunk of answer.chunks()) {
      watchdog.reset();
      const decoded = decodeServerSentEvents(rest + decoder.decode(chunk, { stream: true }));
      rest = decoded.rest;
      for (const event of decoded.events) {
        if (event.event === "failed") throw errorOf(decodeEvent(problemSchema, event));
        yield event;
      }
    }
    return undefined;
  } finally {
    watchdog.stop();
  }
}

export function decodeEvent<T>(schema: z.ZodType<T>, event: ServerSentEvent): T {
  return decode(schema, dataOf(event), `the event ${event.event}`);
}

export function dataOf(event: ServerSentEvent): unknown {
  return parseJson(event.data, `the event ${event.event}`);
}

function createWatchdog(clock: Clock, onSilence: () => void): { reset(): void; stop(): void } {
  let timer = new AbortController();
  const watch = (): void => {
    clock.sleep(silenceMs, timer.signal).then(onSilence, () => undefined); // Stopped or reset.
  };
  watch();
  return {
    reset() {
      timer.abort();
      timer = new AbortController();
      watch();
    },
    stop: () => timer.abort(),
  };
}
