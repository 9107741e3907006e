import { createHash } from "node:crypto";
import { mkdir, readFile, stat, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import type { VmRunning } from "../../modules/hypervisors/driver.ts";
import { linkOrCopy } from "../../modules/hypervisors/qemu/disks/link.ts";
import { templateFiles } from "../../modules/images/index.ts";
import { noteVerified, stampsOf } from "../../modules/images/verified.ts";
import type { Home } from "../../modules/system/home.ts";

/** The folder of the template that a clone has begun from. */
export function templateOf({ start }: VmRunning, { cache }: Home): string {
  const key = /^clone of (\w+)/u.exec(start?.reason ?? "")?.[1];
  if (key === undefined) throw new Error(`it is no clone: ${start?.reason ?? "nothing is known of its start"}`);
  return join(cache.templates, key);
}

/** A home with templates of its own: what is done to them, and what is noted of them, is nobody else's. */
export function withOwnTemplates(home: Home): Home {
  return { ...home, cache: { ...home.cache, templates: join(home.root, "templates") } };
}

/** Where a home has the template of a folder. */
export function placeOf(template: string, { cache }: Home): string {
  return join(cache.templates, basename(template));
}

const manifestFile = "manifest.json";

/**
 * Copies a template, by links where that can be. With another state it counts as whole: what happened to that happened before anybody described it.
 */
export async function copyTemplate(
  from: string,
  to: string,
  change: (state: Buffer) => Buffer = (state) => state,
): Promise<void> {
  const names = templateFiles("mapped");
  await mkdir(to, { recursive: true });
  for (const name of names) if (name !== "state") await linkOrCopy(join(from, name), join(to, name));
  const state = change(await readFile(join(from, "state")));
  await writeFile(join(to, "state"), state, { mode: 0o400 });
  const { size, mtimeMs } = await stat(join(to, "state"));
  const sha256 = createHash("sha256").update(state).digest("hex");
  const manifest = JSON.parse(await readFile(join(from, manifestFile), "utf8")) as { files: Record<string, unknown> };
  const files = { ...manifest.files, state: { sha256, size, mtimeMs } };
  await writeFile(join(to, manifestFile), JSON.stringify({ ...manifest, files }));
  await noteVerified(to, await stampsOf(to, names));
}
