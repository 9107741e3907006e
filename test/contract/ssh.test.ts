import { execFile } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { mkdtemp, readFile, readdir, rm, stat, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { Readable } from "node:stream";
import { promisify } from "node:util";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from "@jest/globals";
import type { HostConnection } from "../../modules/protocol/host.ts";
import { fingerprintOf, mintKeyPair } from "../../modules/ssh/keys.ts";
import { createSshPool } from "../../modules/ssh/pool.ts";
import type { SshPool, UploadSource } from "../../modules/ssh/types.ts";
import { waitForSsh } from "../../modules/ssh/wait.ts";
import { systemClock } from "../../modules/system/clock.ts";
import { freePort, startSshd, type TestSshd } from "../support/sshd.ts";
import { startTcpProxy } from "../support/tcp-proxy.ts";

jest.setTimeout(60_000);
const signal = new AbortController().signal;
const call = { signal, deadlineMs: 20_000 };

let sshd: TestSshd;
let pool: SshPool;
let directory: string;
beforeAll(async () => {
  sshd = await startSshd();
  directory = await mkdtemp(join(tmpdir(), "ssh-test-"));
});
afterAll(async () => {
  await sshd[Symbol.asyncDispose]();
  await rm(directory, { recursive: true });
});
beforeEach(() => {
  pool = createSshPool({ clock: systemClock });
});
afterEach(async () => {
  await pool[Symbol.asyncDispose]();
});

/** Connections that this process holds to a port. */
const openSockets = (): number =>
  process.getActiveResourcesInfo().filter((resource) => resource === "TCPSocketWrap").length;

describe("connecting", () => {
  it("shares one connection among all callers, and closes it with the pool", async () => {
    const before = openSockets();
    const sessions = await Promise.all(Array.from({ length: 20 }, () => pool.connect(sshd.connection, call)));
    expect(openSockets() - before).toBe(1);
    sessions.forEach((session) => session[Symbol.dispose]());
    await pool[Symbol.asyncDispose]();
    expect(openSockets()).toBe(before);
    await expect(pool.connect(sshd.connection, call)).rejects.toThrow("the SSH pool is closed");
  });

  it("closes a connection that nobody used for a while, and dials again when asked", async () => {
    const before = openSockets();
    const impatient = createSshPool({ clock: systemClock, idleMs: 1 });
    const first = await impatient.connect(sshd.connection, call);
    const gone = first.openCommand(["cat"], call).then((stream) => text(stream));
    first[Symbol.dispose]();
    await expect(gone).rejects.toMatchObject({ code: "ssh.unreachable" });
    expect(openSockets()).toBe(before);
    const second = await impatient.connect(sshd.connection, call);
    expect(await second.exec(["true"], call)).toMatchObject({ exitCode: 0 });
    await impatient[Symbol.asyncDispose]();
  });

  it("refuses a changed host key before anything is sent, and shows both fingerprints", async () => {
    const { publicKey } = mintKeyPair();
    await expect(pool.connect({ ...sshd.connection, hostKey: publicKey }, call)).rejects.toMatchObject({
      code: "ssh.host-key-mismatch",
      details: [`pinned:  ${fingerprintOf(publicKey)}`, `offered: ${fingerprintOf(sshd.connection.hostKey)}`],
    });
  });

  it("refuses a host that holds only a key of another type", async () => {
    const keyFile = join(directory, "rsa");
    await promisify(execFile)("ssh-keygen", ["-q", "-t", "rsa", "-b", "2048", "-N", "", "-f", keyFile]);
    const rsa = { privateKey: await readFile(keyFile, "utf8"), publicKey: await readFile(`${keyFile}.pub`, "utf8") };
    await using other = await startSshd({ hostKey: rsa });
    await expect(pool.connect({ ...other.connection, hostKey: sshd.connection.hostKey }, call)).rejects.toMatchObject({
      code: "ssh.host-key-mismatch",
      details: [expect.anything(), `offered: ${fingerprintOf(rsa.publicKey)}`],
    });
    const session = await pool.connect(other.connection, call);
    expect(await session.exec(["true"], call)).toMatchObject({ exitCode: 0 });
  });

  it("says whose key was refused when the login fails", async () => {
    const stranger = mintKeyPair();
    await expect(pool.connect({ ...sshd.connection, privateKey: stranger.privateKey }, call)).rejects.toMatchObject({
      code: "ssh.auth-failed",
      message: expect.stringContaining(fingerprintOf(stranger.publicKey)),
    });
  });

  it("uses the SSH agent where the connection holds no key", async () => {
    const keyFile = join(directory, "agent-key");
    await writeFile(keyFile, sshd.connection.privateKey, { mode: 0o600 });
    const agentSocket = join(directory, "agent.sock");
    const agent = execFile("ssh-agent", ["-D", "-a", agentSocket]);
    const keyless = withoutKey(sshd.connection);
    await using withAgent = createSshPool({ clock: systemClock, agentSocket });
    await expect(withAgent.connect(keyless, call)).rejects.toMatchObject({ code: "ssh.auth-failed" });
    await promisify(execFile)("ssh-add", ["-q", keyFile], { env: { ...process.env, SSH_AUTH_SOCK: agentSocket } });
    const session = await withAgent.connect(keyless, call);
    expect(await session.exec(["true"], call)).toMatchObject({ exitCode: 0 });
    agent.kill();
  });

  it("says what to do when there is neither a key nor an agent", async () => {
    const keyless = withoutKey(sshd.connection);
    await expect(pool.connect(keyless, call)).rejects.toMatchObject({
      code: "ssh.auth-failed",
      hint: expect.stringContaining("SSH_AUTH_SOCK"),
    });
  });

  it("says that a connection was refused", async () => {
    await expect(pool.connect({ ...sshd.connection, port: await freePort() }, call)).rejects.toMatchObject({
      code: "ssh.unreachable",
      message: expect.stringContaining("connection refused"),
    });
  });

  it.each([
    ["SSH banner", () => createServer()],
    ["key exchange", () => createServer((socket) => socket.write("SSH-2.0-Slow\r\n"))],
  ])("gives up at the deadline on a host that sends no %s", async (phase, start) => {
    const server = start();
    await using _ = await listening(server);
    await expect(
      pool.connect({ ...sshd.connection, port: portOf(server) }, { signal, deadlineMs: 300 }),
    ).rejects.toMatchObject({ code: "ssh.unreachable", message: expect.stringContaining(`no ${phase} within`) });
  });

  it("leaves one caller's dial alone when another gives up", async () => {
    const abort = new AbortController();
    const left = pool.connect(sshd.connection, { ...call, signal: abort.signal });
    const right = pool.connect(sshd.connection, call);
    abort.abort(new Error("stopped by the user"));
    await expect(left).rejects.toThrow("stopped by the user");
    expect(await (await right).exec(["true"], call)).toMatchObject({ exitCode: 0 });
  });
});

describe("waiting for a host", () => {
  const progressOf = (said: string[]) => ({
    status: (line: string) => said.push(line),
    info: () => undefined,
    warn: () => undefined,
  });

  it("tries until sshd is there, says why it waits, and keeps the connection that it made", async () => {
    const port = await freePort();
    const said: string[] = [];
    const hostKey = mintKeyPair();
    let late: TestSshd | undefined;
    const connection: HostConnection = { ...sshd.connection, port, hostKey: hostKey.publicKey };
    const started = new Promise<void>((resolve, reject) => {
      const status = (line: string): void => {
        said.push(line);
        if (said.length > 1) return;
        startSshd({ port, hostKey, authorizedKeys: join(sshd.directory, "authorized_keys") })
          .then((server) => (late = server))
          .then(() => resolve(), reject);
      };
      waitForSsh(pool, connection, {
        clock: systemClock,
        signal,
        deadlineMs: 20_000,
        progress: { ...progressOf([]), status },
      })
        .then((session) => session.exec(["true"], call))
        .then((result) => expect(result.exitCode).toBe(0))
        .catch(reject);
    });
    await started;
    expect(said[0]).toBe("waiting for ssh 0 s (connection refused)");
    await pool[Symbol.asyncDispose]();
    await late?.[Symbol.asyncDispose]();
  });

  it("gives up at the deadline with the last reason", async () => {
    await expect(
      waitForSsh(
        pool,
        { ...sshd.connection, port: await freePort() },
        {
          clock: systemClock,
          signal,
          deadlineMs: 500,
          progress: progressOf([]),
        },
      ),
    ).rejects.toMatchObject({ code: "ssh.unreachable", message: expect.stringContaining("connection refused") });
  });

  it("does not try again after a host key that does not match", async () => {
    const said: string[] = [];
    await expect(
      waitForSsh(
        pool,
        { ...sshd.connection, hostKey: mintKeyPair().publicKey },
        {
          clock: systemClock,
          signal,
          deadlineMs: 20_000,
          progress: progressOf(said),
        },
      ),
    ).rejects.toMatchObject({ code: "ssh.host-key-mismatch" });
    expect(said).toEqual(["waiting for ssh 0 s (key exchange)"]);
  });

  it("bears a refused login for as long as a boot may take, no longer", async () => {
    const said: string[] = [];
    await expect(
      waitForSsh(
        pool,
        { ...sshd.connection, privateKey: mintKeyPair().privateKey },
        {
          clock: systemClock,
          signal,
          deadlineMs: 20_000,
          loginGraceMs: 300,
          progress: progressOf(said),
        },
      ),
    ).rejects.toMatchObject({ code: "ssh.auth-failed" });
    expect(said.slice(0, 3)).toEqual([
      "waiting for ssh 0 s (key exchange)",
      "waiting for ssh 0 s (authentication)",
      "waiting for ssh 0 s (login refused)",
    ]);
  });
});

describe("running a command", () => {
  it.each([
    ["its exit code, stdout and stderr", ["sh", "-c", "echo out; echo err >&2; exit 3"], 3, "out\n", "err\n"],
    ["127 for a program that is not there", ["no-such-program"], 127, "", expect.stringContaining("No such file")],
    ["128 and the signal's number", ["sh", "-c", "kill -KILL $$"], 137, "", ""],
    ["arguments as they are", ["printf", "%s|", "a b", "$HOME", "it's", ""], 0, "a b|$HOME|it's||", ""],
  ])("gives %s", async (_, argv, exitCode, stdout, stderr) => {
    using session = await pool.connect(sshd.connection, call);
    expect(await session.exec(argv, call)).toEqual({ exitCode, stdout, stderr });
  });

  it("gives stdin from text and from a stream", async () => {
    using session = await pool.connect(sshd.connection, call);
    expect((await session.exec(["wc", "-c"], call, { stdin: "żółć" })).stdout.trim()).toBe("8");
    const stdin = Readable.from([Buffer.alloc(3_000_000), Buffer.alloc(5)]);
    expect((await session.exec(["wc", "-c"], call, { stdin })).stdout.trim()).toBe("3000005");
  });

  it("takes the exit code of a command that does not read its stdin", async () => {
    using session = await pool.connect(sshd.connection, call);
    const stdin = Readable.from(Array.from({ length: 500 }, () => Buffer.alloc(64 * 1024)));
    expect(await session.exec(["false"], call, { stdin })).toMatchObject({ exitCode: 1 });
  });

  it("fails with the error of a stdin that cannot be read", async () => {
    using session = await pool.connect(sshd.connection, call);
    const stdin = new Readable({ read: (): void => void stdin.destroy(new Error("the disk broke")) });
    await expect(session.exec(["cat"], call, { stdin })).rejects.toThrow("the disk broke");
  });

  it("tells each line as it comes", async () => {
    using session = await pool.connect(sshd.connection, call);
    const lines: string[] = [];
    const printed = session.exec(["sh", "-c", "echo one; read go; printf 'two\\r\\nthree'"], call, {
      stdin: Readable.from(
        (async function* () {
          while (lines.length === 0) await new Promise((resolve) => setImmediate(resolve));
          yield "go\n";
        })(),
      ),
      onLine: (line) => lines.push(line),
    });
    await printed;
    expect(lines).toEqual(["one", "two", "three"]);
  });

  it("runs 20 commands at once on one connection, more than sshd allows sessions", async () => {
    using session = await pool.connect(sshd.connection, call);
    const results = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        session.exec(["sh", "-c", 'sleep 0.2; echo "$1"', "sh", `${index}`], call),
      ),
    );
    expect(results.map(({ stdout }) => stdout.trim())).toEqual(Array.from({ length: 20 }, (_, index) => `${index}`));
  });

  it("ends the command at its deadline, here and on the host", async () => {
    using session = await pool.connect(sshd.connection, call);
    const marker = join(directory, "ended");
    const command = ["sh", "-c", "trap 'echo yes > \"$1\"' TERM; sleep 20 & wait", "sh", marker];
    await expect(session.exec(command, { signal, deadlineMs: 300 })).rejects.toMatchObject({
      code: "deadline",
      message: expect.stringMatching(/^sh on .* did not finish within 0.3 s$/),
    });
    const ended = await session.exec(["sh", "-c", 'until [ -e "$1" ]; do sleep 0.05; done', "sh", marker], call);
    expect(ended).toMatchObject({ exitCode: 0 });
  });

  it("ends with the reason of an abort", async () => {
    using session = await pool.connect(sshd.connection, call);
    const abort = new AbortController();
    const running = session.exec(
      ["sh", "-c", "echo started; sleep 20"],
      { ...call, signal: abort.signal },
      {
        onLine: () => abort.abort(new Error("stopped by the user")),
      },
    );
    await expect(running).rejects.toThrow("stopped by the user");
  });

  it("fails when the connection is lost in the middle, and the next session is on a new one", async () => {
    await using proxy = await startTcpProxy(sshd.connection.port);
    const connection = { ...sshd.connection, port: proxy.port };
    using session = await pool.connect(connection, call);
    await expect(
      session.exec(["sh", "-c", "echo started; sleep 20"], call, { onLine: () => proxy.cut() }),
    ).rejects.toMatchObject({ code: "ssh.unreachable" });
    expect(session.lost).toBe(true);
    await expect(session.exec(["true"], call)).rejects.toMatchObject({ code: "ssh.unreachable" });
    using next = await pool.connect(connection, call);
    expect(await next.exec(["true"], call)).toMatchObject({ exitCode: 0 });
  });
});

