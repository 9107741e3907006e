import { RuntimeError } from "../errors.ts";
import type { Runtime } from "../port.ts";
import type { EngineClient } from "./client.ts";
import { inspectOurs } from "./containers.ts";
import { pastDamage, type Line } from "./damaged-log.ts";
import { frames, type Frame } from "./frames.ts";

type LogQuery = Parameters<Runtime["logs"]>[1];

/**
 * Log lines of a container. Follows until the container stops or the signal aborts, which ends it without an error. Where the log is
 * damaged, as the end of a power cut leaves it, a line says so, and those behind follow.
 */
export async function* containerLogs(
  engine: EngineClient,
  id: string,
  query: LogQuery,
  signal: AbortSignal,
): AsyncGenerator<Line, void, undefined> {
  try {
    const container = await inspectOurs(engine, id, signal);
    if (container === undefined) throw new RuntimeError("not-found", `there is no container ${id}`);
    yield* pastDamage((part) => readLog(engine, container, part, signal), query);
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

async function* readLog(
  engine: EngineClient,
  container: { readonly Id: string; readonly Config: { readonly Tty: boolean } },
  query: LogQuery,
  signal: AbortSignal,
): AsyncGenerator<Line> {
  const stream = await engine.stream({
    method: "GET",
    path: `/containers/${container.Id}/logs`,
    query: {
      stdout: true,
      stderr: true,
      timestamps: true,
      follow: query.follow,
      tail: query.tail ?? "all",
      since: query.since === undefined ? undefined : unixTime(query.since),
    },
    signal,
  });
  try {
    yield* container.Config.Tty ? linesOf(rawFrames(stream)) : linesOf(frames(stream));
  } finally {
    stream.destroy();
  }
}

/** What is kept of a line, in characters: what a container writes without a line feed has no end. */
export const longestLine = 1024 ** 2;

/**
 * Lines with their time, cut where they are longer than `longestLine`. Each message of the log begins with its time; a line longer
 * than the engine's buffer (16 KiB) comes in several messages, and only the last one ends in a line feed.
 */
export async function* linesOf(messages: AsyncIterable<Frame>): AsyncGenerator<Line> {
  const open = new Map<Frame["stream"], { at: string; text: string }>();
  for await (const { stream, content } of messages) {
    const message = content.toString("utf8");
    const space = message.indexOf(" ");
    const part = { at: message.slice(0, space), text: message.slice(space + 1) };
    const begun = open.get(stream) ?? { at: part.at, text: "" };
    const whole = { at: begun.at, text: joined(begun.text, part.text) };
    if (part.text.endsWith("\n")) {
      open.delete(stream);
      yield { stream, at: whole.at, line: whole.text.replace(/\r?\n$/, "") };
    } else open.set(stream, whole);
  }
  for (const [stream, { at, text }] of open) yield { stream, at, line: text };
}

function joined(begun: string, more: string): string {
  return begun.length < longestLine ? (begun + more).slice(0, longestLine) : begun;
}

/** With a terminal there are no frames: a line is a message, and cut like one. */
export async function* rawFrames(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Frame> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of bytes) {
    let begin = 0;
    for (let end = chunk.indexOf(10); end !== -1; end = chunk.indexOf(10, begin)) {
      yield { stream: "stdout", content: Buffer.concat([rest, chunk.subarray(begin, end + 1)]) };
      rest = Buffer.alloc(0);
      begin = end + 1;
    }
    if (rest.length < longestLine) rest = Buffer.concat([rest, chunk.subarray(begin)]);
  }
  if (rest.length > 0) yield { stream: "stdout", content: rest };
}

/** RFC 3339 to seconds since the epoch, as the engine takes them; digits below a millisecond are kept. */
export function unixTime(time: string): string {
  const ms = Date.parse(time);
  if (Number.isNaN(ms)) throw new RuntimeError("internal", `not a time: ${time}`);
  const fraction = /\.(\d{1,9})/.exec(time)?.[1] ?? "0";
  return `${Math.floor(ms / 1000)}.${fraction.padEnd(9, "0")}`;
}
