import { expect, it } from "@jest/globals";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { runningFiles } from "../../tools/bootstrap/running-files.mjs";
import { root } from "../../tools/bootstrap/paths.mjs";
import { testFolder } from "../support/folder.ts";

it("the test files that run when jest is ended are those that have begun and not ended", async () => {
  await using folder = await testFolder();
  const journal = join(folder.path, "journal");
  expect(runningFiles(journal)).toEqual([]);
  const [one, two] = ["test/unit/one.test.ts", "test/unit/two.test.ts"].map((path) => join(root, path));
  writeFileSync(journal, `+${one}\n+${two}\n-${one}\n`);
  expect(runningFiles(journal)).toEqual(["test/unit/two.test.ts"]);
});
