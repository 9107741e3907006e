import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readdir, readlink, symlink } from "node:fs/promises";
import { connect } from "node:net";
import { dirname } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { activate, startConfirmed } from "../../modules/agent-install/activate.ts";
import type { AgentBundle } from "../../modules/agent-install/bundle.ts";
import { parseProbe } from "../../modules/agent-install/probe.ts";
import { uninstallAgent, type Uninstalled } from "../../modules/agent-install/uninstall.ts";
import type { Slot } from "../../modules/protocol/slots.ts";
import { systemClock } from "../../modules/system/clock.ts";
import { fakeRuntime, startTestAgent } from "../support/agent.ts";
import { folderHost, type FolderHost } from "../support/folder-host.ts";

const signal = new AbortController().signal;
const call = { signal, deadlineMs: 60_000 };
let host: FolderHost;

beforeEach(async () => {
  host = await folderHost();
});
afterEach(async () => {
  await host[Symbol.asyncDispose]();
});

const nodesOn = async (): Promise<string[]> => (await readdir(host.path("/opt/stackhouse/nodes"))).sort();
const addNode = (name: string): Promise<void> => host.write(`/opt/stackhouse/nodes/${name}`, `the binary ${name}`);

/** As `modules/images/overlay.ts` does. */
async function bringInImage(version: string): Promise<void> {
  await addNode(`of-image-${version}`);
  const link = host.path(`/opt/stackhouse/node/${version}/bin/node`);
  await mkdir(dirname(link), { recursive: true });
  await symlink(`../../../nodes/of-image-${version}`, link);
}

async function install(slot: Slot, node: string): Promise<void> {
  await addNode(node);
  const bundle = bundleOf(`runs on ${node}`);
  const probe = parseProbe("architecture=x86_64\nmemoryKiB=1\nlibc=glibc 2.41\nfreeKiB=1\nconfirmed=\n", "");
  await activate(host.session, { bundle, slot, nodeDigest: node, probe }, call);
}

function bundleOf(text: string): AgentBundle {
  const content = Buffer.from(text);
  const digest = createHash("sha256").update(content).digest("hex");
  return {
    version: "1",
    ...{ script: content, digest },
    ...{ launcher: content, launcherDigest: digest },
    ...{ unit: content, unitDigest: digest },
  };
}

describe("an installation", () => {
  test("keeps the Node of both slots and removes one that no slot runs on any more", async () => {
    await install("a", "first");
    await install("b", "second");
    expect(await nodesOn()).toEqual(["first", "second"]);
    await install("a", "third");
    expect(await nodesOn()).toEqual(["second", "third"]);
    expect(await readlink(host.path("/opt/stackhouse/a/node"))).toBe("../nodes/third");
  });

  test("keeps what base images brought, whether an agent runs on it or not", async () => {
    await bringInImage("24.0.0");
    await bringInImage("25.0.0");
    await install("a", "of-image-24.0.0");
    await install("a", "newer");
    expect(await nodesOn()).toEqual(["newer", "of-image-24.0.0", "of-image-25.0.0"]);
  });

  test("goes on where an older one cannot be removed", async () => {
    await install("a", "first");
    await host.write("/bin/rm", '#!/bin/sh\ncase "$*" in */nodes/*) exit 1 ;; esac; exec /bin/rm "$@"\n');
    await install("a", "second");
    expect(await nodesOn()).toEqual(["first", "second"]);
  });

  test("whose start systemd refuses says so in its words", async () => {
    await host.write("/bin/systemctl", '#!/bin/sh\necho "Failed to start: Unit is masked." >&2; exit 1\n');
    await expect(startConfirmed(host.session, "start", call)).rejects.toMatchObject({
      code: "agent.crashed",
      details: ["Failed to start: Unit is masked."],
    });
  });

  test("removes what a cut upload of an older one left", async () => {
    await addNode(".older.0123456789abcdef.part");
    await install("a", "first");
    expect(await nodesOn()).toEqual(["first"]);
  });
});

describe("taking the agent off", () => {
  const uninstall = (session = host.session): Promise<Uninstalled> =>
    uninstallAgent({ session, clock: systemClock, signal, deadlineMs: 60_000 });

  test("leaves nothing of it, Node least of all", async () => {
    await install("a", "first");
    await install("b", "second");
    await uninstall();
    expect(existsSync(host.path("/opt/stackhouse"))).toBe(false);
  });

  test("leaves nothing of an upload that was cut before there was an agent", async () => {
    await addNode(".first.0123456789abcdef.part");
    await uninstall();
    expect(existsSync(host.path("/opt/stackhouse"))).toBe(false);
  });

  test("leaves the Node that a base image brought, and that alone", async () => {
    await bringInImage("24.0.0");
    await install("a", "of-image-24.0.0");
    await install("b", "second");
    await uninstall();
    expect(await nodesOn()).toEqual(["of-image-24.0.0"]);
    expect((await readdir(host.path("/opt/stackhouse"))).sort()).toEqual(["node", "nodes"]);
  });

  test("is done where there is nothing, as often as one likes", async () => {
    expect(await uninstall()).toEqual({ kind: "removed" });
    expect(await uninstall()).toEqual({ kind: "removed" });
  });

  test("keeps the record of one that does not answer, and says that it was not asked", async () => {
    await install("a", "first");
    await host.write("/var/lib/stackhouse/state.db", "what it knew");
    expect(await uninstall()).toEqual({ kind: "removed-unasked" });
    expect(existsSync(host.path("/var/lib/stackhouse/state.db"))).toBe(true);
    expect(existsSync(host.path("/opt/stackhouse"))).toBe(false);
  });

  test("that was cut is finished by the next, with the record of one that was asked", async () => {
    await install("a", "first");
    await host.write("/var/lib/stackhouse/state.db", "what it knew");
    const asked = await startTestAgent(fakeRuntime());
    await host.write("/bin/systemctl", '#!/bin/sh\nif [ "$1" = daemon-reload ]; then kill -9 "$PPID"; fi\n');
    const session = { ...host.session, openUnixSocket: () => Promise.resolve(connect(asked.socket)) };
    await expect(uninstall(session)).rejects.toMatchObject({ code: "ssh.command-failed" });
    await asked[Symbol.asyncDispose]();
    await host.write("/bin/systemctl", "#!/bin/sh\n");
    expect(await uninstall()).toEqual({ kind: "removed" });
    expect(await readdir(host.path("/var/lib"))).toEqual([]);
  });

  test.each([
    ["its files cannot be removed", "rm", 'case "$*" in */launch*) refuse ;; esac; exec /bin/rm "$@"'],
    ["systemd does not stop it", "systemctl", 'if [ "$1" = disable ]; then refuse; fi'],
  ])("is an error with its reason where %s; what can be removed is", async (_, program, script) => {
    await install("a", "first");
    const refuse = `refuse() { echo "${program}: not this" >&2; exit 1; }`;
    await host.write(`/bin/${program}`, `#!/bin/sh\n${refuse}\n${script}\n`);
    await expect(uninstall()).rejects.toMatchObject({
      code: "ssh.command-failed",
      details: [`${program}: not this`],
    });
    expect(existsSync(host.path("/etc/systemd/system/stackhouse-agent.service"))).toBe(false);
  });
});
