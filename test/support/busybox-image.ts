import { createHash } from "node:crypto";
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { buffer } from "node:stream/consumers";
import { promisify } from "node:util";
import { pack } from "tar-stream";

export interface BusyboxImage {
  /** Absent: the image has no tag. */
  readonly reference?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** What it runs. Default: nothing, for a day. */
  readonly command?: readonly string[];
  /** Targets of the volumes that it declares. */
  readonly volumes?: readonly string[];
  /** Bytes of noise, for an image that takes its time. Default 0. */
  readonly ballast?: Uint8Array;
}

/** A `docker save` archive of images with a shell and the usual programs; equal descriptions give equal digests. */
export async function busyboxArchive(...images: readonly BusyboxImage[]): Promise<Buffer> {
  const archive = pack();
  const manifest: object[] = [];
  for (const image of images) {
    const layer = await rootFileSystem(image.ballast);
    const layerName = `${sha256(layer)}/layer.tar`;
    const config = JSON.stringify({
      architecture: process.arch === "arm64" ? "arm64" : "amd64",
      os: "linux",
      config: {
        Env: Object.entries({ PATH: "/bin", ...image.env }).map(([name, value]) => `${name}=${value}`),
        Cmd: image.command ?? ["sleep", "86400"],
        ...(image.volumes === undefined
          ? {}
          : { Volumes: Object.fromEntries(image.volumes.map((target) => [target, {}])) }),
      },
      rootfs: { type: "layers", diff_ids: [`sha256:${sha256(layer)}`] },
    });
    archive.entry({ name: layerName }, layer);
    archive.entry({ name: `${sha256(config)}.json` }, config);
    manifest.push({
      Config: `${sha256(config)}.json`,
      RepoTags: image.reference === undefined ? null : [image.reference],
      Layers: [layerName],
    });
  }
  archive.entry({ name: "manifest.json" }, JSON.stringify(manifest));
  archive.finalize();
  return await buffer(archive);
}

async function rootFileSystem(ballast: Uint8Array | undefined): Promise<Buffer> {
  const layer = pack();
  const mtime = new Date(0);
  for (const name of ["bin/", "etc/", "proc/", "sys/", "dev/", "tmp/"]) {
    layer.entry({ name, type: "directory", mtime, mode: name === "tmp/" ? 0o1777 : 0o755 });
  }
  layer.entry({ name: "etc/passwd", mtime }, "root:x:0:0:root:/:/bin/sh\nuser:x:1000:1000:user:/:/bin/sh\n");
  layer.entry({ name: "etc/group", mtime }, "root:x:0:\nuser:x:1000:\n");
  layer.entry({ name: "bin/busybox", mode: 0o755, mtime }, await readFile("/bin/busybox"));
  const { stdout } = await promisify(execFile)("/bin/busybox", ["--list"]);
  for (const program of stdout.trim().split("\n")) {
    if (program !== "busybox") layer.entry({ name: `bin/${program}`, type: "symlink", linkname: "busybox", mtime });
  }
  if (ballast !== undefined) layer.entry({ name: "ballast", mtime }, Buffer.from(ballast));
  layer.finalize();
  return await buffer(layer);
}

function sha256(content: Uint8Array | string): string {
  return createHash("sha256").update(content).digest("hex");
}
