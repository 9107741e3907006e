// dist: built anew when a source differs from those of the last build.

import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { runChecked } from "./children.mjs";
import { node24, root } from "./paths.mjs";

/** @param {import("./steps.mjs").Step} step */
export async function ensureBuilt(step) {
  const stamp = join(root, "dist", ".sources");
  const digest = sourcesDigest();
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === digest) return "up to date";
  step.status("esbuild");
  await runChecked(node24(), [join("tools", "build.mjs")], { cwd: root });
  writeFileSync(stamp, digest);
  return "built";
}

function sourcesDigest() {
  const hash = createHash("sha256");
  const files = ["index.ts", "package.json", "package-lock.json", "tools/build.mjs"].filter((name) =>
    existsSync(join(root, name)),
  );
  for (const folder of ["modules", "host-agent"]) {
    for (const name of readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })) {
      if (name.endsWith(".ts")) files.push(join(folder, name));
    }
  }
  for (const file of files.sort()) hash.update(`${file}\0`).update(readFileSync(join(root, file)));
  return hash.digest("hex");
}
