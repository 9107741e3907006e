import { createHash, randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { Readable } from "node:stream";
import { afterAll, beforeAll, describe, expect, it, jest } from "@jest/globals";
import { silentProgress, type Progress } from "../../modules/base/progress.ts";
import type { HostConnection } from "../../modules/protocol/host.ts";
import { mintKeyPair } from "../../modules/ssh/keys.ts";
import type { SshSession, UploadSource } from "../../modules/ssh/types.ts";
import { waitForSsh } from "../../modules/ssh/wait.ts";
import { systemClock } from "../../modules/system/clock.ts";
import { listening, portOf } from "../support/listening.ts";
import { freePort, startSshd, type TestSshd } from "../support/sshd.ts";
import { sshWorld } from "../support/ssh-world.ts";
import { startTcpProxy } from "../support/tcp-proxy.ts";

jest.setTimeout(120_000);
const world = sshWorld();
const { signal } = new AbortController();
const call = { signal, deadlineMs: 60_000 };

describe("many hosts at once", () => {
  let hosts: readonly TestSshd[];
  beforeAll(async () => {
    hosts = await Promise.all(Array.from({ length: 20 }, () => startSshd()));
  });
  afterAll(async () => {
    for (const host of hosts) await host[Symbol.asyncDispose]();
  });

  const wait = (connection: HostConnection, more: { progress?: Progress; signal?: AbortSignal } = {}) =>
    waitForSsh(world.pool, connection, {
      ...{ clock: systemClock, signal, deadlineMs: 60_000, loginGraceMs: 0, progress: silentProgress },
      ...more,
    });
  const portSeenBy = async (session: SshSession): Promise<number> => {
    const { stdout } = await session.exec(["sh", "-c", 'echo "${SSH_CONNECTION##* }"'], call);
    return Number(stdout);
  };

  it("are each reached, twenty of them, and each answers for itself", async () => {
    const sessions = await Promise.all(hosts.map(({ connection }) => wait(connection)));
    expect(await Promise.all(sessions.map(portSeenBy))).toEqual(hosts.map(({ connection }) => connection.port));
  });

  it("are not held up by those that do not answer: each of these has a reason of its own", async () => {
    const silent = createServer();
    await using _ = await listening(silent);
    const [one, another, ...others] = hosts;
    const leave = new AbortController();
    const said: string[] = [];
    let isSilent = true;
    const ended = wait(
      { ...one!.connection, port: portOf(silent) },
      { signal: leave.signal, progress: { ...silentProgress, status: (text) => void said.push(text) } },
    ).finally(() => (isSilent = false));
    const nobody = { ...one!.connection, port: await freePort() };
    const refused = waitForSsh(world.pool, nobody, {
      ...{ clock: systemClock, signal, deadlineMs: 500, progress: silentProgress },
    });
    const stranger = wait({ ...one!.connection, privateKey: mintKeyPair().privateKey });
    const impostor = wait({ ...another!.connection, hostKey: mintKeyPair().publicKey });
    const [first, second, third, ...sessions] = await Promise.allSettled([
      ...[refused, stranger, impostor],
      ...others.map(({ connection }) => wait(connection)),
    ]);
    expect(first).toMatchObject({ reason: { message: expect.stringMatching(/after .* s: connection refused$/u) } });
    expect(second).toMatchObject({ reason: { code: "ssh.auth-failed" } });
    expect(third).toMatchObject({ reason: { code: "ssh.host-key-mismatch" } });
    expect(sessions.map(({ status }) => status)).toEqual(others.map(() => "fulfilled"));
    expect(isSilent).toBe(true);
    while (said.length === 0) await new Promise(setImmediate);
    expect(said[0]).toMatch(/^waiting for ssh \d+ s \(no SSH banner within 3 s\)$/u);
    leave.abort(new Error("seen enough"));
    await expect(ended).rejects.toThrow("seen enough");
  });
});

describe("over a slow link", () => {
  const content = randomBytes(600_000);
  const file: UploadSource = {
    bytes: content.length,
    digest: `sha256:${createHash("sha256").update(content).digest("hex")}`,
    open: (offset) => Readable.from([content.subarray(offset)]),
  };

  it("an upload goes on as fast as the link lets it, and commands get through beside it", async () => {
    await using link = await startTcpProxy(world.sshd.connection.port);
    using session = await world.pool.connect({ ...world.sshd.connection, port: link.port }, call);
    link.slowDown(400_000);
    const upload = session.upload(file, join(world.directory, "slow"), call);
    expect(await session.exec(["echo", "here"], call)).toMatchObject({ stdout: "here\n" });
    expect(await upload).toEqual({ sentBytes: content.length });
  });

  it("an upload that does not end in time says so, and the next one ends well", async () => {
    await using link = await startTcpProxy(world.sshd.connection.port);
    const connection = { ...world.sshd.connection, port: link.port };
    const path = join(world.directory, "late");
    using session = await world.pool.connect(connection, call);
    link.slowDown(100_000);
    const short = { signal, deadlineMs: 3_000 };
    await expect(session.upload(file, path, short)).rejects.toMatchObject({
      code: "deadline",
      message: expect.stringContaining("uploading late on "),
    });
    using quick = await world.pool.connect(world.sshd.connection, call);
    await quick.upload(file, path, call);
    expect(content.equals(await readFile(path))).toBe(true);
  });
});
