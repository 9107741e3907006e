// Builds dist/: the library, the CLI, the provider (their packages stay in node_modules) and the agent (one file with all).
import { build } from "esbuild";

/** @type {import("esbuild").BuildOptions} */
const shared = {
  bundle: true,
  platform: "node",
  format: "esm",
  target: "node20",
  sourcemap: true,
  logLevel: "warning",
};

await Promise.all([
  build({
    ...shared,
    entryPoints: { index: "index.ts", cli: "modules/cli/main.ts", provider: "modules/provider/main.ts" },
    outdir: "dist",
    packages: "external",
    splitting: true,
    chunkNames: "chunks/[name]-[hash]",
  }),
  build({
    ...shared,
    entryPoints: { agent: "host-agent/main.ts" },
    outdir: "dist",
    target: "node24",
    minify: true,
    sourcemap: false,
    // CommonJS packages inside an ES module bundle call require for Node's own modules.
    banner: {
      js: 'import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);',
    },
  }),
]);
