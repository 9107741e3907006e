// Pulumi starts JavaScript; this hands over to TypeScript: with Node's own type stripping where it has it, else by way of esbuild.
import { rmSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import process from "node:process";
import { fileURLToPath } from "node:url";

const program = process.features.typescript ? await import("./index.ts") : await compiled();

async function compiled() {
  const { build } = await import("esbuild");
  const folder = await mkdtemp(fileURLToPath(new URL("../dist/stacks-", import.meta.url)));
  // Kept to the end: the places in errors are looked up there.
  process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
  await build({
    entryPoints: [fileURLToPath(new URL("index.ts", import.meta.url))],
    outdir: folder,
    ...{ bundle: true, splitting: true, packages: "external", sourcemap: "inline" },
    ...{ format: "esm", platform: "node", target: "node20", logLevel: "error" },
    tsconfigRaw: {},
  });
  return await import(`${folder}/index.js`);
}

export default program;
