import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { link, mkdir, readdir, readFile, rm, stat, truncate, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  findTemplate,
  storeTemplate,
  templateFiles,
  verifyTemplate,
  type TemplateMemory,
} from "../../modules/images/index.ts";
import { homeFrom, type Home } from "../../modules/system/home.ts";
import { testFolder, type TestFolder } from "../support/folder.ts";

const key = "0123456789abcdef01234567";

let folder: TestFolder;
let home: Home;

beforeEach(async () => {
  folder = await testFolder();
  home = homeFrom({ STACKHOUSE_HOME: folder.path });
});
afterEach(async () => {
  await folder[Symbol.asyncDispose]();
});

interface Stored {
  readonly memory?: TemplateMemory;
  readonly keptBytes?: number;
}

async function store(name: string = key, bytes = 100, { memory = "mapped", ...limit }: Stored = {}): Promise<string> {
  const work = join(home.cache.templates, "making", name);
  await mkdir(work, { recursive: true });
  for (const file of [...templateFiles("mapped"), "qmp.sock", "identity"])
    await writeFile(join(work, file), Buffer.alloc(bytes, 1));
  return (await storeTemplate(home, { key: name, recipe: { made: "for a test" }, memory, work, ...limit })).folder;
}

/** As a template is in the first run of the workstation's system after the one in which it was last read. */
async function restarted(place: string): Promise<void> {
  const record = join(place, "verified.json");
  const noted = JSON.parse(await readFile(record, "utf8")) as object;
  await rm(record);
  await writeFile(record, JSON.stringify({ ...noted, bootId: "an earlier one" }));
}

function withoutRecordOf(name: string): (place: string) => Promise<void> {
  return async (place) => {
    const path = join(place, "manifest.json");
    const { files, ...rest } = JSON.parse(await readFile(path, "utf8")) as { files: Record<string, unknown> };
    await rm(path);
    const others = Object.fromEntries(Object.entries(files).filter(([known]) => known !== name));
    await writeFile(path, JSON.stringify({ ...rest, files: others }));
    await restarted(place);
  };
}

