import type { LogLine } from "../../../modules/protocol/api.ts";
import type { Runtime } from "../port.ts";
import { StreamBroken } from "./frames.ts";

export type Line = Pick<LogLine, "stream" | "at" | "line">;
type LogQuery = Parameters<Runtime["logs"]>[1];
/** Reads a part of the log, as the engine gives it. */
type ReadLog = (query: LogQuery) => AsyncIterable<Line>;

/** Lines behind a damage that are looked for at most. */
const mostLines = 2 ** 17;

/**
 * The lines of a log that may hold bytes which a power cut has left. The engine reads up to them and no further, and says so or
 * does not, but it counts lines from the end well. A line of ours stands for what is lost. A log that is followed is read on only
 * where the engine says that it broke off.
 * Source: https://github.com/moby/moby/issues/53631
 */
export async function* pastDamage(read: ReadLog, query: LogQuery): AsyncGenerator<Line> {
  const newest = query.follow ? undefined : await lastLine(read, 1);
  let before: Line | undefined;
  try {
    let reached = newest === undefined || !isSince(newest, query);
    for await (const line of read(query)) {
      before = line;
      reached ||= line.at >= (newest?.at ?? "");
      yield line;
    }
    if (reached || query.tail === 0) return;
  } catch (error) {
    if (!(error instanceof StreamBroken)) throw error;
  }
  const whole = await linesBehind(read);
  let told = false;
  for await (const line of read({ follow: query.follow, tail: Math.min(whole, query.tail ?? whole) })) {
    if (!isSince(line, query)) continue;
    if (!told) yield lost((before ?? line).at);
    told = true;
    yield line;
  }
  if (!told && before !== undefined) yield lost(before.at);
}

function lost(at: string): Line {
  return { stream: "stderr", at, line: "(stackhouse: lines are lost here, the log was damaged as by a power cut)" };
}

function isSince({ at }: Line, { since }: LogQuery): boolean {
  return since === undefined || Date.parse(at) >= Date.parse(since);
}

/** The last of so many lines from the end; undefined where there is none, or the engine breaks off. */
async function lastLine(read: ReadLog, tail: number): Promise<Line | undefined> {
  let last: Line | undefined;
  try {
    for await (const line of read({ follow: false, tail })) last = line;
    return last;
  } catch (error) {
    if (error instanceof StreamBroken) return undefined;
    throw error;
  }
}

/** How many lines from the end can be read: found by doubling, then halving. */
async function linesBehind(read: ReadLog): Promise<number> {
  const newest = await lastLine(read, 1);
  if (newest === undefined) return 0;
  const isWhole = async (tail: number): Promise<boolean> => {
    const last = await lastLine(read, tail);
    return last !== undefined && last.at >= newest.at;
  };
  let whole = 1;
  let broken = 2;
  while (broken <= mostLines && (await isWhole(broken))) {
    whole = broken;
    broken *= 2;
  }
  while (broken <= mostLines && broken - whole > 1) {
    const middle = Math.floor((whole + broken) / 2);
    if (await isWhole(middle)) whole = middle;
    else broken = middle;
  }
  return whole;
}
