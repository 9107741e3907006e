import { describe, expect, it, jest } from "@jest/globals";
import { getEventListeners, once } from "node:events";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { PassThrough, Readable } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";
import { sshWorld } from "../support/ssh-world.ts";
import { startSshd } from "../support/sshd.ts";
import { startTcpProxy } from "../support/tcp-proxy.ts";

jest.setTimeout(60_000);
const world = sshWorld();
const signal = new AbortController().signal;
const call = { signal, deadlineMs: 20_000 };

describe("running a command", () => {
  it.each([
    ["its exit code, stdout and stderr", ["sh", "-c", "echo out; echo err >&2; exit 3"], 3, "out\n", "err\n"],
    ["127 for a program that is not there", ["no-such-program"], 127, "", expect.stringContaining("No such file")],
    ["128 and the signal's number", ["sh", "-c", "kill -KILL $$"], 137, "", ""],
    ["arguments as they are", ["printf", "%s|", "a b", "$HOME", "it's", ""], 0, "a b|$HOME|it's||", ""],
  ])("gives %s", async (_, argv, exitCode, stdout, stderr) => {
    using session = await world.pool.connect(world.sshd.connection, call);
    expect(await session.exec(argv, call)).toEqual({ exitCode, stdout, stderr });
  });

  it("gives the exit code of a command whose whole answer comes in one piece", async () => {
    const { connection } = world.sshd;
    await using network = await startTcpProxy(connection.port, 500);
    using session = await world.pool.connect({ ...connection, port: network.port }, call);
    expect(await session.exec(["sh", "-c", "echo out; exit 3"], call)).toMatchObject({ exitCode: 3, stdout: "out\n" });
  });

  it("gives stdin from text and from a stream", async () => {
    using session = await world.pool.connect(world.sshd.connection, call);
    expect((await session.exec(["wc", "-c"], call, { stdin: "żółć" })).stdout.trim()).toBe("8");
    const stdin = Readable.from([Buffer.alloc(3_000_000), Buffer.alloc(5)]);
    expect((await session.exec(["wc", "-c"], call, { stdin })).stdout.trim()).toBe("3000005");
  });

  it("takes the exit code of a command that does not read its stdin", async () => {
    using session = await world.pool.connect(world.sshd.connection, call);
    const stdin = Readable.from(Array.from({ length: 500 }, () => Buffer.alloc(64 * 1024)));
    expect(await session.exec(["false"], call, { stdin })).toMatchObject({ exitCode: 1 });
  });

  it("fails with the error of a stdin that cannot be read", async () => {
    using session = await world.pool.connect(world.sshd.connection, call);
    const stdin = new Readable({ read: (): void => void stdin.destroy(new Error("the disk broke")) });
    await expect(session.exec(["cat"], call, { stdin })).rejects.toThrow("the disk broke");
  });

  it("tells each line as it comes", async () => {
    using session = await world.pool.connect(world.sshd.connection, call);
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
    // The login shell of whoever runs this may say something before.
    expect(lines.slice(lines.indexOf("one"))).toEqual(["one", "two", "three"]);
  });

  it("puts lines together that come in pieces, and takes half of a line end for none", async () => {
    using session = await world.pool.connect(world.sshd.connection, call);
    const lines: string[] = [];
    const pieces = ["begin\\none\\r", "\\ntwo", "\\n\\nthr", "ee\\r\\n", "four\\r"];
    const script = 'for piece; do printf "$piece"; sleep 0.1; done';
    await session.exec(["sh", "-c", script, "sh", ...pieces], call, { onLine: (line) => lines.push(line) });
    // The login shell of whoever runs this may say something before.
    expect(lines.slice(lines.indexOf("begin"))).toEqual(["begin", "one", "two", "", "three", "four\r"]);
  });

  it("passes output on as it comes, byte for byte, where nobody wants it as text", async () => {
    using session = await world.pool.connect(world.sshd.connection, call);
    const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
    const script = "printf '\\377one'; read go; echo two >&2; exit 3";
    const ran = session.exec(["sh", "-c", script], call, { stdin, into: { stdout, stderr } });
    // The login shell of whoever runs this may say something before.
    let said = "";
    while (!said.endsWith("\u00ffone")) said += ((await once(stdout, "data")) as [Buffer])[0].toString("latin1");
    stdin.end("go\n");
    expect(await ran).toEqual({ exitCode: 3, stdout: "", stderr: "" });
    expect(String(stderr.read())).toContain("two\n");
    expect(stdout.writable).toBe(true);
  });

  it("runs 20 commands at once on one connection, more than sshd allows sessions", async () => {
    using session = await world.pool.connect(world.sshd.connection, call);
    const results = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        session.exec(["sh", "-c", 'sleep 0.2; echo "$1"', "sh", `${index}`], call),
      ),
    );
    expect(results.map(({ stdout }) => stdout.trim())).toEqual(Array.from({ length: 20 }, (_, index) => `${index}`));
  });

  it.each([2, 1])("runs them all on a host that allows %i at once", async (count) => {
    await using narrow = await startSshd({ settings: [`MaxSessions ${count}`] });
    using session = await world.pool.connect(narrow.connection, call);
    const indices = Array.from({ length: 6 }, (_, index) => `${index}`);
    const results = await Promise.all(indices.map((index) => session.exec(["echo", index], call)));
    expect(results.map(({ stdout }) => stdout.trim())).toEqual(indices);
    for (const index of indices) expect((await session.exec(["echo", index], call)).stdout.trim()).toBe(index);
  });

  it("runs a row of them beside one without an end, on a host that allows two at once", async () => {
    await using narrow = await startSshd({ settings: ["MaxSessions 2"] });
    using session = await world.pool.connect(narrow.connection, call);
    const endless = await session.openCommand(["cat"], call);
    for (let index = 0; index < 20; index += 1) {
      expect(await session.exec(["echo", `${index}`], call)).toMatchObject({ exitCode: 0 });
    }
    const results = await Promise.all(Array.from({ length: 6 }, () => session.exec(["true"], call)));
    expect(results.map(({ exitCode }) => exitCode)).toEqual(results.map(() => 0));
    endless.destroy();
  });

  it("says at the deadline that a host allows none beside one without an end, and goes on when that is over", async () => {
    await using narrow = await startSshd({ settings: ["MaxSessions 1"] });
    using session = await world.pool.connect(narrow.connection, call);
    const endless = await session.openCommand(["cat"], call);
    await expect(session.exec(["true"], { signal, deadlineMs: 1_000 })).rejects.toMatchObject({
      code: "deadline",
      message: expect.stringContaining("found no session within 1 s: the host opens none beside the 1 "),
      hint: expect.stringContaining("MaxSessions"),
    });
    endless.destroy();
    expect(await session.exec(["true"], call)).toMatchObject({ exitCode: 0 });
  });

  it("says that a host allows no command", async () => {
    await using closed = await startSshd({ settings: ["MaxSessions 0"] });
    using session = await world.pool.connect(closed.connection, call);
    await expect(session.exec(["true"], call)).rejects.toMatchObject({
      code: "ssh.command-failed",
      message: expect.stringMatching(/ opens no session$/u),
      hint: expect.stringContaining("MaxSessions"),
    });
  });

  it("lets a stream wait for its place for longer than opening it may take", async () => {
    using session = await world.pool.connect(world.sshd.connection, call);
    const first = await Promise.all(Array.from({ length: 8 }, () => session.openCommand(["cat"], call)));
    const ninth = session.openCommand(["echo", "served"], { signal, deadlineMs: 500 });
    await delay(1_000);
    for (const stream of first) stream.destroy();
    expect(await text(await ninth)).toBe("served\n");
  });

  it.each([
    ["as the user", {}],
    // As with sudo, what runs the command is not the one to signal: the command is in a session of its own.
    ["through what gives it its rights", { via: { command: ["setsid", "--fork", "--wait"] } }],
  ])("ends the command at its deadline, here and on the host: %s", async (name, rights) => {
    using session = await world.pool.connect(world.sshd.connection, call);
    const marker = join(world.directory, name);
    const command = ["sh", "-c", "trap 'echo yes > \"$1\"' TERM; sleep 20 & wait", "sh", marker];
    await expect(session.exec(command, { signal, deadlineMs: 300 }, rights)).rejects.toMatchObject({
      code: "deadline",
      message: expect.stringMatching(/^sh on .* did not finish within 0.3 s$/),
    });
    const ended = await session.exec(["sh", "-c", 'until [ -e "$1" ]; do sleep 0.05; done', "sh", marker], call);
    expect(ended).toMatchObject({ exitCode: 0 });
  });

  it("ends with the reason of an abort", async () => {
    using session = await world.pool.connect(world.sshd.connection, call);
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
    await using proxy = await startTcpProxy(world.sshd.connection.port);
    const connection = { ...world.sshd.connection, port: proxy.port };
    using session = await world.pool.connect(connection, call);
    await expect(
      session.exec(["sh", "-c", "echo started; sleep 20"], call, { onLine: () => proxy.cut() }),
    ).rejects.toMatchObject({ code: "ssh.unreachable" });
    expect(session.lost).toBe(true);
    await expect(session.exec(["true"], call)).rejects.toMatchObject({ code: "ssh.unreachable" });
    using next = await world.pool.connect(connection, call);
    expect(await next.exec(["true"], call)).toMatchObject({ exitCode: 0 });
  });
});

describe("a terminal", () => {
  it("runs a command with its size, resizes it and gives its exit code", async () => {
    using session = await world.pool.connect(world.sshd.connection, call);
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
    expect(getEventListeners(signal, "abort")).toEqual([]);
    expect(shown.join("")).toMatch(/30 100[\s\S]*40 120/);
  });

  it("ends with the reason of an abort", async () => {
    using session = await world.pool.connect(world.sshd.connection, call);
    const abort = new AbortController();
    const shell = await session.shell({ term: "dumb", columns: 80, rows: 24 }, { signal: abort.signal });
    abort.abort(new Error("stopped by the user"));
    await expect(text(shell.stream)).rejects.toThrow("stopped by the user");
  });

  it("gives a login shell", async () => {
    using session = await world.pool.connect(world.sshd.connection, call);
    const shell = await session.shell({ term: "dumb", columns: 80, rows: 24 }, { signal });
    shell.stream.write("echo $((6 * 7)) at home; exit\n");
    expect(await text(shell.stream)).toContain("42 at home");
    expect(await shell.exited).toBe(0);
  });
});