describe("a template in the cache", () => {
  it.each<TemplateMemory>(["mapped", "streamed"])(
    "is found with its own files and nothing else of the VM that it was: %s",
    async (memory) => {
      const place = await store(key, 100, { memory });
      expect(await findTemplate(home, key)).toMatchObject({ key, memory, folder: place });
      expect((await readdir(place)).sort()).toEqual(
        [...templateFiles(memory), "manifest.json", "verified.json"].sort(),
      );
    },
  );

  it("has its memory in a file of its own only where clones map it", () => {
    expect(templateFiles("mapped")).toContain("ram");
    expect(templateFiles("streamed")).not.toContain("ram");
  });

  it.each<[string, (place: string) => Promise<void>]>([
    ["somebody touched a file", (place) => utimes(join(place, "ram"), 1, 1)],
    ["the workstation was started anew", (place) => restarted(place)],
    ["what was noted of that is damaged", (place) => truncate(join(place, "verified.json"), 5)],
  ])("is read to the last bit where %s, and then found again", async (_what, happen) => {
    const place = await store();
    await happen(place);
    expect(await findTemplate(home, key)).toBeUndefined();
    expect(await verifyTemplate(home, key)).toMatchObject({ state: "whole", template: { key, folder: place } });
    expect(await findTemplate(home, key)).toMatchObject({ key, folder: place });
  });

  it.each(templateFiles("mapped"))(
    "is not taken where a bit of its %s has flipped, of which no time tells",
    async (name) => {
      const place = await store();
      const { mtime } = await stat(join(place, name));
      const flipped = Buffer.alloc(100, 1);
      flipped[50] = 3;
      await writeFile(join(place, name), flipped);
      await utimes(join(place, name), mtime, mtime);
      await restarted(place);
      expect(await findTemplate(home, key)).toBeUndefined();
      expect(await verifyTemplate(home, key)).toEqual({
        state: "damaged",
        reason: `what is in its ${name} has changed`,
      });
    },
  );

  const unread = "its manifest cannot be read";
  it.each<[string, (place: string) => Promise<void>, string]>([
    ["lacks its manifest", (place) => rm(join(place, "manifest.json")), unread],
    [
      "has half a manifest",
      (place) => rm(join(place, "manifest.json")).then(() => writeFile(join(place, "manifest.json"), '{"key":')),
      unread,
    ],
    ...templateFiles("mapped").map((name): [string, (place: string) => Promise<void>, string] => [
      `lacks its ${name}`,
      (place) => rm(join(place, name)),
      `its ${name} is missing`,
    ]),
    ["was cut off", (place) => truncate(join(place, "ram"), 50), "its ram has 50 bytes instead of 100"],
    [
      "has other content of the same size",
      (place) => writeFile(join(place, "template.qcow2"), Buffer.alloc(100, 2)),
      "what is in its template.qcow2 has changed",
    ],
    [
      "is of an older version, which knew nothing of all its files",
      withoutRecordOf("kernel"),
      "nothing is known of its kernel",
    ],
  ])("is not taken where it %s, and says so", async (_what, damage, reason) => {
    await damage(await store());
    expect(await findTemplate(home, key)).toBeUndefined();
    expect(await verifyTemplate(home, key)).toEqual({ state: "damaged", reason });
  });

  it("is no damaged one where there is none", async () => {
    expect(await verifyTemplate(home, key)).toEqual({ state: "absent" });
  });

  it("can be read by its user alone, and written by nobody, in what it remembers", async () => {
    const place = await store();
    for (const name of ["ram", "state", "template.qcow2"]) {
      expect({ name, mode: (await stat(join(place, name))).mode & 0o777 }).toEqual({ name, mode: 0o400 });
    }
  });

  it("leaves the files that it shares with an image as they are", async () => {
    const image = join(folder.path, "disk.qcow2");
    await writeFile(image, Buffer.alloc(100, 1), { mode: 0o444 });
    const work = join(home.cache.templates, "making", key);
    await mkdir(work, { recursive: true });
    for (const name of templateFiles("mapped"))
      await (name === "base.qcow2" ? link(image, join(work, name)) : writeFile(join(work, name), "own"));
    await storeTemplate(home, { key, recipe: {}, memory: "mapped", work });
    expect((await stat(image)).mode & 0o777).toBe(0o444);
  });

  it("takes the place of a damaged one", async () => {
    await rm(join(await store(), "ram"));
    await store();
    expect(await findTemplate(home, key)).toBeDefined();
  });
});

describe("templates that take too much together", () => {
  const bytes = 100_000;
  const two = { keptBytes: 7 * bytes };
  const [eldest, elder, newest] = ["a", "b", "c"].map((letter) => letter.repeat(24)) as [string, string, string];
  const left = async (): Promise<string[]> => {
    const names = await readdir(home.cache.templates);
    return names.filter((name) => /^[0-9a-f]{24}$/u.test(name)).sort();
  };
  const usedAt = async (name: string, seconds: number): Promise<void> =>
    utimes(join(home.cache.templates, name), seconds, seconds);

  it("lose those that were not used for longest, and never the one that was just made", async () => {
    await store(eldest, bytes);
    await store(elder, bytes);
    await usedAt(eldest, 1_000);
    await usedAt(elder, 2_000);
    await store(newest, bytes, two);
    expect(await left()).toEqual([elder, newest]);
    await store(key, bytes, { keptBytes: 1 });
    expect(await left()).toEqual([key]);
  });

  it("keep what the disk of a clone stands on, whenever it was used", async () => {
    await link(join(await store(eldest, bytes), "template.qcow2"), join(folder.path, "template.qcow2"));
    await usedAt(eldest, 1_000);
    await store(elder, bytes);
    await usedAt(elder, 2_000);
    await store(newest, bytes, two);
    expect(await left()).toEqual([eldest, newest]);
  });
});
