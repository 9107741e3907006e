import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { createReadStream, createWriteStream } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { extract, pack, type Header } from "tar-stream";
import { commonEntries, listEntries, writeLayer } from "../../modules/container-images/layers.ts";

type Entry = Partial<Header> & { name: string; content?: string };

describe("layers of container images", () => {
  const signal = new AbortController().signal;
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "layers-"));
  });
  afterEach(async () => {
    await rm(folder, { recursive: true });
  });

  async function tarOf(name: string, entries: readonly Entry[]): Promise<string> {
    const packer = pack();
    for (const { content, ...header } of entries) packer.entry({ mtime: new Date(0), ...header }, content ?? "");
    packer.finalize();
    const path = join(folder, name);
    await pipeline(packer, createWriteStream(path));
    return path;
  }

  async function commonOf(...tars: (readonly Entry[])[]): Promise<string[]> {
    const paths = await Promise.all(tars.map((entries, index) => tarOf(`${index}.tar`, entries)));
    return [...commonEntries(await Promise.all(paths.map((path) => listEntries(path, signal))))].sort();
  }

  const libc = { name: "./usr/lib/libc.so", content: "libc" };

  it.each<{ name: string; web: Entry[]; api: Entry[]; shared: string[] }>([
    { name: "shares what is alike", web: [libc, { name: "./nginx" }], api: [libc], shared: ["usr/lib/libc.so"] },
    { name: "does not share other content", web: [libc], api: [{ ...libc, content: "musl" }], shared: [] },
    { name: "does not share another mode", web: [libc], api: [{ ...libc, mode: 0o600 }], shared: [] },
    { name: "does not share another owner", web: [libc], api: [{ ...libc, uid: 33 }], shared: [] },
    {
      name: "leaves device nodes out",
      web: [{ name: "./dev/null", type: "character-device" }],
      api: [{ name: "./dev/null", type: "character-device" }],
      shared: [],
    },
    {
      name: "shares a hard link with its target",
      web: [libc, { name: "./alias", type: "link", linkname: "./usr/lib/libc.so" }],
      api: [libc, { name: "./alias", type: "link", linkname: "./usr/lib/libc.so" }],
      shared: ["alias", "usr/lib/libc.so"],
    },
    {
      name: "keeps a hard link of one image and its target together",
      web: [libc, { name: "./alias", type: "link", linkname: "./usr/lib/libc.so" }],
      api: [libc],
      shared: [],
    },
  ])("$name", async ({ web, api, shared }) => {
    expect(await commonOf(web, api)).toEqual(shared);
  });

  it("shares nothing where there is one image", async () => {
    expect(await commonOf([libc])).toEqual([]);
  });

  it("lets a further entry take the place of one of its name", async () => {
    const from = await tarOf("root.tar", [libc, { name: "./etc/nginx.conf", content: "the package's" }]);
    const extra = [{ header: { name: "etc/nginx.conf" }, content: Buffer.from("ours") }];
    const names: string[] = [];
    const layer = await writeLayer({ from, to: join(folder, "one.layer"), include: () => true, extra, signal });
    const reader = extract();
    const fed = pipeline(createReadStream(layer.path), reader);
    for await (const entry of reader) {
      names.push(entry.header.name);
      entry.resume();
    }
    await fed;
    expect(names).toEqual(["usr/lib/libc.so", "etc/nginx.conf"]);
  });

  it("gives the same DiffID for the same entries, and holds the chosen ones and the further ones", async () => {
    const from = await tarOf("root.tar", [libc, { name: "./secret", content: "s" }]);
    const write = (to: string) =>
      writeLayer({
        from,
        to: join(folder, to),
        include: (name) => name !== "secret",
        extra: [{ header: { name: "app/api.py", mtime: new Date(0) }, content: Buffer.from("print()") }],
        signal,
      });
    const [first, second] = [await write("one.layer"), await write("two.layer")];
    expect(first.diffId).toBe(second.diffId);
    expect([...(await listEntries(first.path, signal)).keys()]).toEqual(["usr/lib/libc.so", "app/api.py"]);
  });
});
