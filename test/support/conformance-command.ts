import { existsSync, globSync } from "node:fs";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { type CliResult, runCli } from "./cli.ts";
import { type ConformanceCase, environmentOf, globalOptions } from "./conformance.ts";

const corpora = process.env["STACKHOUSE_CORPORA"] ?? resolve("..", "shared", "corpora");

/** Stack files that people wrote, by their path; none where there is no folder of them. */
export function corpusCases(): readonly ConformanceCase[] {
  const found = existsSync(corpora) ? globSync("**/*compose*.{yaml,yml}", { cwd: corpora }).sort() : [];
  return found.map((file) => {
    const path = resolve(corpora, file);
    return { title: file, folder: dirname(path), files: {}, stackFiles: [basename(path)] };
  });
}

/** `stackhouse config` in the folder of a case, whose files are there as long as it runs. */
export async function runConfig(one: ConformanceCase, options: readonly string[]): Promise<CliResult> {
  const names = Object.entries(one.files);
  for (const [name, text] of names) {
    await mkdir(dirname(join(one.folder, name)), { recursive: true });
    await writeFile(join(one.folder, name), text);
  }
  const templates = one.templates === true ? ["--no-interpolate"] : [];
  try {
    return await runCli(["config", ...globalOptions(one), ...templates, ...options], {
      cwd: one.folder,
      env: environmentOf(one),
    });
  } finally {
    if (names.length > 0) await rm(one.folder, { recursive: true, force: true });
  }
}

/** Whatever else a command says that prints nothing is no verdict on a file. */
export function isRefusal({ code, stderr }: CliResult): boolean {
  return code === 2 && /^error: (?:the stack file has \d+ errors?|.* cannot be an app's name)$/m.test(stderr);
}
