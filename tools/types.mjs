// Emits dist/types: what an editor knows of the library. Apart from build.mjs, for it takes twice as long and nothing runs it.
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { hasCloudLibraries } from "./bootstrap/npm.mjs";
import { runChecked } from "./bootstrap/children.mjs";
import { root } from "./bootstrap/paths.mjs";

await rm(join(root, "dist", "types"), { recursive: true, force: true });
const tsc = join("node_modules", "typescript", "bin", "tsc");
// Those of the clouds stand on the clouds' own, which a quickstart does without.
const config = hasCloudLibraries() ? "tsconfig.types.json" : join("tools", "tsconfig.types-without-clouds.json");
await runChecked(process.execPath, [tsc, "-p", config], { cwd: root });
