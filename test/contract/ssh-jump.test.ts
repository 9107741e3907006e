import { afterAll, beforeAll, describe, expect, it, jest } from "@jest/globals";
import type { HostConnection } from "../../modules/protocol/host.ts";
import { mintKeyPair } from "../../modules/ssh/keys.ts";
import { createSshPool } from "../../modules/ssh/pool.ts";
import { systemClock } from "../../modules/system/clock.ts";
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

  it("is not reached through a jump host that shows another key: nothing is sent to it", async () => {
    const { port } = jumpHost.connection;
    await expect(world.pool.connect(behind({ hostKey: mintKeyPair().publicKey }), call)).rejects.toMatchObject({
      code: "ssh.host-key-mismatch",
      message: expect.stringContaining(`:${port} shows another host key`),
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
      code: "ssh.auth-failed",
      message: expect.stringContaining(`:${jumpHost.connection.port} does not accept`),
    });
  });

  it("says that the jump host does not lead to it", async () => {
    const port = await freePort();
    await expect(world.pool.connect({ ...behind(), port }, call)).rejects.toMatchObject({
      code: "ssh.unreachable",
      message: expect.stringMatching(
        `:${port} over SSH: the jump host 127.0.0.1 does not lead there: .*Connection refused`,
      ),
    });
  });

  it("says that the jump host forwards nothing", async () => {
    await using closed = await startSshd({ settings: ["AllowTcpForwarding no"] });
    await expect(world.pool.connect({ ...world.sshd.connection, jump: closed.connection }, call)).rejects.toMatchObject(
      {
        code: "ssh.unreachable",
        message: expect.stringContaining("does not lead there"),
      },
    );
  });

  it("is lost with the jump host", async () => {
    await using network = await startTcpProxy(jumpHost.connection.port);
    using session = await world.pool.connect(behind({ port: network.port }), call);
    const running = session.exec(["sleep", "30"], call);
    network.cut();
    await expect(running).rejects.toMatchObject({ code: "ssh.unreachable" });
    expect(session.lost).toBe(true);
  });
});
