import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";

const repository = join(import.meta.dirname, "../..");

interface Stage {
  readonly name: string;
  readonly limit: string;
  readonly said: string;
  readonly tests: readonly string[];
}

/** The rows of the table of deadlines in `docs/hosts.md`. */
async function stages(): Promise<readonly Stage[]> {
  const text = await readFile(join(repository, "docs/hosts.md"), "utf8");
  const [, section = ""] = text.split("## How long anything may take");
  const [, , ...rows] = section.split("\n").filter((line) => line.startsWith("|"));
  return rows.map((row) => {
    const [, name = "", limit = "", said = "", tests = ""] = row.split("|").map((cell) => cell.trim());
    return { name, limit, said, tests: [...tests.matchAll(/`([^`]+)`/gu)].map(([, one = ""]) => one) };
  });
}

/** Test files by the name that the table gives them: `ssh-wait`, and `test/vm/agent-install` where there are two. */
async function testFiles(): Promise<ReadonlyMap<string, readonly string[]>> {
  const found = new Map<string, string[]>();
  for (const folder of ["unit", "contract", "engine", "vm", "hosts"]) {
    for (const file of await readdir(join(repository, "test", folder))) {
      const [name, isTest] = [file.replace(/\.test\.ts$/u, ""), file.endsWith(".test.ts")];
      if (!isTest) continue;
      for (const key of [name, `test/${folder}/${name}`]) found.set(key, [...(found.get(key) ?? []), file]);
    }
  }
  return found;
}

describe("the table of deadlines in docs/hosts.md", () => {
  it("says of each stage how long it may take, what its error says, and where that is tested", async () => {
    const all = await stages();
    expect(all.length).toBeGreaterThan(20);
    for (const stage of all) {
      expect(stage).toEqual({
        name: expect.stringMatching(/./u),
        limit: expect.stringMatching(/./u),
        said: expect.stringMatching(/./u),
        tests: [expect.any(String), ...stage.tests.slice(1)],
      });
    }
  });

  it("names tests that are there, each of them one file", async () => {
    const files = await testFiles();
    for (const { name, tests } of await stages()) {
      for (const test of tests)
        expect({ name, test, files: files.get(test)?.length }).toEqual({ name, test, files: 1 });
    }
  });
});
