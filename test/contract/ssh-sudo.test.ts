import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it, jest } from "@jest/globals";
import { createAgentClient } from "../../modules/agent-client/client.ts";
import { findAgent } from "../../modules/agent-install/look.ts";
import { asRoot, privilegeOf } from "../../modules/agent-install/privilege.ts";
import { probeHost } from "../../modules/agent-install/probe.ts";
import { agentStreams } from "../../modules/agent-install/streams.ts";
import type { HostConnection } from "../../modules/protocol/host.ts";
import { createSshPool } from "../../modules/ssh/pool.ts";
import type { SshSession } from "../../modules/ssh/types.ts";
import { systemClock } from "../../modules/system/clock.ts";
import { notRun } from "../support/not-run.ts";
import { startSshd, type TestSshd } from "../support/sshd.ts";

jest.setTimeout(60_000);
const call = { signal: new AbortController().signal, deadlineMs: 30_000 };

const suite = "a user who is not root";
const why = whyNot();
if (why !== undefined) notRun(suite, why);
else describe(suite, withUsers);

function whyNot(): string | undefined {
  if (process.getuid?.() !== 0) return "making users needs root";
  return existsSync("/usr/bin/sudo") ? undefined : "sudo is not installed";
}

/**
 * Users of a server whose /etc is its own: the machine's stays as it is. `free` may become root for nothing, `asked` for a
 * password, `never` not at all, and sudo hangs for `hangs` at first.
 */
