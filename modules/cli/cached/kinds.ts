import { join } from "node:path";
import { fetchedNodeKind } from "../../agent-install/fetched-node.ts";
import { bakedImageKind, bakingHome, bakingKind } from "../../baked-images/index.ts";
import { imageArchiveKind } from "../../container-images/index.ts";
import { engineKind } from "../../engine/index.ts";
import { createQemuDriver, makingKind, poolKinds, type QemuPorts } from "../../hypervisors/qemu/index.ts";
import { baseImageKind, failedTemplateKind, templateKind } from "../../images/index.ts";
import type { CacheKind } from "../../system/cache.ts";
import type { Home } from "../../system/home.ts";

/** All that can be made anew, in the order in which a first `up` makes it, and what runs that were killed have left of making it. */
export function cacheKinds(ports: QemuPorts): readonly CacheKind[] {
  const { home } = ports;
  const driver = createQemuDriver({ ...ports, home: bakingHome(home) });
  return [
    engineKind(home),
    compiledCodeKind(home),
    imageArchiveKind(home),
    baseImageKind(home),
    bakedImageKind(home),
    templateKind(home),
    fetchedNodeKind(home),
    bakingKind({ home, driver }),
    makingKind(ports),
    ...poolKinds(ports),
    failedTemplateKind(home),
    testMaterialKind(home),
  ];
}

/** V8 keeps it by itself, for our programs and for those of Pulumi. */
function compiledCodeKind({ cache: { code } }: Home): CacheKind {
  return { what: "compiled code", folder: code, isEntry: (name) => !name.startsWith(".") };
}

/** What the tests of a checkout boot from, and what they emulate clouds with: `npm test` makes it. */
function testMaterialKind({ cache: { root } }: Home): CacheKind {
  const folder = join(root, "tests");
  return {
    what: "test material",
    folder,
    isEntry: (name) => /^[a-z]+-[0-9a-f]{16}$/.test(name),
    draftOf: (name) => /^((?:machine|moto)-[0-9a-f]{16})-new-/.exec(name)?.[1],
    lockOf: (name) => join(folder, `${name}.lock`),
  };
}
