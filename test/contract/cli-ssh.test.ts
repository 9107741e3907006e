import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { promisify } from "node:util";
import { describe, expect, it } from "@jest/globals";
import { commandContext, type CommandContext } from "../../modules/cli/context.ts";
import { logIn } from "../../modules/cli/terminal/log-in.ts";
import { systemClock } from "../../modules/system/clock.ts";
import { sshWorld } from "../support/ssh-world.ts";
import { startSshd } from "../support/sshd.ts";

const call = { signal: new AbortController().signal, deadlineMs: 20_000 };

function context(signal = new AbortController().signal): CommandContext {
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
  const io = { stdin, stdout, stderr, env: { PATH: process.env["PATH"] }, cwd: "/" };
  const interrupts = { signal, killSignal: new AbortController().signal };
  return commandContext({ io, clock: systemClock, interrupts, startedAt: 0 }, "/", {});
}

describe("a login with the system's ssh", () => {
  const world = sshWorld();

  it("gives the exit code of its command", async () => {
    expect(await logIn(context(), world.sshd.connection, ["exit 7"])).toBe(7);
  });

  it("reaches a host that is pinned by an RSA key", async () => {
    const file = join(world.directory, "rsa");
    await promisify(execFile)("ssh-keygen", ["-q", "-t", "rsa", "-b", "2048", "-N", "", "-f", file]);
    const hostKey = { privateKey: await readFile(file, "utf8"), publicKey: await readFile(`${file}.pub`, "utf8") };
    await using host = await startSshd({ hostKey });
    expect(await logIn(context(), host.connection, ["exit 7"])).toBe(7);
  });

  it("ends when it is cancelled", async () => {
    const cancel = new AbortController();
    const started = join(world.directory, "started");
    const login = logIn(context(cancel.signal), world.sshd.connection, [`touch '${started}'; exec sleep 60`]);
    const waiting = ["sh", "-c", 'until [ -e "$1" ]; do sleep 0.05; done', "sh", started];
    using session = await world.pool.connect(world.sshd.connection, call);
    await session.exec(waiting, call);
    cancel.abort(new Error("cancelled by the test"));
    await expect(login).rejects.toThrow("cancelled by the test");
  });
});
