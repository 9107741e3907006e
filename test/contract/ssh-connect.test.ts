import { describe, expect, it, jest } from "@jest/globals";
import { execFile } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { createServer, type LookupFunction } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { promisify } from "node:util";
import type { HostConnection } from "../../modules/protocol/host.ts";
import { fingerprintOf, mintKeyPair } from "../../modules/ssh/keys.ts";
import { createSshPool } from "../../modules/ssh/pool.ts";
import type { DialPoint } from "../../modules/ssh/types.ts";
import { systemClock } from "../../modules/system/clock.ts";
import { startFullServer } from "../support/full-server.ts";
import { listening, portOf } from "../support/listening.ts";
import { freePort, startSshd } from "../support/sshd.ts";
import { sshWorld } from "../support/ssh-world.ts";
import { startTcpProxy } from "../support/tcp-proxy.ts";

jest.setTimeout(60_000);
const world = sshWorld();
const signal = new AbortController().signal;
const call = { signal, deadlineMs: 20_000 };

const openSockets = (): number =>
  process.getActiveResourcesInfo().filter((resource) => resource === "TCPSocketWrap").length;

describe("connecting", () => {
  it("shares one connection among all callers, and closes it with the pool", async () => {
    const before = openSockets();
    const sessions = await Promise.all(
      Array.from({ length: 20 }, () => world.pool.connect(world.sshd.connection, call)),
    );
    expect(openSockets() - before).toBe(1);
    sessions.forEach((session) => session[Symbol.dispose]());
    await world.pool[Symbol.asyncDispose]();
    expect(openSockets()).toBe(before);
    await expect(world.pool.connect(world.sshd.connection, call)).rejects.toThrow("the SSH pool is closed");
  });

  it("closes a connection that nobody used for a while, and dials again when asked", async () => {
    const before = openSockets();
    const impatient = createSshPool({ clock: systemClock, idleMs: 1 });
    const first = await impatient.connect(world.sshd.connection, call);
    const gone = first.openCommand(["cat"], call).then((stream) => text(stream));
    first[Symbol.dispose]();
    await expect(gone).rejects.toMatchObject({ code: "ssh.unreachable" });
    expect(openSockets()).toBe(before);
    const second = await impatient.connect(world.sshd.connection, call);
    expect(await second.exec(["true"], call)).toMatchObject({ exitCode: 0 });
    await impatient[Symbol.asyncDispose]();
  });

  it("refuses a changed host key before anything is sent, and shows both fingerprints", async () => {
    const { publicKey } = mintKeyPair();
    await expect(world.pool.connect({ ...world.sshd.connection, hostKey: publicKey }, call)).rejects.toMatchObject({
      code: "ssh.host-key-mismatch",
      details: [`pinned:  ${fingerprintOf(publicKey)}`, `offered: ${fingerprintOf(world.sshd.connection.hostKey)}`],
    });
  });

  it("refuses a host that holds only a key of another type", async () => {
    const keyFile = join(world.directory, "rsa");
    await promisify(execFile)("ssh-keygen", ["-q", "-t", "rsa", "-b", "2048", "-N", "", "-f", keyFile]);
    const rsa = { privateKey: await readFile(keyFile, "utf8"), publicKey: await readFile(`${keyFile}.pub`, "utf8") };
    await using other = await startSshd({ hostKey: rsa });
    await expect(
      world.pool.connect({ ...other.connection, hostKey: world.sshd.connection.hostKey }, call),
    ).rejects.toMatchObject({
      code: "ssh.host-key-mismatch",
      details: [expect.anything(), `offered: ${fingerprintOf(rsa.publicKey)}`],
    });
    const session = await world.pool.connect(other.connection, call);
    expect(await session.exec(["true"], call)).toMatchObject({ exitCode: 0 });
  });

  it("says whose key was refused when the login fails", async () => {
    const stranger = mintKeyPair();
    await expect(
      world.pool.connect({ ...world.sshd.connection, privateKey: stranger.privateKey }, call),
    ).rejects.toMatchObject({
      code: "ssh.auth-failed",
      message: expect.stringContaining(fingerprintOf(stranger.publicKey)),
    });
  });

  it("uses the SSH agent where the connection holds no key", async () => {
    const keyFile = join(world.directory, "agent-key");
    await writeFile(keyFile, world.sshd.connection.privateKey, { mode: 0o600 });
    const agentSocket = join(world.directory, "agent.sock");
    const agent = execFile("ssh-agent", ["-D", "-a", agentSocket]);
    const keyless = withoutKey(world.sshd.connection);
    await using withAgent = createSshPool({ clock: systemClock, agentSocket });
    await expect(withAgent.connect(keyless, call)).rejects.toMatchObject({
      code: "ssh.auth-failed",
      message: expect.stringMatching(/^the SSH agent holds no key, /u),
      hint: expect.stringContaining("ssh-add"),
    });
    await promisify(execFile)("ssh-add", ["-q", keyFile], { env: { ...process.env, SSH_AUTH_SOCK: agentSocket } });
    const session = await withAgent.connect(keyless, call);
    expect(await session.exec(["true"], call)).toMatchObject({ exitCode: 0 });
    agent.kill();
  });

  it("says that the SSH agent does not answer where it is no more", async () => {
    const agentSocket = join(world.directory, "no-agent.sock");
    await using pool = createSshPool({ clock: systemClock, agentSocket });
    await expect(pool.connect(withoutKey(world.sshd.connection), call)).rejects.toMatchObject({
      code: "ssh.auth-failed",
      message: expect.stringMatching(/^the SSH agent does not answer, /u),
      details: [expect.stringContaining(agentSocket)],
    });
  });

  it("says what to do when there is neither a key nor an agent", async () => {
    const keyless = withoutKey(world.sshd.connection);
    await expect(world.pool.connect(keyless, call)).rejects.toMatchObject({
      code: "ssh.auth-failed",
      hint: expect.stringContaining("SSH_AUTH_SOCK"),
    });
  });

  it("says so too where nobody listens, and opens nothing", async () => {
    const keyless = { ...withoutKey(world.sshd.connection), port: await freePort() };
    await expect(world.pool.connect(keyless, call)).rejects.toMatchObject({ code: "ssh.auth-failed" });
  });

  it("says that a connection was refused", async () => {
    await expect(world.pool.connect({ ...world.sshd.connection, port: await freePort() }, call)).rejects.toMatchObject({
      code: "ssh.unreachable",
      message: expect.stringContaining("connection refused"),
    });
  });

  it("says that a name has no address", async () => {
    const nowhere = { ...world.sshd.connection, address: "nowhere.invalid" };
    const lookup: LookupFunction = (_name, _options, done) =>
      done(Object.assign(new Error("no such name"), { code: "ENOTFOUND" }), "");
    await using pool = createSshPool({ clock: systemClock, lookup });
    await expect(pool.connect(nowhere, call)).rejects.toMatchObject({
      code: "ssh.unreachable",
      message: expect.stringMatching(/@nowhere\.invalid:\d+ over SSH: the name has no address$/u),
    });
  });

  it("gives up at the deadline where no name server answers", async () => {
    const nowhere = { ...world.sshd.connection, address: "nowhere.invalid" };
    await using pool = createSshPool({ clock: systemClock, lookup: () => undefined });
    await expect(pool.connect(nowhere, { signal, deadlineMs: 300 })).rejects.toMatchObject({
      code: "ssh.unreachable",
      message: expect.stringMatching(/: no address within 0 s$/u),
    });
  });

  it("gives up at the deadline on a host that takes no connection", async () => {
    await using full = await startFullServer();
    await expect(
      world.pool.connect({ ...world.sshd.connection, port: full.port }, { signal, deadlineMs: 1_000 }),
    ).rejects.toMatchObject({ code: "ssh.unreachable", message: expect.stringContaining("no TCP connection within") });
  });

  it("gives up before, where an answer is due before", async () => {
    await using full = await startFullServer();
    const connection = { ...world.sshd.connection, port: full.port };
    await expect(world.pool.connect(connection, { ...call, answerMs: 1_000 })).rejects.toMatchObject({
      code: "ssh.unreachable",
      message: expect.stringContaining("no TCP connection within 1 s"),
    });
  });

  it("gives up at the deadline on a host that falls silent in the middle of a login", async () => {
    await using way = await startTcpProxy(world.sshd.connection.port);
    const connection = { ...world.sshd.connection, port: way.port };
    const onPoint = ({ phase }: DialPoint): void => {
      if (phase === "authentication") way.freeze();
    };
    await expect(world.pool.connect(connection, { signal, deadlineMs: 2_000, onPoint })).rejects.toMatchObject({
      code: "ssh.unreachable",
      message: expect.stringContaining("no authentication within 2 s"),
    });
  });

  it.each([
    ["SSH banner", () => createServer()],
    ["key exchange", () => createServer((socket) => socket.write("SSH-2.0-Slow\r\n"))],
  ])("gives up at the deadline on a host that sends no %s", async (phase, start) => {
    const server = start();
    await using _ = await listening(server);
    await expect(
      world.pool.connect({ ...world.sshd.connection, port: portOf(server) }, { signal, deadlineMs: 300 }),
    ).rejects.toMatchObject({ code: "ssh.unreachable", message: expect.stringContaining(`no ${phase} within`) });
  });

  it("leaves one caller's dial alone when another gives up", async () => {
    const abort = new AbortController();
    const left = world.pool.connect(world.sshd.connection, { ...call, signal: abort.signal });
    const right = world.pool.connect(world.sshd.connection, call);
    abort.abort(new Error("stopped by the user"));
    await expect(left).rejects.toThrow("stopped by the user");
    expect(await (await right).exec(["true"], call)).toMatchObject({ exitCode: 0 });
  });

  it("dials a machine anew that another one has replaced, though address and keys stayed", async () => {
    await using way = await startTcpProxy(world.sshd.connection.port);
    const machine = (machineId: string): HostConnection => ({
      ...world.sshd.connection,
      ...{ port: way.port, machineId },
    });
    for (const id of ["i-1", "i-1", "i-2"]) await world.pool.connect(machine(id), call);
    expect(way.accepted).toBe(2);
  });
});

describe("a network that goes silent", () => {
  it("counts as a lost connection after a few unanswered probes", async () => {
    await using proxy = await startTcpProxy(world.sshd.connection.port);
    await using attentive = createSshPool({ clock: systemClock, keepaliveMs: 100 });
    using session = await attentive.connect({ ...world.sshd.connection, port: proxy.port }, call);
    const running = session.exec(["sh", "-c", "echo started; sleep 20"], call, { onLine: () => proxy.freeze() });
    await expect(running).rejects.toMatchObject({
      code: "ssh.unreachable",
      message: expect.stringContaining("Keepalive timeout"),
    });
  });
});

function withoutKey({ address, port, user, hostKey }: HostConnection): HostConnection {
  return { address, port, user, hostKey };
}
