// Builds dist/: the library, the CLI, the provider (their packages stay in node_modules) and the agent (one file with all).
// `build.mjs agent DIRECTORY` builds only the agent, into that directory.
import { readFile } from "node:fs/promises";
import { build } from "esbuild";

const { version } = JSON.parse(await readFile("package.json", "utf8"));

/** @type {import("esbuild").BuildOptions} */
const shared = {
  bundle: true,
  platform: "node",
  format: "esm",
  target: "node20",
  sourcemap: true,
  logLevel: "warning",
};

const packages = () =>
  build({
    ...shared,
    entryPoints: { index: "index.ts", cli: "modules/cli/main.ts", provider: "modules/provider/main.ts" },
    outdir: "dist",
    packages: "external",
    splitting: true,
    chunkNames: "chunks/[name]-[hash]",
  });

/** @param {string} outdir */
const agent = (outdir) =>
  build({
    ...shared,
    entryPoints: { agent: "host-agent/main.ts" },
    outdir,
    target: "node24",
    define: { "process.env.STACKHOUSE_VERSION": JSON.stringify(version) },
    minify: true,
    sourcemap: false,
    // CommonJS packages inside an ES module bundle call require for Node's own modules.
    banner: {
      js: 'import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);',
    },
  });

const [only, directory = "dist"] = process.argv.slice(2);
if (only === "agent") await agent(directory);
else await Promise.all([packages(), agent("dist")]);
