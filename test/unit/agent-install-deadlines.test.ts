import { describe, expect, it } from "@jest/globals";
import { growFileSystem } from "../../modules/agent-install/grow-file-system.ts";
import { installAgent } from "../../modules/agent-install/install.ts";
import { uninstallAgent } from "../../modules/agent-install/uninstall.ts";
import { mountVolumeDisk } from "../../modules/agent-install/volume-disk.ts";
import { unlessAborted, withDeadline } from "../../modules/base/deadline.ts";
import { StackhouseError } from "../../modules/base/errors.ts";
import { silentProgress } from "../../modules/base/progress.ts";
import type { AgentInfo } from "../../modules/protocol/api.ts";
import type { SshCall, SshSession } from "../../modules/ssh/types.ts";
import { hurriedClock } from "../support/hurried-clock.ts";

const clock = hurriedClock;
const deadlineMs = 300_000;
const digest = "0".repeat(64);
const text = Buffer.from("");
const bundle = {
  version: "1",
  ...{ script: text, digest, launcher: text, launcherDigest: digest, unit: text, unitDigest: digest },
};

const facts = ["architecture=x86_64", "system=Debian 13", "memoryKiB=2000000", "libc=glibc 2.41", "hasSystemd=yes"];
const probe = [...facts, "hasDocker=yes", "isPrivileged=yes", "freeKiB=9000000", "confirmed="];

/** What a sound host says to each of our scripts; the agent that is started there answers nobody. */
const answers: Readonly<Record<string, string>> = {
  "stackhouse-probe": probe.join("\n"),
  "stackhouse-first-boot": "firstBoot=running\nsaid=Setting up docker.io\n",
  "stackhouse-activate": "start-1\n",
  "stackhouse-report": "ActiveState=active\nSubState=running\nInvocationID=start-1\n\nI say nothing\n",
  "stackhouse-fall-back": "",
};

/** A host on which one thing never ends, as the network sees it: every call has its own deadline. */
function hostOnWhich(
  hangs: string,
  more: Readonly<Record<string, string>>,
  clockOfHost: ReturnType<typeof clock>,
): SshSession {
  const during = <T>(what: string, call: SshCall, value: () => T): Promise<T> => {
    const late = (): Error =>
      new StackhouseError("deadline", `${what} did not finish within ${call.deadlineMs / 1000} s`);
    if (what !== hangs) return Promise.resolve().then(value);
    return withDeadline({ ...call, clock: clockOfHost }, late, (signal) =>
      unlessAborted(signal, new Promise(() => undefined)),
    );
  };
  const nobody = (): never => {
    throw new StackhouseError("ssh.command-failed", "nobody listens");
  };
  return {
    connection: { address: "203.0.113.1", port: 22, user: "root", hostKey: "" },
    lost: false,
    exec: (argv, call) => {
      const name = argv[3] ?? "";
      return during(name, call, () => ({ exitCode: 0, stdout: { ...answers, ...more }[name] ?? "", stderr: "" }));
    },
    upload: (_file, _path, call, { progress } = {}) => {
      progress?.status("uploading Node 12 of 126 MB");
      return during("upload", call, () => ({ sentBytes: 1 }));
    },
    openUnixSocket: (_path, call) => during("socket", call, nobody),
    openCommand: () => Promise.resolve().then(nobody),
    shell: () => Promise.resolve().then(nobody),
    [Symbol.dispose]: () => undefined,
  };
}

function install(
  hangs: string,
  more: Readonly<Record<string, string>>,
  time: ReturnType<typeof clock>,
  onBare?: () => void,
): Promise<AgentInfo> {
  return installAgent({
    session: hostOnWhich(hangs, more, time),
    bundle,
    node: () => Promise.resolve({ version: "24", path: "/dev/null", bytes: 1, digest }),
    ...{ clock: time, progress: silentProgress, signal: new AbortController().signal, deadlineMs },
    ...(onBare === undefined ? {} : { onBare }),
  });
}

describe("an installation on a host on which something never ends", () => {
  const booting = { "stackhouse-probe": [...probe, "firstBoot=running"].join("\n") };

  it.each<[string, string, Readonly<Record<string, string>>, number, RegExp]>([
    ["the way to an agent", "socket", {}, 10, /did not finish within 10 s/u],
    ["a look at it", "stackhouse-probe", {}, 60, /^stackhouse-probe did not finish within 60 s$/u],
    ["a look at its first boot", "stackhouse-first-boot", booting, 60, /^stackhouse-first-boot did not finish/u],
    [
      "its first boot",
      "none",
      booting,
      300,
      /was not installed within 5 min 00 s.*it was at: waiting for the first boot .*Setting up/u,
    ],
    ["an upload", "upload", {}, 300, /was not installed within 5 min 00 s.*it was at: uploading Node 12 of 126 MB/u],
    ["the start of the agent", "stackhouse-activate", {}, 120, /^stackhouse-activate did not finish within 120 s$/u],
    ["the wait for its answer", "none", {}, 120, /did not become healthy: it does not answer yet.*I say nothing/u],
    ["a look at the log", "stackhouse-report", {}, 80, /^stackhouse-report did not finish within 60 s$/u],
  ])("ends in time, and says that it was %s", async (_, hangs, more, withinSeconds, message) => {
    const time = clock();
    const installing = install(hangs, more, time);
    const error: unknown = await installing.catch((thrown: unknown) => thrown);
    if (!(error instanceof StackhouseError)) throw error;
    expect([error.message, ...error.details].join(" ")).toMatch(message);
    expect(time.now() / 1000).toBeLessThanOrEqual(withinSeconds + 5);
  });
});

describe("other work on a host on which something never ends", () => {
  interface Work {
    readonly session: SshSession;
    readonly clock: ReturnType<typeof clock>;
    readonly progress: typeof silentProgress;
    readonly signal: AbortSignal;
  }

  it.each<[string, string, (work: Work) => Promise<unknown>, number]>([
    ["a data volume is mounted", "stackhouse-volumes", (w) => mountVolumeDisk({ ...w, device: "/dev/sdb" }), 120],
    ["a file system grows", "stackhouse-grow", (w) => growFileSystem({ ...w, mountPoint: "/", diskGiB: 8 }), 120],
    ["the agent is taken off", "stackhouse-uninstall", (w) => uninstallAgent({ ...w, deadlineMs: 60_000 }), 60],
  ])("ends in time where %s, and says what did not end: %s", async (_, hangs, work, withinSeconds) => {
    const time = clock();
    const session = hostOnWhich(hangs, {}, time);
    const working = work({ session, clock: time, progress: silentProgress, signal: new AbortController().signal });
    await expect(working).rejects.toThrow(`${hangs} did not finish within ${withinSeconds} s`);
    expect(time.now() / 1000).toBeLessThanOrEqual(withinSeconds + 5);
  });
});

describe("an installation", () => {
  it.each([
    ["tells that nothing of an agent is there", [], 1],
    ["tells nothing of that where an agent was", [`${digest}  /opt/stackhouse/launch`], 0],
  ])("%s", async (_, found, times) => {
    let told = 0;
    const answer = { "stackhouse-probe": [...probe, ...found].join("\n") };
    const installing = install("upload", answer, clock(), () => (told += 1));
    await expect(installing).rejects.toMatchObject({ code: "deadline" });
    expect(told).toBe(times);
  });
});
