import { expect, test } from "@jest/globals";
import { mayGoOn } from "../../modules/engine/going-on.ts";
import { testFolder } from "../support/folder.ts";

test.each([
  ["a program of Node's with the SDK that fails as a whole", "runtime: nodejs", "3.259.0", true],
  ["one whose runtime has options", "runtime: { name: nodejs, options: { typescript: false } }", "3.300.1", true],
  ["one in a folder of its own", "runtime: nodejs\nmain: src/", "3.259.0", true],
  ["an SDK that leaves unknown what failed", "runtime: nodejs", "3.258.0", false],
  ["no SDK", "runtime: nodejs", undefined, false],
  ["a program in another language", "runtime: yaml", "3.259.0", false],
])("up goes on after an error where nothing is deleted for it: %s", async (_, settings, sdk, goesOn) => {
  const installed =
    sdk === undefined ? {} : { "node_modules/@pulumi/pulumi/package.json": JSON.stringify({ version: sdk }) };
  await using folder = await testFolder({ "Pulumi.yaml": `name: shop\n${settings}\n`, ...installed });
  expect(await mayGoOn({ kind: "directory", path: folder.path })).toBe(goesOn);
});
