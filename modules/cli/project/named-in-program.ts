import { readdir, readFile } from "node:fs/promises";
import { dirname, extname, join, resolve } from "node:path";

/** What a Pulumi program may be written in. */
const sources: ReadonlySet<string> = new Set([".ts", ".mts", ".js", ".mjs", ".py", ".go", ".cs", ".java", ".yaml"]);
/** Far more than a program has that a person writes; a folder that holds something else besides is not searched for long. */
const mostSources = 200;

/**
 * Stack files that a Pulumi program names as a text, absolute, in no order that means anything. For a hint only: what a program puts
 * together from parts is not found.
 */
export async function stackFilesNamedIn(program: string): Promise<readonly string[]> {
  const settings = await textOf(join(program, "Pulumi.yaml"));
  const main = /^main:\s*["']?([^"'\s#]+)/m.exec(settings)?.[1];
  const folder = main === undefined ? program : dirname(resolve(program, main));
  const names = (await namesBelow(folder)).filter((name) => sources.has(extname(name)));
  const texts = await Promise.all(names.slice(0, mostSources).map((name) => textOf(join(folder, name))));
  const named = texts.flatMap((text) =>
    [...text.matchAll(/["'`]([^"'`\n]+\.ya?ml)["'`]/g)].map(([, path = ""]) => path),
  );
  const paths = [...new Set(named.map((path) => resolve(program, path)))];
  const found = await Promise.all(paths.map(async (path) => (/^services:/m.test(await textOf(path)) ? [path] : [])));
  return found.flat();
}

/** Files of a folder and of the folders in it, without what was installed or is hidden. */
async function namesBelow(folder: string): Promise<readonly string[]> {
  const entries = await entriesOf(folder);
  const inner = entries.filter((entry) => entry.isDirectory() && !/^\.|^node_modules$/.test(entry.name));
  const below = await Promise.all(
    inner.map(async ({ name }) =>
      (await entriesOf(join(folder, name))).filter((entry) => entry.isFile()).map((entry) => join(name, entry.name)),
    ),
  );
  return [...entries.filter((entry) => entry.isFile()).map(({ name }) => name), ...below.flat()];
}

async function entriesOf(folder: string) {
  try {
    return await readdir(folder, { withFileTypes: true });
  } catch {
    return [];
  }
}

/** Empty where there is nothing to read: a hint is not worth an error. */
async function textOf(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch {
    return "";
  }
}
