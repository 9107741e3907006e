import { describe, expect, it } from "@jest/globals";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { ESLint, Linter } from "eslint";
import * as z from "zod";
import { systemRunner } from "../../modules/system/exec.ts";
import { testFolder } from "../support/folder.ts";

// An agent may be one of several clones: what its process would draw, all of them would.

const eslint = new ESLint();
const configSchema = z.object({ rules: z.record(z.string(), z.array(z.unknown())) });

/** What the rules of a file that need no types say of a text. */
async function complaints(file: string, text: string): Promise<readonly string[]> {
  const { rules } = configSchema.parse(await eslint.calculateConfigForFile(file));
  const restrictions = Object.entries(rules).filter(([name]) => name.startsWith("no-restricted-"));
  const config = { rules: Object.fromEntries(restrictions) as Linter.RulesRecord };
  return new Linter().verify(text, [config]).map(({ message }) => message);
}

describe("code that goes into the agent", () => {
  it.each([
    "export const id = Math.random();",
    "export const { random } = Math;",
    "export const id = crypto.randomUUID();",
    "export const id = globalThis.crypto.randomUUID();",
    'export const id = globalThis["crypto"].randomUUID();',
    'import { randomUUID } from "node:crypto"; export const id = randomUUID();',
    'import { randomBytes } from "crypto"; export const id = randomBytes(8);',
    'import * as all from "node:crypto"; export const id = all.randomUUID();',
    'import all from "node:crypto"; export const id = all.randomUUID();',
    'export const { randomUUID } = process.getBuiltinModule("node:crypto");',
    'export const { randomUUID } = process.getBuiltinModule("crypto");',
    'export const { randomUUID } = await import("node:crypto");',
  ])("may not draw by %s", async (text) => {
    for (const file of ["host-agent/agent.ts", "modules/plan/types.ts"])
      expect(await complaints(file, text)).toEqual([expect.stringContaining("host-agent/random.ts")]);
  });

  it.each([
    'import { createHash } from "node:crypto"; export const hash = createHash("sha256");',
    'export const { connect } = process.getBuiltinModule("node:net");',
    "export const most = Math.max(1, 2);",
  ])("may have %s", async (text) => {
    expect(await complaints("host-agent/agent.ts", text)).toEqual([]);
  });

  it("is all under that rule: every file of ours in the bundle", async () => {
    const files = (await bundledFiles()).filter((file) => !file.startsWith("node_modules/"));
    expect(files).toContain("host-agent/main.ts");
    const free: string[] = [];
    for (const file of files)
      if ((await complaints(file, "export const id = Math.random();")).length === 0) free.push(file);
    expect(free).toEqual([]);
  });
});

async function bundledFiles(): Promise<readonly string[]> {
  await using folder = await testFolder();
  const [outfile, metafile] = ["agent.mjs", "metafile.json"].map((name) => join(folder.path, name));
  const options = ["--bundle", "--platform=node", "--format=esm", "--log-level=error"];
  const args = ["host-agent/main.ts", ...options, `--outfile=${outfile}`, `--metafile=${metafile}`];
  const { exitCode, stderr } = await systemRunner.exec(join("node_modules", "esbuild", "bin", "esbuild"), args);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
  const written = await readFile(join(folder.path, "metafile.json"), "utf8");
  return Object.keys(z.object({ inputs: z.record(z.string(), z.unknown()) }).parse(JSON.parse(written)).inputs);
}
