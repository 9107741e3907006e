import { describe, expect, it, jest } from "@jest/globals";
import { createHash, randomBytes } from "node:crypto";
import { readFile, readdir, stat, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { Readable } from "node:stream";
import { finished } from "node:stream/promises";
import type { SshSession, UploadSource } from "../../modules/ssh/types.ts";
import { listening } from "../support/listening.ts";
import { sshWorld } from "../support/ssh-world.ts";
import { startTcpProxy } from "../support/tcp-proxy.ts";

jest.setTimeout(60_000);
const world = sshWorld();
const signal = new AbortController().signal;
const call = { signal, deadlineMs: 20_000 };

describe("uploading", () => {
  const sourceOf = (content: Buffer): UploadSource => ({
    bytes: content.length,
    digest: `sha256:${createHash("sha256").update(content).digest("hex")}`,
    open: (offset) => Readable.from(chunks(content.subarray(offset)), { objectMode: false }),
  });
  function* chunks(content: Buffer): Generator<Buffer> {
    for (let at = 0; at < content.length; at += 64 * 1024) yield content.subarray(at, at + 64 * 1024);
  }

  it.each(["none", "gzip"] as const)(
    "puts 50 MB in place with its digest and mode, compression %s",
    async (compression) => {
      using session = await world.pool.connect(world.sshd.connection, call);
      const content = Buffer.concat([randomBytes(10_000_000), Buffer.alloc(40_000_000, "stackhouse ")]);
      const path = join(world.directory, `deep/er/${compression}`);
      const said: string[] = [];
      const progress = { status: (line: string) => void said.push(line), info: () => undefined, warn: () => undefined };
      const result = await session.upload(sourceOf(content), path, call, { mode: 0o640, compression, progress });
      expect(result.sentBytes).toBe(content.length);
      expect(content.equals(await readFile(path))).toBe(true);
      expect((await stat(path)).mode & 0o777).toBe(0o640);
      expect(said.at(-1)).toMatch(new RegExp(`^uploading ${compression} (49|50) of 50 MB$`));
      expect(said.length).toBeLessThan(110);
    },
  );

  /** All places of the connection, held until they are given back. */
  const holdAll = async (session: SshSession): Promise<Disposable> => {
    const streams = await Promise.all(Array.from({ length: 8 }, () => session.openCommand(["cat"], call)));
    for (const stream of streams) stream.on("error", () => undefined);
    return { [Symbol.dispose]: () => streams.forEach((stream) => stream.destroy()) };
  };

  it("tells of a source that breaks while its command waits for a session", async () => {
    using session = await world.pool.connect(world.sshd.connection, call);
    const source = new Readable({ read: () => undefined });
    const open = (): Readable => {
      void holdAll(session).then((held) => {
        source.destroy(new Error("the disk is gone"));
        setImmediate(() => held[Symbol.dispose]());
      });
      return source;
    };
    const file = { ...sourceOf(Buffer.from("never sent")), open };
    await expect(session.upload(file, join(world.directory, "broken"), call)).rejects.toThrow("the disk is gone");
  });

  it("closes its source where no session opens", async () => {
    using session = await world.pool.connect(world.sshd.connection, call);
    const source = new Readable({ read: () => undefined });
    const leave = new AbortController();
    const held: Promise<Disposable>[] = [];
    const open = (): Readable => {
      held.push(holdAll(session));
      void held[0]?.then(() => leave.abort(new Error("left")));
      return source;
    };
    const file = { ...sourceOf(Buffer.from("never sent")), open };
    const upload = session.upload(file, join(world.directory, "left"), { ...call, signal: leave.signal });
    await expect(upload).rejects.toThrow("left");
    (await Promise.all(held)).forEach((one) => one[Symbol.dispose]());
    await expect(finished(source)).rejects.toThrow("Premature close");
  });

  it("says of an upload that ended early how much is there", async () => {
    using session = await world.pool.connect(world.sshd.connection, call);
    const file = { ...sourceOf(Buffer.from("0123456789")), open: () => Readable.from([Buffer.from("0123")]) };
    await expect(session.upload(file, join(world.directory, "early"), call)).rejects.toMatchObject({
      code: "ssh.command-failed",
      details: ["4 of 10 bytes arrived and are kept: the next upload goes on there"],
    });
  });

  it("sends nothing for a file that is there, and gives it the mode", async () => {
    using session = await world.pool.connect(world.sshd.connection, call);
    const path = join(world.directory, "there");
    const file = sourceOf(Buffer.from("same"));
    await writeFile(path, "same", { mode: 0o600 });
    expect(await session.upload(file, path, call, { mode: 0o755 })).toEqual({ sentBytes: 0 });
    expect((await stat(path)).mode & 0o777).toBe(0o755);
  });

  it.each([
    ["a shorter file", "old"],
    ["another file of the same size", "olds"],
  ])("replaces %s", async (_, before) => {
    using session = await world.pool.connect(world.sshd.connection, call);
    const path = join(world.directory, "replaced");
    await writeFile(path, before);
    await session.upload(sourceOf(Buffer.from("new!")), path, call);
    expect(await readFile(path, "utf8")).toBe("new!");
  });

  it.each(["none", "gzip"] as const)("continues after a cut, compression %s", async (compression) => {
    await using proxy = await startTcpProxy(world.sshd.connection.port);
    const connection = { ...world.sshd.connection, port: proxy.port };
    const content = randomBytes(20_000_000);
    const folder = join(world.directory, `cut-${compression}`);
    const path = join(folder, "file");
    using session = await world.pool.connect(connection, call);
    proxy.cutAfter(12_000_000);
    await expect(session.upload(sourceOf(content), path, call, { compression })).rejects.toMatchObject({
      code: "ssh.unreachable",
    });
    await expect(stat(path)).rejects.toThrow("ENOENT");
    using next = await world.pool.connect(connection, call);
    const { sentBytes } = await next.upload(sourceOf(content), path, call, { compression });
    expect(sentBytes).toBeLessThan(content.length);
    expect(content.equals(await readFile(path))).toBe(true);
    expect(await readdir(folder)).toEqual(["file"]);
  });

  it("lets two uploads of the same file run side by side", async () => {
    using session = await world.pool.connect(world.sshd.connection, call);
    const content = randomBytes(5_000_000);
    const path = join(world.directory, "twice");
    const both = await Promise.allSettled([1, 2].map(() => session.upload(sourceOf(content), path, call)));
    expect(both.map(({ status }) => status)).toEqual(["fulfilled", "fulfilled"]);
    expect(content.equals(await readFile(path))).toBe(true);
  });

  it("keeps nothing of a file whose content is not what was announced", async () => {
    using session = await world.pool.connect(world.sshd.connection, call);
    const folder = join(world.directory, "damaged");
    const file = { ...sourceOf(Buffer.from("right")), open: () => Readable.from([Buffer.from("wrong")]) };
    await expect(session.upload(file, join(folder, "file"), call)).rejects.toMatchObject({
      code: "ssh.command-failed",
      details: ["the content arrived damaged"],
    });
    expect(await readdir(folder)).toEqual([]);
  });

  it("shows what the host said when it cannot write there", async () => {
    using session = await world.pool.connect(world.sshd.connection, call);
    await expect(session.upload(sourceOf(Buffer.from("x")), "/proc/stackhouse/file", call)).rejects.toMatchObject({
      code: "ssh.command-failed",
      details: [expect.stringContaining("/proc/stackhouse")],
    });
  });
});

describe("a unix socket of the host", () => {
  it("carries bytes both ways and ends with the peer", async () => {
    const path = join(world.directory, "echo.sock");
    const server = createServer((socket) => socket.pipe(socket));
    await using _ = await listening(server, path);
    using session = await world.pool.connect(world.sshd.connection, call);
    const before = randomBytes(5_000_000);
    const stream = await session.openUnixSocket(path, call);
    const received: Buffer[] = [];
    let bytes = 0;
    const all = new Promise<void>((resolve) => {
      stream.on("data", (chunk: Buffer) => {
        received.push(chunk);
        if ((bytes += chunk.length) === before.length) resolve();
      });
    });
    stream.write(before);
    await all;
    expect(Buffer.concat(received).equals(before)).toBe(true);
    stream.destroy();
  });

  it("says that nobody listens there", async () => {
    using session = await world.pool.connect(world.sshd.connection, call);
    await expect(session.openUnixSocket(join(world.directory, "nobody.sock"), call)).rejects.toMatchObject({
      code: "ssh.command-failed",
      message: expect.stringContaining("nobody listens on"),
    });
  });

  it("fails its reader and its writer when the connection is lost", async () => {
    const path = join(world.directory, "cut.sock");
    const server = createServer((socket) => socket.pause());
    await using _ = await listening(server, path);
    await using proxy = await startTcpProxy(world.sshd.connection.port);
    using session = await world.pool.connect({ ...world.sshd.connection, port: proxy.port }, call);
    const stream = await session.openUnixSocket(path, call);
    const written = new Promise((resolve) => stream.write(Buffer.alloc(8_000_000), resolve));
    const read = text(stream);
    proxy.cut();
    await expect(read).rejects.toMatchObject({ code: "ssh.unreachable" });
    expect(await written).toMatchObject({ code: "ssh.unreachable" });
  });
});
