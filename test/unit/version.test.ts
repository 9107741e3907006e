import { readFile } from "node:fs/promises";
import { expect, test } from "@jest/globals";
import { version } from "../../modules/base/version.ts";

test("the version that programs and the provider carry is the package's", async () => {
  const description = await readFile(new URL("../../package.json", import.meta.url), "utf8");
  const { version: packaged, pulumi } = JSON.parse(description) as { version: string; pulumi: { version: string } };
  expect(version).toBe(packaged);
  expect(pulumi.version).toBe(packaged);
});
