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
  const newest = query.follow ? undefined : await lastLine(read);
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
  const most = Math.min(mostLines, query.tail ?? mostLines);
  const behind = await linesBehind(read, most);
  const wanted = behind.filter((line) => isSince(line, query));
  const place = wanted.length > 0 ? (before ?? wanted[0]) : before;
  if (place !== undefined) yield lost(place.at);
  yield* wanted;
  if (!query.follow) return;
  for await (const line of linesAfter(read, behind)) if (isSince(line, query)) yield line;
}

function lost(at: string): Line {
  return { stream: "stderr", at, line: "(stackhouse: lines are lost here, the log was damaged as by a power cut)" };
}

function isSince({ at }: Line, { since }: LogQuery): boolean {
  return since === undefined || Date.parse(at) >= Date.parse(since);
}

/** So many lines from the end; undefined where the engine breaks off before the newest one, or there is none. */
async function tailOf(read: ReadLog, tail: number, newest?: Line): Promise<readonly Line[] | undefined> {
  const lines: Line[] = [];
  try {
    for await (const line of read({ follow: false, tail })) lines.push(line);
  } catch (error) {
    if (error instanceof StreamBroken) return undefined;
    throw error;
  }
  const last = lines.at(-1);
  return last === undefined || last.at < (newest?.at ?? "") ? undefined : lines;
}

/** The newest line that was written by now; undefined where there is none that can be read. */
async function lastLine(read: ReadLog): Promise<Line | undefined> {
  return (await tailOf(read, 1))?.at(-1);
}

/**
 * The lines behind the damage, so many from the end at most. Lines are counted from the end, and a log may grow meanwhile: what was read
 * is kept, and is all when one line more, which is asked for later, cannot be read.
 */
async function linesBehind(read: ReadLog, most: number): Promise<readonly Line[]> {
  let whole: readonly Line[] = (await tailOf(read, 1)) ?? [];
  let step = 1;
  // A log may be written as quickly as it is read. What is passed over then is where our line says that lines are lost.
  for (let readings = 0; readings < mostReadings && whole.length > 0 && whole.length < most; readings += 1) {
    const asked = Math.min(whole.length + step, most);
    const more = await tailOf(read, asked, whole.at(-1));
    if (more !== undefined && more.length < asked) return more;
    if (more === undefined && step === 1) return whole;
    whole = more ?? whole;
    step = more === undefined ? Math.floor(step / 2) : step * 2;
  }
  return whole;
}

const mostReadings = 100;

/** What is written after lines that were read, as it comes. */
async function* linesAfter(read: ReadLog, lines: readonly Line[]): AsyncGenerator<Line> {
  let known = lines;
  for (;;) {
    const last = known.at(-1);
    let isBehind = last === undefined;
    let passed = 0;
    for await (const line of read({ follow: true, tail: known.length })) {
      if (isBehind) yield line;
      isBehind ||= last !== undefined && isSame(line, last);
      passed += 1;
      if (!isBehind && passed >= known.length) break;
    }
    // Else it has grown by more than was read of it.
    if (isBehind || passed < known.length) return;
    known = await linesBehind(read, mostLines);
    yield* known.slice(known.findLastIndex((line) => last !== undefined && isSame(line, last)) + 1);
  }
}

function isSame(one: Line, other: Line): boolean {
  return one.at === other.at && one.stream === other.stream && one.line === other.line;
}