function withUsers(): void {
  let folder: string;
  let sshd: TestSshd;
  const pool = createSshPool({ clock: systemClock });

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "etc-"));
    const etc = join(folder, "etc");
    await promisify(execFile)("cp", ["--archive", "/etc", etc]);
    sshd = await startSshd({ mounts: [[etc, "/etc"]], prepare });
  });
  afterAll(async () => {
    await pool[Symbol.asyncDispose]();
    await sshd[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  const as = (user: string, sudoPassword?: string): HostConnection => ({
    ...sshd.connection,
    user,
    ...(sudoPassword === undefined ? {} : { sudoPassword }),
  });
  const session = (connection: HostConnection): Promise<SshSession> => pool.connect(connection, call);

  it.each([
    ["without a password", () => as("free")],
    ["with its password", () => as("asked", "let me in")],
    ["with a password that nobody asks for", () => as("free", "let me in")],
  ])("becomes root %s, and the command reads its own input alone", async (_, connection) => {
    using host = await session(connection());
    const rights = asRoot(host.connection);
    expect(await host.exec(["id", "-u"], call, rights)).toMatchObject({ exitCode: 0, stdout: "0\n" });
    expect(await host.exec(["cat"], call, { ...rights, stdin: "its own\n" })).toMatchObject({ stdout: "its own\n" });
    const stream = await host.openCommand(["cat"], call, rights);
    stream.end("both ways\n");
    expect(await text(stream)).toBe("both ways\n");
  });

  it("uploads a file as root, with its password", async () => {
    using host = await session(as("asked", "let me in"));
    const content = Buffer.alloc(3_000_000, "x");
    const digest = `sha256:${createHash("sha256").update(content).digest("hex")}`;
    const source = {
      bytes: content.length,
      digest,
      open: (offset: number) => Readable.from([content.subarray(offset)]),
    };
    const path = join(folder, "of-root");
    await host.upload(source, path, call, asRoot(host.connection));
    expect((await host.exec(["stat", "-c", "%U %s", path], call, asRoot(host.connection))).stdout).toBe(
      "root 3000000\n",
    );
  });

  it("shows its password in no command line", async () => {
    using host = await session(as("asked", "let me in"));
    const { stdout } = await host.exec(["ps", "-eo", "args"], call, asRoot(host.connection));
    expect(stdout).toContain("sudo -S");
    expect(stdout).not.toContain("let me in");
  });

  it.each([
    ["has no right to", () => as("never")],
    ["has no password for it", () => as("asked")],
    ["has a wrong one", () => as("asked", "wrong")],
  ])("is looked at as it is where it %s", async (_, connection) => {
    using host = await session(connection());
    expect(await probeHost(host, call)).toMatchObject({ isPrivileged: false, architecture: "x86_64" });
  });

  it.each([
    ["has no right to", () => as("never")],
    ["has no password for it", () => as("asked")],
  ])("is not taken for one on whose host no agent is, where it %s", async (_, connection) => {
    using host = await session(connection());
    using streams = agentStreams(host, systemClock);
    const client = createAgentClient({ open: streams.open, clock: systemClock });
    await expect(findAgent(client, call.signal)).rejects.toMatchObject({
      code: "ssh.sudo-refused",
      message: expect.stringMatching(/^the user \w+ cannot become root: sudo -n is refused$/u),
      details: [expect.stringContaining("sudo")],
    });
  });

  it("has a wrong password tried once, whatever is asked for and however often", async () => {
    const attempts = async (): Promise<readonly string[]> =>
      (await readFile(join(folder, "etc/sudo.log"), "utf8")).match(/\d+ incorrect password attempts?/gu) ?? [];
    const before = await attempts();
    await using fresh = createSshPool({ clock: systemClock });
    using host = await fresh.connect(as("asked", "wrong"), call);
    const rights = asRoot(host.connection);
    using streams = agentStreams(host, systemClock);
    const client = createAgentClient({ open: streams.open, clock: systemClock });
    const asked = [
      host.exec(["id"], call, rights),
      host.openCommand(["cat"], call, rights),
      findAgent(client, call.signal),
    ];
    for (const refused of await Promise.allSettled(asked)) {
      expect(refused).toMatchObject({
        reason: {
          code: "ssh.sudo-refused",
          message: "the user asked cannot become root: sudo does not take its password",
        },
      });
    }
    expect(await probeHost(host, call)).toMatchObject({ isPrivileged: false });
    expect((await attempts()).slice(before.length)).toEqual(["1 incorrect password attempt"]);
  });

  it("is not waited for where sudo hangs, and is asked again when it does not any more", async () => {
    let times = 1;
    const clock = { ...systemClock, sleep: (ms: number, abort?: AbortSignal) => systemClock.sleep(ms / times, abort) };
    await using hurried = createSshPool({ clock });
    using host = await hurried.connect(as("hangs", "let me in"), call);
    times = 60;
    await expect(probeHost(host, { ...call, deadlineMs: 3_600_000 })).rejects.toMatchObject({
      code: "deadline",
      message: expect.stringMatching(/^sudo on hangs@.* did not finish within 30 s$/u),
    });
    times = 1;
    await rm(join(folder, "etc/sudo-hangs"));
    expect(await host.exec(["id", "-u"], call, asRoot(host.connection))).toMatchObject({ stdout: "0\n" });
  });

  it("is looked at as root where it may be", async () => {
    using host = await session(as("asked", "let me in"));
    expect(await probeHost(host, call)).toMatchObject({
      isPrivileged: true,
      system: expect.stringContaining("Debian"),
    });
  });
}

it("root needs nothing to be root", () => {
  expect(privilegeOf({ address: "a", port: 22, user: "root", hostKey: "", sudoPassword: "unused" })).toBeUndefined();
});

const prepare = `
for user in free asked never hangs; do
  useradd --no-create-home --home-dir / --shell /bin/sh "$user" && echo "$user:let me in" | chpasswd
done
: >/etc/sudo.log
printf 'Defaults timestamp_timeout=0\\nDefaults logfile=/etc/sudo.log\\nDefaults loglinelen=0\\nfree ALL=(ALL) NOPASSWD: ALL\\nasked ALL=(ALL) ALL\\nhangs ALL=(ALL) ALL\\n' >/etc/sudoers.d/stackhouse-test
chmod 0440 /etc/sudoers.d/stackhouse-test
touch /etc/sudo-hangs
printf '#!/bin/sh\\nif [ "$PAM_USER" = hangs ] && [ -e /etc/sudo-hangs ]; then sleep 60; fi\\n' >/etc/sudo-hang
chmod 0755 /etc/sudo-hang
printf 'auth required pam_exec.so /etc/sudo-hang\\n' | cat - /etc/pam.d/sudo >/etc/pam.d/sudo.new
mv /etc/pam.d/sudo.new /etc/pam.d/sudo`;
