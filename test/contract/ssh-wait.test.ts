import { describe, expect, it, jest } from "@jest/globals";
import { connect, createServer, type LookupFunction } from "node:net";
import { join } from "node:path";
import type { HostConnection } from "../../modules/protocol/host.ts";
import { mintKeyPair } from "../../modules/ssh/keys.ts";
import { createSshPool } from "../../modules/ssh/pool.ts";
import { waitForSsh } from "../../modules/ssh/wait.ts";
import { systemClock } from "../../modules/system/clock.ts";
import { listening, portOf } from "../support/listening.ts";
import { freePort, startSshd, type TestSshd } from "../support/sshd.ts";
import { sshWorld } from "../support/ssh-world.ts";

jest.setTimeout(60_000);
const world = sshWorld();
const signal = new AbortController().signal;
const call = { signal, deadlineMs: 20_000 };

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
    const connection: HostConnection = { ...world.sshd.connection, port, hostKey: hostKey.publicKey };
    const started = new Promise<void>((resolve, reject) => {
      const status = (line: string): void => {
        said.push(line);
        if (said.length > 1) return;
        startSshd({ port, hostKey, authorizedKeys: join(world.sshd.directory, "authorized_keys") })
          .then((server) => (late = server))
          .then(() => resolve(), reject);
      };
      waitForSsh(world.pool, connection, {
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
    await world.pool[Symbol.asyncDispose]();
    await late?.[Symbol.asyncDispose]();
  });

  it("gives up at the deadline with the last reason", async () => {
    await expect(
      waitForSsh(
        world.pool,
        { ...world.sshd.connection, port: await freePort() },
        {
          clock: systemClock,
          signal,
          deadlineMs: 500,
          progress: progressOf([]),
        },
      ),
    ).rejects.toMatchObject({ code: "ssh.unreachable", message: expect.stringContaining("connection refused") });
  });

  it("reaches a host whose name takes longer to look up than a host may be silent", async () => {
    const lookup: LookupFunction = (_name, { all }, done) => {
      const tell = (): void =>
        all === true ? done(null, [{ address: "127.0.0.1", family: 4 }]) : done(null, "127.0.0.1", 4);
      void systemClock.sleep(4_000).then(tell);
    };
    await using pool = createSshPool({ clock: systemClock, lookup });
    const connection = { ...world.sshd.connection, address: "web.example" };
    const said: string[] = [];
    const options = { clock: systemClock, signal, deadlineMs: 30_000, progress: progressOf(said) };
    using session = await waitForSsh(pool, connection, options);
    expect(await session.exec(["true"], call)).toMatchObject({ exitCode: 0 });
    expect(said).toEqual(
      ["address", "key exchange", "authentication"].map((phase) => expect.stringContaining(`(${phase})`)),
    );
  });

  it("reaches a host that is slow to say its first word, with a longer try after each", async () => {
    const slow = createServer((client) => {
      const join = (): void => {
        const server = connect(world.sshd.connection.port, "127.0.0.1");
        for (const end of [client, server]) end.on("error", () => undefined);
        client.pipe(server).pipe(client);
      };
      void systemClock.sleep(4_000).then(join);
    });
    await using _ = await listening(slow);
    const said: string[] = [];
    const connection = { ...world.sshd.connection, port: portOf(slow) };
    const options = { clock: systemClock, signal, deadlineMs: 30_000, progress: progressOf(said) };
    using session = await waitForSsh(world.pool, connection, options);
    expect(await session.exec(["true"], call)).toMatchObject({ exitCode: 0 });
    expect(said[0]).toMatch(/^waiting for ssh \d s \(no SSH banner within 3 s\)$/u);
  });

  it("gives the last try all the time that is left", async () => {
    const silent = createServer();
    await using _ = await listening(silent);
    const said: string[] = [];
    const options = { clock: systemClock, signal, deadlineMs: 8_000, progress: progressOf(said) };
    const waiting = waitForSsh(world.pool, { ...world.sshd.connection, port: portOf(silent) }, options);
    await expect(waiting).rejects.toMatchObject({
      code: "ssh.unreachable",
      message: expect.stringMatching(/ after 8 s: no SSH banner within 5 s$/u),
    });
    expect(said).toHaveLength(1);
  });

  it("says once, early, what one can do about a host that was there and does not answer", async () => {
    const warned: string[] = [];
    const connection = { ...world.sshd.connection, port: await freePort(), machineId: "i-1" };
    const progress = { ...progressOf([]), warn: (line: string) => void warned.push(line) };
    const options = { clock: systemClock, signal, deadlineMs: 1_500, progress };
    const refused = expect.objectContaining({ code: "ssh.unreachable" });
    await expect(waitForSsh(world.pool, connection, { ...options, hintAfterMs: 500 })).rejects.toEqual(refused);
    expect(warned).toEqual([
      expect.stringMatching(/connection refused; .*its cloud knows whether i-1 is still there/u),
    ]);
    await expect(waitForSsh(world.pool, connection, options)).rejects.toEqual(refused);
    expect(warned).toHaveLength(1);
  });

  it("tells why a host cannot be reached, also where the last try is too short to find out", async () => {
    let looked = 0;
    const lost = (code: string): Error => Object.assign(new Error(code), { code });
    const late = new AbortController();
    const lookup: LookupFunction = (_name, _options, done) => {
      looked++;
      if (looked === 1) done(lost("EHOSTUNREACH"), []);
      else late.signal.addEventListener("abort", () => done(lost("EAI_AGAIN"), []));
    };
    await using pool = createSshPool({ clock: systemClock, lookup });
    const connection = { ...world.sshd.connection, address: "web.example" };
    const options = { clock: systemClock, signal, deadlineMs: 1_500, progress: progressOf([]) };
    await expect(waitForSsh(pool, connection, options)).rejects.toMatchObject({
      code: "ssh.unreachable",
      message: expect.stringMatching(/: no route to the host$/u),
    });
    expect(looked).toBe(2);
    late.abort();
  });

  it("does not try again after a host key that does not match", async () => {
    const said: string[] = [];
    await expect(
      waitForSsh(
        world.pool,
        { ...world.sshd.connection, hostKey: mintKeyPair().publicKey },
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

  it("bears a refused login for as long as a boot may take, no longer and no oftener than a server forgives", async () => {
    const said: string[] = [];
    const pauses: number[] = [];
    let now = 0;
    const sleep = (ms: number): Promise<void> => {
      pauses.push(ms);
      now += ms;
      return Promise.resolve();
    };
    await expect(
      waitForSsh(
        world.pool,
        { ...world.sshd.connection, privateKey: mintKeyPair().privateKey },
        { clock: { now: () => now, sleep }, signal, deadlineMs: 60_000, progress: progressOf(said) },
      ),
    ).rejects.toMatchObject({ code: "ssh.auth-failed" });
    expect(pauses).toEqual([6_000, 6_000, 6_000, 6_000]);
    expect(said.slice(0, 3)).toEqual([
      "waiting for ssh 0 s (key exchange)",
      "waiting for ssh 0 s (authentication)",
      "waiting for ssh 0 s (login refused)",
    ]);
  });

  it("tells of the refused login, and not of a server that takes no more of them", async () => {
    const port = await freePort();
    const hostKey = mintKeyPair();
    const refuses = await startSshd({ port, hostKey, authorizedKeys: "/dev/null" });
    let now = 0;
    const sleep = async (ms: number): Promise<void> => {
      if (now === 0) await refuses[Symbol.asyncDispose]();
      now += ms;
    };
    await expect(
      waitForSsh(
        world.pool,
        { ...world.sshd.connection, port, hostKey: hostKey.publicKey },
        { clock: { now: () => now, sleep }, signal, deadlineMs: 10_000, progress: progressOf([]) },
      ),
    ).rejects.toMatchObject({ code: "ssh.auth-failed" });
  });
});
