import { zstdCompressSync } from "node:zlib";
import { describe, expect, it } from "@jest/globals";
import { busyboxArchive } from "../../support/busybox-image.ts";
import { call, kindOf, type RuntimeWorld } from "./world.ts";

async function* inPieces(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 65_536) {
    yield await Promise.resolve(bytes.subarray(at, at + 65_536));
  }
}

/** Local images: archives and digests. Pulls have a suite of their own, with a real registry. */
export function imageContract(world: () => RuntimeWorld): void {
  const quietly = { ...call, onProgress: () => undefined };

  it("knows no digest of an image that is not there", async () => {
    expect(await world().runtime.resolveImage("test/absent:1", call)).toBeUndefined();
  });

  describe.each([
    ["plain", (archive: Buffer) => archive],
    ["compressed with zstd", (archive: Buffer) => zstdCompressSync(archive)],
  ])("an archive, %s", (_, packed) => {
    it("loads all its images and says their references", async () => {
      const progress: string[] = [];
      const archive = await busyboxArchive({ reference: "test/one:1" }, { reference: "test/two:1", env: { A: "1" } });
      const loaded = await world().runtime.loadImages(inPieces(packed(archive)), {
        ...call,
        onProgress: (text) => progress.push(text),
      });
      expect([...loaded].sort()).toEqual(["test/one:1", "test/two:1"]);
      expect([...progress].sort()).toEqual(["loaded test/one:1", "loaded test/two:1"]);
      const { images } = await world().runtime.observe("none", [...loaded, "test/absent:1"], call);
      expect(Object.keys(images).sort()).toEqual(["test/one:1", "test/two:1"]);
      expect(images["test/one:1"]).toMatch(/^sha256:[0-9a-f]{64}$/);
      expect(images["test/one:1"]).not.toBe(images["test/two:1"]);
    });
  });

  it("knows an image of an archive that has no reference by its digest", async () => {
    const archive = await busyboxArchive({ env: { UNTAGGED: "1" } });
    const [loaded = "", ...others] = await world().runtime.loadImages(inPieces(archive), quietly);
    expect(others).toEqual([]);
    expect(loaded).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(await world().runtime.resolveImage(loaded, call)).toBe(loaded);
  });

  it("gives the same digest to the same content", async () => {
    const digests = [];
    for (const reference of ["test/same:1", "test/same:2"]) {
      await world().runtime.loadImages(inPieces(await busyboxArchive({ reference })), quietly);
      digests.push(await world().runtime.resolveImage(reference, call));
    }
    expect(digests[0]).toBe(digests[1]);
  });

  it.each([
    ["is no archive", () => inPieces(Buffer.from("this is not a tar archive".repeat(100)))],
    [
      "breaks off",
      async function* () {
        yield await Promise.resolve(Buffer.alloc(1_024));
        throw new Error("the upload was cut");
      },
    ],
  ])("refuses what %s", async (_, archive) => {
    expect(await kindOf(world().runtime.loadImages(archive(), quietly))).toBe("image-pull-failed");
  });
}