describe("a network that goes silent", () => {
  it("counts as a lost connection after a few unanswered probes", async () => {
    await using proxy = await startTcpProxy(sshd.connection.port);
    await using attentive = createSshPool({ clock: systemClock, keepaliveMs: 100 });
    using session = await attentive.connect({ ...sshd.connection, port: proxy.port }, call);
    const running = session.exec(["sh", "-c", "echo started; sleep 20"], call, { onLine: () => proxy.freeze() });
    await expect(running).rejects.toMatchObject({
      code: "ssh.unreachable",
      message: expect.stringContaining("Keepalive timeout"),
    });
  });
});

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
      using session = await pool.connect(sshd.connection, call);
      const content = Buffer.concat([randomBytes(10_000_000), Buffer.alloc(40_000_000, "stackhouse ")]);
      const path = join(directory, `deep/er/${compression}`);
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

  it("sends nothing for a file that is there, and gives it the mode", async () => {
    using session = await pool.connect(sshd.connection, call);
    const path = join(directory, "there");
    const file = sourceOf(Buffer.from("same"));
    await writeFile(path, "same", { mode: 0o600 });
    expect(await session.upload(file, path, call, { mode: 0o755 })).toEqual({ sentBytes: 0 });
    expect((await stat(path)).mode & 0o777).toBe(0o755);
  });

  it.each([
    ["a shorter file", "old"],
    ["another file of the same size", "olds"],
  ])("replaces %s", async (_, before) => {
    using session = await pool.connect(sshd.connection, call);
    const path = join(directory, "replaced");
    await writeFile(path, before);
    await session.upload(sourceOf(Buffer.from("new!")), path, call);
    expect(await readFile(path, "utf8")).toBe("new!");
  });

  it.each(["none", "gzip"] as const)("continues after a cut, compression %s", async (compression) => {
    await using proxy = await startTcpProxy(sshd.connection.port);
    const connection = { ...sshd.connection, port: proxy.port };
    const content = randomBytes(20_000_000);
    const folder = join(directory, `cut-${compression}`);
    const path = join(folder, "file");
    using session = await pool.connect(connection, call);
    proxy.cutAfter(12_000_000);
    await expect(session.upload(sourceOf(content), path, call, { compression })).rejects.toMatchObject({
      code: "ssh.unreachable",
    });
    await expect(stat(path)).rejects.toThrow("ENOENT");
    using next = await pool.connect(connection, call);
    const { sentBytes } = await next.upload(sourceOf(content), path, call, { compression });
    expect(sentBytes).toBeLessThan(content.length);
    expect(content.equals(await readFile(path))).toBe(true);
    expect(await readdir(folder)).toEqual(["file"]);
  });

  it("lets two uploads of the same file run side by side", async () => {
    using session = await pool.connect(sshd.connection, call);
    const content = randomBytes(5_000_000);
    const path = join(directory, "twice");
    const both = await Promise.allSettled([1, 2].map(() => session.upload(sourceOf(content), path, call)));
    expect(both.map(({ status }) => status)).toEqual(["fulfilled", "fulfilled"]);
    expect(content.equals(await readFile(path))).toBe(true);
  });

  it("keeps nothing of a file whose content is not what was announced", async () => {
    using session = await pool.connect(sshd.connection, call);
    const folder = join(directory, "damaged");
    const file = { ...sourceOf(Buffer.from("right")), open: () => Readable.from([Buffer.from("wrong")]) };
    await expect(session.upload(file, join(folder, "file"), call)).rejects.toMatchObject({
      code: "ssh.command-failed",
      details: ["the content arrived damaged"],
    });
    expect(await readdir(folder)).toEqual([]);
  });

  it("shows what the host said when it cannot write there", async () => {
    using session = await pool.connect(sshd.connection, call);
    await expect(session.upload(sourceOf(Buffer.from("x")), "/proc/stackhouse/file", call)).rejects.toMatchObject({
      code: "ssh.command-failed",
      details: [expect.stringContaining("/proc/stackhouse")],
    });
  });
});

