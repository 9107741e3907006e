import { createHash } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import { pack, type Pack } from "tar-stream";
import type { Layer } from "./layers.ts";
import type { ImageRecipe } from "./recipe.ts";

export interface ArchiveImage {
  readonly recipe: ImageRecipe;
  /** From the lowest to the highest. */
  readonly layers: readonly Layer[];
}

/** Every image is dated alike, so that the same content has the same digest. */
const created = "1970-01-01T00:00:00Z";

/**
 * Writes images as one archive that every Docker Engine loads; a shared layer is stored once.
 * Source: image configuration of the OCI image spec (config.md), and the layout of `docker save`.
 */
export async function writeImageArchive(
  images: readonly ArchiveImage[],
  to: string,
  signal: AbortSignal,
): Promise<void> {
  const packer = pack();
  await Promise.all([pipeline(packer, createWriteStream(to), { signal }), fill(packer, images, signal)]);
}

async function fill(packer: Pack, images: readonly ArchiveImage[], signal: AbortSignal): Promise<void> {
  const layers = new Map(images.flatMap((image) => image.layers.map((layer) => [layer.diffId, layer])));
  for (const layer of layers.values()) {
    await pipeline(createReadStream(layer.path), packer.entry({ name: layerName(layer), size: layer.size }), {
      signal,
    });
  }
  const manifest = images.map((image) => {
    const config = JSON.stringify(imageConfig(image));
    const name = `${createHash("sha256").update(config).digest("hex")}.json`;
    packer.entry({ name }, config);
    return { Config: name, RepoTags: [image.recipe.reference], Layers: image.layers.map(layerName) };
  });
  packer.entry({ name: "manifest.json" }, JSON.stringify(manifest));
  packer.finalize();
}

function layerName(layer: Layer): string {
  return `${layer.diffId.slice("sha256:".length)}/layer.tar`;
}

function imageConfig({ recipe, layers }: ArchiveImage): unknown {
  const path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
  const emptyObjects = (keys: readonly string[]): Record<string, object> =>
    Object.fromEntries(keys.map((key) => [key, {}]));
  return {
    created,
    architecture: "amd64",
    os: "linux",
    config: {
      Env: Object.entries({ PATH: path, ...recipe.env }).map(([name, value]) => `${name}=${value}`),
      ...(recipe.user === undefined ? {} : { User: recipe.user }),
      ...(recipe.workingDir === undefined ? {} : { WorkingDir: recipe.workingDir }),
      ...(recipe.entrypoint === undefined ? {} : { Entrypoint: recipe.entrypoint }),
      ...(recipe.command === undefined ? {} : { Cmd: recipe.command }),
      ExposedPorts: emptyObjects(recipe.ports.map((port) => `${port}/tcp`)),
      Volumes: emptyObjects(recipe.volumes),
    },
    rootfs: { type: "layers", diff_ids: layers.map((layer) => layer.diffId) },
    history: layers.map(() => ({ created, created_by: "stackhouse" })),
  };
}
