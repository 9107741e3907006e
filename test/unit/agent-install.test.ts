import { describe, expect, it } from "@jest/globals";
import { readableLine } from "../../modules/agent-install/journal.ts";
import { parseProbe, type HostProbe } from "../../modules/agent-install/probe.ts";
import { checkHost } from "../../modules/agent-install/requirements.ts";
import type { HostConnection } from "../../modules/protocol/host.ts";

const digest = (character: string): string => character.repeat(64);

const root: HostConnection = { address: "203.0.113.1", port: 22, user: "root", hostKey: "" };

const good: HostProbe = {
  architecture: "x86_64",
  system: "Debian 13",
  memoryBytes: 2e9,
  libc: "glibc 2.41",
  hasSystemd: true,
  isPrivileged: true,
  hasDocker: true,
  firstBoot: undefined,
  freeBytes: 1e9,
  confirmed: undefined,
  bundles: { a: undefined, b: undefined },
  launcherDigest: undefined,
  unitDigest: undefined,
  nodes: [],
};

describe("what a host tells of itself", () => {
  it("is understood on a bare host, behind a greeting", () => {
    const stdout = [
      "*** Welcome! Authorised use only ***",
      ...[
        "architecture=x86_64",
        "system=Debian 13",
        "memoryKiB=2000",
        "libc=glibc 2.41",
        "hasSystemd=yes",
        "hasDocker=yes",
        "isPrivileged=yes",
      ],
      ...["freeKiB=1000", "confirmed=", "node=*"],
    ].join("\n");
    expect(parseProbe(stdout, "")).toEqual({ ...good, memoryBytes: 2_048_000, freeBytes: 1_024_000, nodes: ["*"] });
  });

  it("is understood on a host with an agent", () => {
    const stdout = [
      ...[
        "architecture=aarch64",
        "system=Ubuntu 24.04",
        "memoryKiB=1",
        "libc=glibc 2.36",
        "hasSystemd=yes",
        "isPrivileged=yes",
      ],
      ...["freeKiB=5", "confirmed=b", `node=${digest("1")}`, `node=${digest("2")}`],
      `${digest("a")}  /opt/stackhouse/a/agent.js`,
      `${digest("c")}  /opt/stackhouse/launch`,
      `${digest("d")}  /etc/systemd/system/stackhouse-agent.service`,
    ].join("\n");
    expect(parseProbe(stdout, "")).toEqual({
      architecture: "aarch64",
      system: "Ubuntu 24.04",
      memoryBytes: 1024,
      libc: "glibc 2.36",
      hasSystemd: true,
      isPrivileged: true,
      hasDocker: false,
      firstBoot: undefined,
      freeBytes: 5120,
      confirmed: "b",
      bundles: { a: digest("a"), b: undefined },
      launcherDigest: digest("c"),
      unitDigest: digest("d"),
      nodes: [digest("1"), digest("2")],
    });
  });

  it("is an error with the host's own words where there is no shell", () => {
    expect(() => parseProbe("", "This account is currently not available.")).toThrow(
      expect.objectContaining({
        code: "agent.install-failed",
        details: expect.arrayContaining(["This account is currently not available."]),
      }),
    );
  });
});

describe("what the agent needs of a host", () => {
  it("is there", () => {
    expect(() => checkHost(good, root, 1e8)).not.toThrow();
  });

  it.each<[string, Partial<HostProbe>, string]>([
    [
      "another processor",
      { architecture: "riscv64" },
      "its processor is riscv64; the agent runs on x86_64 and aarch64",
    ],
    [
      "a system that it was not made for",
      { system: "Fedora 42" },
      "its system is Fedora 42; these are supported: Debian 12",
    ],
    ["too little memory", { memoryBytes: 256e6 }, "it has 256 MB of memory; 400 MB are needed"],
    ["no systemd", { hasSystemd: false }, "it was not started by systemd"],
    ["musl", { libc: "" }, "its C library is not glibc"],
    ["an old glibc", { libc: "glibc 2.17" }, "its C library is glibc 2.17"],
    ["no right to become root", { isPrivileged: false }, "the user deploy cannot become root"],
    ["no Docker Engine", { hasDocker: false }, "it has no Docker Engine"],
    ["no space", { freeBytes: 12e6 }, "its disk has 12 MB free; 100 MB are needed"],
  ])("names %s", (_, lack, fault) => {
    expect(() => checkHost({ ...good, ...lack }, { ...root, user: "deploy" }, 1e8)).toThrow(
      expect.objectContaining({ code: "agent.install-failed", details: [expect.stringContaining(fault)] }),
    );
  });

  it("says that sudo does not take the password that it was given", () => {
    const user = { ...root, user: "deploy", sudoPassword: "wrong" };
    expect(() => checkHost({ ...good, isPrivileged: false }, user, 1e8)).toThrow(
      expect.objectContaining({ details: ["the user deploy cannot become root: sudo does not take its password"] }),
    );
  });

  it.each(["x86_64", "aarch64"])("may have the processor %s", (architecture) => {
    expect(checkHost({ ...good, architecture }, root, 1e8)).toBe(architecture);
  });

  it.each(["Debian 12", "Ubuntu 26.04", "Ubuntu 24.04", "Ubuntu 22.04.5"])("may be %s", (system) => {
    expect(() => checkHost({ ...good, system }, root, 1e8)).not.toThrow();
  });

  it("is told all at once", () => {
    const lack = { hasSystemd: false, hasDocker: false, freeBytes: 0 };
    expect(() => checkHost({ ...good, ...lack }, root, 1)).toThrow(
      expect.objectContaining({ details: [expect.anything(), expect.anything(), expect.anything()] }),
    );
  });
});

describe("a line of the agent's journal", () => {
  it.each([
    ["its JSON as a sentence", `{"level":30,"time":1,"slot":"a","msg":"the agent serves"}`, "the agent serves"],
    [
      "the evidence of an error",
      `{"level":50,"msg":"cannot start","details":["no socket","no luck"]}`,
      "cannot start: no socket: no luck",
    ],
    ["what the system says as it is", "Main process exited, code=exited", "Main process exited, code=exited"],
    ["other JSON as it is", `{"a":1}`, `{"a":1}`],
  ])("shows %s", (_, line, shown) => {
    expect(readableLine(line)).toBe(shown);
  });
});
