// The backports of this Debian release, from the mirror that the machine uses already. Its own list of sources stays as it is.

import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "./children.mjs";

const ownSources = "/etc/apt/sources.list";
const keyring = "/usr/share/keyrings/debian-archive-keyring.gpg";

/**
 * Runs `use` with the options of apt-get that add the backports for one call. Gives false where the machine has none.
 *
 * @param {(options: readonly string[]) => Promise<boolean>} use
 */
export async function withBackports(use) {
  const codename = debianCodename(await readFile("/etc/os-release", "utf8").catch(() => ""));
  const mirror = codename === undefined ? undefined : await mirrorOf(codename);
  if (codename === undefined || mirror === undefined) return false;
  const folder = await mkdtemp(join(tmpdir(), "stackhouse-apt-"));
  try {
    const sources = join(folder, "sources.list");
    const own = existsSync(ownSources) ? await readFile(ownSources, "utf8") : "";
    const signed = existsSync(keyring) ? `[signed-by=${keyring}] ` : "";
    await writeFile(sources, `${own}\ndeb ${signed}${mirror} ${codename}-backports main\n`);
    return await use(["-o", `Dir::Etc::sourcelist=${sources}`, "-t", `${codename}-backports`]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** @param {string} osRelease */
function debianCodename(osRelease) {
  return /^ID=debian$/m.test(osRelease) ? /^VERSION_CODENAME=(\w+)$/m.exec(osRelease)?.[1] : undefined;
}

/** @param {string} codename */
async function mirrorOf(codename) {
  /** @type {string[]} */
  const mirrors = [];
  const args = ["indextargets", "--format", "$(CODENAME) $(COMPONENT) $(REPO_URI)", "Created-By: Packages"];
  await run("apt-get", args, {
    onLine: (line) => {
      const [release, component, uri] = line.split(" ");
      if (release === codename && component === "main" && uri !== undefined) mirrors.push(uri);
    },
  });
  return mirrors[0];
}
