import { describe, expect, it } from "@jest/globals";
import { pastDamage, type Line } from "../../host-agent/runtime/docker/damaged-log.ts";
import { StreamBroken } from "../../host-agent/runtime/docker/frames.ts";

const damage = "damage";

/** A log as the engine gives it: from so many records before its end, up to the first damaged one, which it tells of or does not. */
function engineLog(records: readonly string[], { tells }: { readonly tells: boolean }) {
  const lines = records.map((line, index): Line => ({
    stream: "stdout",
    at: `2026-01-01T00:00:${10 + index}.000Z`,
    line,
  }));
  return async function* ({ tail }: { readonly tail?: number | undefined }): AsyncGenerator<Line> {
    for (const line of lines.slice(Math.max(0, lines.length - (tail ?? lines.length)))) {
      if (line.line !== damage) yield line;
      else if (tells) throw new StreamBroken("invalid character");
      else return;
    }
  };
}

const textsOf = async (lines: AsyncIterable<Line>): Promise<readonly string[]> => {
  const texts: string[] = [];
  for await (const { line } of lines) texts.push(line.startsWith("(stackhouse: lines are lost here") ? "LOST" : line);
  return texts;
};

describe.each([
  ["that tells of it", true],
  ["that says nothing", false],
])("a damaged log of an engine %s", (_what, tells) => {
  const read = engineLog(["1", "2", damage, "4", "5", "6", damage, "8", "9", "10"], { tells });

  it.each<[string, { tail?: number; since?: string }, readonly string[]]>([
    ["as a whole: up to the first damage, and from the last one on", {}, ["1", "2", "LOST", "8", "9", "10"]],
    ["its last lines, where they are whole", { tail: 2 }, ["9", "10"]],
    ["its last lines, where they are not", { tail: 5 }, ["6", "LOST", "8", "9", "10"]],
    ["since a time behind the damage", { since: "2026-01-01T00:00:18.000Z" }, ["1", "2", "LOST", "9", "10"]],
  ])("is read %s", async (_which, query, expected) => {
    expect(await textsOf(pastDamage(read, { follow: false, ...query }))).toEqual(expected);
  });

  it("with nothing behind the damage ends there", async () => {
    const cut = engineLog(["1", "2", damage], { tells });
    expect(await textsOf(pastDamage(cut, { follow: false }))).toEqual(tells ? ["1", "2", "LOST"] : ["1", "2"]);
  });
});

it("a log without damage is read as it is", async () => {
  const read = engineLog(["1", "2", "3"], { tells: true });
  expect(await textsOf(pastDamage(read, { follow: false }))).toEqual(["1", "2", "3"]);
  expect(await textsOf(pastDamage(read, { follow: false, tail: 1 }))).toEqual(["3"]);
  expect(await textsOf(pastDamage(read, { follow: false, tail: 0 }))).toEqual([]);
});

it("a log that is followed goes on behind the damage that the engine tells of", async () => {
  const read = engineLog(["1", damage, "3", "4"], { tells: true });
  expect(await textsOf(pastDamage(read, { follow: true }))).toEqual(["1", "LOST", "3", "4"]);
});

/** A log to which so many lines are added before each reading, up to 60. */
function growingLog(records: readonly string[], by: number) {
  const written = [...records];
  return async function* (query: { readonly tail?: number | undefined }): AsyncGenerator<Line> {
    for (let added = 0; added < by && written.length < 60; added += 1) written.push(String(written.length + 1));
    for await (const line of engineLog(written, { tells: true })(query)) {
      yield { ...line, at: `2026-01-01T00:00:00.${String(Number(line.line)).padStart(9, "0")}Z` };
    }
  };
}

it.each([1, 3, 50])("no line behind a damage is passed over in a log that grows by %d a reading", async (by) => {
  const read = growingLog(["1", "2", damage, "4", "5"], by);
  const texts = await textsOf(pastDamage(read, { follow: true }));
  const numbers = texts.slice(texts.indexOf("LOST") + 1).map(Number);
  expect(numbers).toEqual(Array.from(numbers, (_, index) => index + 4));
  expect(numbers.at(-1)).toBe(60);
});
