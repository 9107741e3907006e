// Emits dist/types: what an editor knows of the library. Apart from build.mjs, for it takes twice as long and nothing runs it.
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { runChecked } from "./bootstrap/children.mjs";
import { root } from "./bootstrap/paths.mjs";

await rm(join(root, "dist", "types"), { recursive: true, force: true });
const tsc = join("node_modules", "typescript", "bin", "tsc");
await runChecked(process.execPath, [tsc, "-p", "tsconfig.types.json"], { cwd: root });
