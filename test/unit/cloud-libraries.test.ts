import { execFile } from "node:child_process";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "@jest/globals";
import { testFolder } from "../support/folder.ts";

const root = new URL("../../", import.meta.url);

/** Prints at its end which packages a program has loaded. */
const watching = `
import { registerHooks } from "node:module";
const loaded = new Set();
registerHooks({
  resolve(specifier, context, next) {
    const found = next(specifier, context);
    const name = /node_modules\\/((?:@[^/]+\\/)?[^/]+)/.exec(found.url)?.[1];
    if (name !== undefined) loaded.add(name);
    return found;
  },
});
process.on("exit", () => console.log(JSON.stringify([...loaded])));
`;

/** The packages that a program of ours loads, by a Node of its own. */
async function loadedBy(...sources: readonly string[]): Promise<readonly string[]> {
  await using folder = await testFolder({ "watch.mjs": watching });
  const program = sources.map((source) => `await import(${JSON.stringify(new URL(source, root))});`).join("\n");
  const watch = pathToFileURL(`${folder.path}/watch.mjs`).href;
  const argv = ["--import", watch, "--input-type=module", "--eval", program];
  const { stdout } = await promisify(execFile)(process.execPath, argv, { cwd: fileURLToPath(root), timeout: 20_000 });
  return JSON.parse(stdout) as string[];
}

test("a program without a host in a cloud loads no cloud's library", async () => {
  const loaded = await loadedBy("index.ts");
  expect(loaded).toContain("@pulumi/pulumi");
  expect(loaded).not.toContain("@pulumi/aws");
  expect(loaded).not.toContain("@pulumi/digitalocean");
});

test.each([
  ["aws", "digitalocean"],
  ["digitalocean", "aws"],
])("a program with a host at %s loads no library of %s", async (cloud, other) => {
  const loaded = await loadedBy("index.ts", `modules/hosts/${cloud}/index.ts`);
  expect(loaded).toContain(`@pulumi/${cloud}`);
  expect(loaded).not.toContain(`@pulumi/${other}`);
});

test("neither the command line nor the provider loads one", async () => {
  const loaded = await loadedBy(
    "modules/cli/program.ts",
    "modules/provider/stackhouse.ts",
    "modules/builtin-program/program.ts",
  );
  expect(loaded.filter((name) => /^@pulumi\/(?!pulumi$)/.test(name))).toEqual([]);
});
