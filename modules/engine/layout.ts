import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { CacheKind } from "../system/cache.ts";
import type { Home } from "../system/home.ts";
import { packageRoot } from "../system/package-root.ts";
import { engineVersion } from "./version.ts";

/**
 * The two programs of an engine, the small one first, each a Go module of its own: one module can hold only one version of the
 * Pulumi SDK.
 */
export const programs = [
  {
    binary: "pulumi-language-nodejs",
    folder: "libexec",
    module: "language-nodejs",
    package: "github.com/pulumi/pulumi/sdk/v3/nodejs/cmd/pulumi-language-nodejs",
  },
  { binary: "pulumi", folder: "bin", module: "pulumi", package: "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi" },
] as const;

/** Folder of the wrapper module of a program, with its `go.mod` and `go.sum`. */
export function moduleFolder(module: string): string {
  return join(packageRoot(), "tools", "engine", module);
}

/** What stands in `bin` for the Node language host, which is in `libexec`. */
export function languageHostScript(): string {
  return join(moduleFolder("language-nodejs"), "pulumi-language-nodejs");
}

/** Where our own copy is: `<cache>/engine/<version>-<platform>-<digest of what it is built from>`. */
export async function installedRoot(home: Home): Promise<string> {
  const digest = createHash("sha256");
  for (const { module } of programs) {
    digest.update(await readFile(join(moduleFolder(module), "go.mod")));
    digest.update(await readFile(join(moduleFolder(module), "go.sum")));
  }
  digest.update(await readFile(languageHostScript()));
  const key = [engineVersion, process.platform, process.arch, digest.digest("hex").slice(0, 12)].join("-");
  return join(home.cache.engine, key);
}

/** What an engine has in its name, at the end of that of its place, until it is whole. */
export const draftMark = ".new";

/** Our own copies of the engine in the cache, and what Go keeps between builds of them. */
export function engineKind({ cache: { engine } }: Home) {
  return {
    what: "Pulumi engine",
    folder: engine,
    isEntry: (name) => /^\d+\.\d+\..*-[0-9a-f]{12}$|^go$/u.test(name) && !name.includes(draftMark),
    draftOf: (name) => (name.includes(draftMark) ? name.slice(0, name.indexOf(draftMark)) : undefined),
    // One for all: whoever makes an engine works with what Go keeps, too.
    lockOf: () => join(engine, "install.lock"),
    holdsPrograms: true,
  } satisfies CacheKind;
}
