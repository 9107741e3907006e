/**
 * Server-sent events, both ends. Pure.
 * Source: https://html.spec.whatwg.org/multipage/server-sent-events.html
 */
export interface ServerSentEvent {
  readonly id?: string;
  /** Default `message`. */
  readonly event: string;
  readonly data: string;
}

export function encodeServerSentEvent(event: ServerSentEvent): string {
  const id = event.id === undefined ? "" : `id: ${event.id}\n`;
  const data = event.data
    .split(/\r\n|\r|\n/)
    .map((line) => `data: ${line}\n`)
    .join("");
  return `${id}event: ${event.event}\n${data}\n`;
}

/** A comment: keeps a connection alive and is dropped by the reader. */
export const heartbeat = ": heartbeat\n\n";

/** The events of a stream of text; `rest` is the start of the next one, to be put before what comes next. */
export function decodeServerSentEvents(text: string): { events: ServerSentEvent[]; rest: string } {
  const blocks = text.replaceAll("\r\n", "\n").split("\n\n");
  const rest = blocks.pop() ?? "";
  return { events: blocks.flatMap(decodeBlock), rest };
}

function decodeBlock(block: string): ServerSentEvent[] {
  let id: string | undefined;
  let event = "message";
  const data: string[] = [];
  for (const line of block.split("\n")) {
    const colon = line.indexOf(":");
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (field === "id") id = value;
    else if (field === "event") event = value;
    else if (field === "data") data.push(value);
  }
  if (data.length === 0) return [];
  return [{ ...(id === undefined ? {} : { id }), event, data: data.join("\n") }];
}