describe("a unix socket of the host", () => {
  it("carries bytes both ways and ends with the peer", async () => {
    const path = join(directory, "echo.sock");
    const server = createServer((socket) => socket.pipe(socket));
    await using _ = await listening(server, path);
    using session = await pool.connect(sshd.connection, call);
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
    using session = await pool.connect(sshd.connection, call);
    await expect(session.openUnixSocket(join(directory, "nobody.sock"), call)).rejects.toMatchObject({
      code: "ssh.command-failed",
      message: expect.stringContaining("nobody listens on"),
    });
  });

  it("fails its reader and its writer when the connection is lost", async () => {
    const path = join(directory, "cut.sock");
    const server = createServer((socket) => socket.pause());
    await using _ = await listening(server, path);
    await using proxy = await startTcpProxy(sshd.connection.port);
    using session = await pool.connect({ ...sshd.connection, port: proxy.port }, call);
    const stream = await session.openUnixSocket(path, call);
    const written = new Promise((resolve) => stream.write(Buffer.alloc(8_000_000), resolve));
    const read = text(stream);
    proxy.cut();
    await expect(read).rejects.toMatchObject({ code: "ssh.unreachable" });
    expect(await written).toMatchObject({ code: "ssh.unreachable" });
  });
});

describe("a terminal", () => {
  it("runs a command with its size, resizes it and gives its exit code", async () => {
    using session = await pool.connect(sshd.connection, call);
    const command = ["sh", "-c", "stty size; read go; stty size; exit 5"];
    const shell = await session.shell({ term: "xterm", columns: 100, rows: 30, command }, { signal });
    const shown: string[] = [];
    for await (const piece of shell.stream.setEncoding("utf8")) {
      shown.push(String(piece));
      if (!String(piece).includes("30 100")) continue;
      shell.resize(120, 40);
      shell.stream.write("go\n");
    }
    expect(await shell.exited).toBe(5);
    expect(shown.join("")).toMatch(/30 100[\s\S]*40 120/);
  });

  it("gives a login shell", async () => {
    using session = await pool.connect(sshd.connection, call);
    const shell = await session.shell({ term: "dumb", columns: 80, rows: 24 }, { signal });
    shell.stream.write("echo $((6 * 7)) at home; exit\n");
    expect(await text(shell.stream)).toContain("42 at home");
    expect(await shell.exited).toBe(0);
  });
});

function withoutKey({ address, port, user, hostKey }: HostConnection): HostConnection {
  return { address, port, user, hostKey };
}

function portOf(server: Server): number {
  const address = server.address();
  return typeof address === "object" ? (address?.port ?? 0) : 0;
}

async function listening(server: Server, path?: string): Promise<AsyncDisposable> {
  const sockets = new Set<{ destroy(): void }>();
  server.on("connection", (socket) => sockets.add(socket.on("error", () => undefined)));
  await new Promise<void>((resolve) => {
    if (path === undefined) server.listen(0, "127.0.0.1", resolve);
    else server.listen(path, resolve);
  });
  return {
    async [Symbol.asyncDispose]() {
      sockets.forEach((socket) => socket.destroy());
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
