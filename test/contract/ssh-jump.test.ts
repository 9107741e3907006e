import { createServer } from "node:net";
import { afterAll, beforeAll, describe, expect, it, jest } from "@jest/globals";
import { silentProgress } from "../../modules/base/progress.ts";
import type { HostConnection } from "../../modules/protocol/host.ts";
import { fingerprintOf, mintKeyPair } from "../../modules/ssh/keys.ts";
import { createSshPool } from "../../modules/ssh/pool.ts";
import { waitForSsh } from "../../modules/ssh/wait.ts";
import { systemClock } from "../../modules/system/clock.ts";
import { listening, portOf } from "../support/listening.ts";
import { freePort, startSshd, type TestSshd } from "../support/sshd.ts";
import { sshWorld } from "../support/ssh-world.ts";
import { startTcpProxy } from "../support/tcp-proxy.ts";

jest.setTimeout(60_000);
const world = sshWorld();
const call = { signal: new AbortController().signal, deadlineMs: 20_000 };

describe("a host behind a jump host", () => {
  let jumpHost: TestSshd;
  beforeAll(async () => {
    jumpHost = await startSshd();
  });
  afterAll(async () => {
    await jumpHost[Symbol.asyncDispose]();
  });

  const behind = (more: Partial<NonNullable<HostConnection["jump"]>> = {}): HostConnection => ({
    ...world.sshd.connection,
    jump: { ...jumpHost.connection, ...more },
  });
  it("is reached with keys of its own, and runs commands and takes files as any", async () => {
    using session = await world.pool.connect(behind(), call);
    expect(await session.exec(["cat"], call, { stdin: "through" })).toMatchObject({ stdout: "through", exitCode: 0 });
  });

  it("is another connection than the same host without it, and all who go there share one", async () => {
    await using way = await startTcpProxy(jumpHost.connection.port);
    const sessions = await Promise.all([
      world.pool.connect(behind({ port: way.port }), call),
      world.pool.connect(world.sshd.connection, call),
      world.pool.connect(behind({ port: way.port }), call),
    ]);
    expect(way.accepted).toBe(1);
    for (const session of sessions) session[Symbol.dispose]();
  });

  it("leaves no connection to the jump host behind", async () => {
    await using way = await startTcpProxy(jumpHost.connection.port);
    await using pool = createSshPool({ clock: systemClock });
    using session = await pool.connect(behind({ port: way.port }), call);
    await session.exec(["true"], call);
    expect(way.open).toBe(2);
    await pool[Symbol.asyncDispose]();
    while (way.open > 0) await new Promise(setImmediate);
  });

  it("shares the connection to the jump host with all others behind it", async () => {
    await using other = await startSshd();
    await using way = await startTcpProxy(jumpHost.connection.port);
    const here = behind({ port: way.port });
    const there = { ...other.connection, jump: here.jump! };
    const [one, another] = await Promise.all([here, there].map((connection) => world.pool.connect(connection, call)));
    expect(await another!.exec(["echo", "there"], call)).toMatchObject({ stdout: "there\n" });
    another![Symbol.dispose]();
    expect(await one!.exec(["echo", "here"], call)).toMatchObject({ stdout: "here\n" });
    expect(way.accepted).toBe(1);
  });

  it("is not reached through a jump host that shows another key: nothing is sent to it, and nothing said of the host", async () => {
    const { port } = jumpHost.connection;
    const { publicKey } = mintKeyPair();
    await expect(world.pool.connect(behind({ hostKey: publicKey }), call)).rejects.toMatchObject({
      code: "ssh.jump-host",
      message: expect.stringContaining(`:${port} shows another host key`),
      details: [`pinned:  ${fingerprintOf(publicKey)}`, `offered: ${fingerprintOf(jumpHost.connection.hostKey)}`],
    });
  });

  it("must show its own pinned key, whoever leads to it", async () => {
    const other = { ...behind(), hostKey: mintKeyPair().publicKey };
    await expect(world.pool.connect(other, call)).rejects.toMatchObject({
      code: "ssh.host-key-mismatch",
      message: expect.stringContaining(`:${world.sshd.connection.port} shows another host key`),
    });
  });

  it("says that the jump host does not let us in", async () => {
    const stranger = mintKeyPair();
    await expect(world.pool.connect(behind({ privateKey: stranger.privateKey }), call)).rejects.toMatchObject({
      code: "ssh.jump-host",
      message: expect.stringContaining(`:${jumpHost.connection.port} does not accept`),
    });
  });

  it("says that the jump host does not lead to it", async () => {
    const port = await freePort();
    await expect(world.pool.connect({ ...behind(), port }, call)).rejects.toMatchObject({
      code: "ssh.unreachable",
      message: expect.stringMatching(
        `:${port} over SSH: the jump host .*:${jumpHost.connection.port} does not lead there: .*Connection refused`,
      ),
    });
  });

  it("says that the jump host forwards nothing, and what it has to allow", async () => {
    await using closed = await startSshd({ settings: ["AllowTcpForwarding no"] });
    await expect(world.pool.connect({ ...world.sshd.connection, jump: closed.connection }, call)).rejects.toMatchObject(
      {
        code: "ssh.jump-host",
        message: expect.stringContaining("forwards no connection there"),
        hint: expect.stringContaining("AllowTcpForwarding"),
      },
    );
  });

  it("says that the jump host is not there", async () => {
    const port = await freePort();
    await expect(world.pool.connect(behind({ port }), call)).rejects.toMatchObject({
      code: "ssh.unreachable",
      message: expect.stringMatching(
        `:${world.sshd.connection.port} over SSH: the jump host .*:${port} cannot be reached: connection refused$`,
      ),
      hint: expect.stringContaining("jump host"),
    });
  });

  describe("of which one is silent", () => {
    const silence = createServer();
    let ended: AsyncDisposable;
    beforeAll(async () => {
      ended = await listening(silence);
    });
    afterAll(async () => {
      await ended[Symbol.asyncDispose]();
    });

    const silentJumpHost = (): HostConnection => behind({ port: portOf(silence) });
    const silentHost = (): HostConnection => ({ ...behind(), port: portOf(silence) });

    it.each([
      ["the jump host", silentJumpHost, /no SSH banner of the jump host \S+:\d+ within 1 s$/u],
      ["the host itself", silentHost, /: no SSH banner within 1 s$/u],
    ])("says at the deadline that it is %s", async (_, connection, message) => {
      const { signal } = call;
      await expect(world.pool.connect(connection(), { signal, deadlineMs: 1_000 })).rejects.toMatchObject({
        code: "ssh.unreachable",
        message: expect.stringMatching(message),
      });
    });

    it.each([
      ["the jump host", silentJumpHost, /^waiting for ssh \d+ s \(no SSH banner of the jump host \S+ within 3 s\)$/u],
      ["the host itself", silentHost, /^waiting for ssh \d+ s \(no SSH banner within 3 s\)$/u],
    ])("is dialled again as one that boots, and the row says that it is %s", async (_, connection, row) => {
      const leave = new AbortController();
      const status = (text: string): void => {
        if (row.test(text)) leave.abort(new Error("seen enough"));
      };
      const progress = { ...silentProgress, status };
      const options = { clock: systemClock, signal: leave.signal, deadlineMs: 20_000, progress };
      await expect(waitForSsh(world.pool, connection(), options)).rejects.toThrow("seen enough");
    });
  });

  it("is left where the jump host has fallen silent", async () => {
    await using way = await startTcpProxy(jumpHost.connection.port);
    await using pool = createSshPool({ clock: systemClock });
    using session = await pool.connect(behind({ port: way.port }), call);
    way.freeze();
    await pool[Symbol.asyncDispose]();
    expect(session.lost).toBe(true);
  });

  it("is lost with the jump host, and both are dialled anew", async () => {
    await using network = await startTcpProxy(jumpHost.connection.port);
    using session = await world.pool.connect(behind({ port: network.port }), call);
    const running = session.exec(["sleep", "30"], call);
    network.cut();
    await expect(running).rejects.toMatchObject({ code: "ssh.unreachable" });
    expect(session.lost).toBe(true);
    using next = await world.pool.connect(behind({ port: network.port }), call);
    expect(await next.exec(["true"], call)).toMatchObject({ exitCode: 0 });
    expect(network.accepted).toBe(2);
  });
});
