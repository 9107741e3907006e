import { createReadStream, createWriteStream } from "node:fs";
import { stat } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import { pack, type Pack } from "tar-stream";
import { guestFile, type Recipe } from "./recipe.ts";

type EntryHeader = Parameters<Pack["entry"]>[0];

/** The agent's Node as it lies in the guest. */
export interface BakedNode {
  readonly path: string;
  readonly version: string;
  readonly sha256: string;
}

/**
 * Writes the archive of everything that we add to Debian: our files, masked and enabled units, the agent's Node. Owners, modes
 * and times are fixed, so that the checkout's do not matter.
 */
export async function writeOverlay(recipe: Recipe, node: BakedNode, target: string): Promise<void> {
  const archive = pack();
  const written = pipeline(archive, createWriteStream(target));
  await Promise.all([written, fill(archive, recipe, node)]);
}

async function fill(archive: Pack, recipe: Recipe, node: BakedNode): Promise<void> {
  for (const file of recipe.files) {
    if (!file.path.startsWith("rootfs/")) continue;
    const name = file.path.slice("rootfs/".length);
    archive.entry(header({ name, mode: file.executable ? 0o755 : 0o644 }), file.content);
  }
  archive.entry(header({ name: "boot/initramfs-init", mode: 0o755 }), guestFile(recipe, "initramfs/init"));
  const units = "etc/systemd/system";
  for (const unit of recipe.masked) link(archive, `${units}/${unit}`, "/dev/null");
  for (const name of recipe.maskedGenerators) link(archive, `etc/systemd/system-generators/${name}`, "/dev/null");
  link(archive, `${units}/default.target`, "/usr/lib/systemd/system/multi-user.target");
  for (const [target, unit] of recipe.enabled) link(archive, `${units}/${target}.wants/${unit}`, `../${unit}`);
  await addNode(archive, node);
  archive.finalize();
}

/** By digest, where the agent's slots look for it, and by version, for people. */
async function addNode(archive: Pack, node: BakedNode): Promise<void> {
  const { size } = await stat(node.path);
  const entry = archive.entry(header({ name: `opt/stackhouse/nodes/${node.sha256}`, mode: 0o755, size }));
  await pipeline(createReadStream(node.path), entry);
  const byVersion = `opt/stackhouse/node/${node.version}/bin`;
  link(archive, `${byVersion}/node`, `../../../nodes/${node.sha256}`);
  archive.entry(header({ name: `${byVersion}/node.sha256`, mode: 0o644 }), `${node.sha256}  node\n`);
}

function link(archive: Pack, name: string, linkname: string): void {
  archive.entry(header({ name, type: "symlink", linkname, mode: 0o777 }));
}

function header(fields: EntryHeader): EntryHeader {
  return { uid: 0, gid: 0, mtime: new Date(0), ...fields };
}
