// The Go modules that the engine is built from, fetched while npm still unpacks: one waits for the network, the other for the
// processor. What is missing or fails here, the engine's own step does and tells.

import { lookup } from "node:dns/promises";
import { existsSync, readdirSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join, resolve } from "node:path";
import { run } from "./children.mjs";
import { root } from "./paths.mjs";

/** Where modules/engine/build.ts looks for them. */
const engines = resolve(process.env.STACKHOUSE_HOME || join(homedir(), ".stackhouse"), "cache", "engine");
const go = join(engines, "go");

/** With the folder of go.dev's archive, which modules/engine/go.ts knows as well. */
const path = [process.env.PATH ?? "", "/usr/local/go/bin"].join(delimiter);

/** Does nothing where an engine is there, or can be downloaded, or cannot be built. Never fails. */
export async function prefetchGoModules() {
  try {
    if (isOnPath("pulumi") || !isOnPath("go") || hasEngine() || (await canDownload())) return;
    const settings = process.env.XDG_CONFIG_HOME ?? join(homedir(), ".config");
    const env = {
      GOMODCACHE: join(go, "modules"),
      GOCACHE: join(go, "build"),
      GOENV: join(settings, "go", "env"),
      ...process.env,
      PATH: path,
      XDG_CONFIG_HOME: join(go, "config"),
      GOWORK: "off",
      CGO_ENABLED: "0",
    };
    for (const program of readdirSync(join(root, "tools", "engine"))) {
      const cwd = join(root, "tools", "engine", program);
      await run("go", ["list", "-deps", "-mod=readonly", "-modcacherw", "tool"], { cwd, env });
    }
  } catch {
    // Interrupted, or no Go after all.
  }
}

function hasEngine() {
  return existsSync(engines) && readdirSync(engines).some((name) => existsSync(join(engines, name, "bin", "pulumi")));
}

async function canDownload() {
  return lookup("get.pulumi.com").then(
    () => true,
    () => false,
  );
}

/** @param {string} program */
function isOnPath(program) {
  return path.split(delimiter).some((folder) => existsSync(join(folder, program)));
}
