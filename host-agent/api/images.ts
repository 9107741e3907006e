import type { IncomingMessage } from "node:http";
import { StackhouseError } from "../../modules/base/errors.ts";
import { RuntimeError } from "../runtime/errors.ts";
import type { Runtime } from "../runtime/port.ts";
import type { SentEvent } from "./answer.ts";
import { createChannel } from "./channel.ts";

const loadLimitMs = 60 * 60_000;

/** Loads the archive that the request's body is: `progress` events, then `loaded`. */
export function loadImages(request: IncomingMessage, runtime: Runtime, signal: AbortSignal): AsyncIterable<SentEvent> {
  if (request.headers["content-type"] !== "application/x-tar") {
    throw new StackhouseError("input.invalid", "images are sent as application/x-tar");
  }
  const channel = createChannel<SentEvent>(signal);
  const onProgress = (text: string): void => void channel.send({ event: "progress", data: { text } });
  const load = async (): Promise<void> => {
    try {
      const references = await runtime.loadImages(request, { signal, deadlineMs: loadLimitMs, onProgress });
      await channel.send({ event: "loaded", data: { references } });
      channel.end();
    } catch (error) {
      channel.fail(unreadable(error) ? new StackhouseError("input.invalid", error.message, { cause: error }) : error);
    }
  };
  void load();
  return channel.items;
}

/** Here the archive is the client's: that it cannot be read is not a failed pull. */
function unreadable(error: unknown): error is RuntimeError {
  return error instanceof RuntimeError && error.kind === "image-pull-failed";
}
