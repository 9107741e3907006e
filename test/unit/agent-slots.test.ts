import { spawnSync } from "node:child_process";
import { chmod, cp, mkdir, mkdtemp, readlink, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { runningSlot } from "../../host-agent/update/slots.ts";
import { agentExitCodes, inactiveSlot, installPaths, parseSlot, type Slot } from "../../modules/protocol/slots.ts";

const table: readonly { confirmed?: Slot; candidate?: Slot; starts?: Slot }[] = [
  {},
  { confirmed: "a", starts: "a" },
  { confirmed: "b", starts: "b" },
  { candidate: "a", starts: "a" },
  { candidate: "b", starts: "b" },
  { confirmed: "a", candidate: "b", starts: "b" },
  { confirmed: "b", candidate: "a", starts: "a" },
  { confirmed: "a", candidate: "a", starts: "a" },
];

let root: string;
const exists = (path: string): Promise<boolean> =>
  readlink(path).then(
    () => true,
    () => false,
  );

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "slots-"));
  const paths = installPaths(root);
  await cp("templates/agent/launch.sh", paths.launcher);
  for (const name of ["a", "b"] as const) {
    const slot = paths.slot(name);
    await mkdir(slot.directory);
    await writeFile(slot.node, '#!/bin/sh\nuntil [ "${1#-}" = "$1" ]; do shift; done\necho "$@"\n');
    await chmod(slot.node, 0o755);
  }
});
afterEach(() => rm(root, { recursive: true }));

function launch(): { status: number | null; output: string } {
  const { status, stdout } = spawnSync(installPaths(root).launcher, [], {
    env: { PATH: "/usr/bin:/bin", STACKHOUSE_INSTALL: root },
    encoding: "utf8",
  });
  return { status, output: stdout.trim() };
}

describe("the slot that is started", () => {
  test.each(table)("confirmed $confirmed, candidate $candidate: $starts", async ({ confirmed, candidate, starts }) => {
    const paths = installPaths(root);
    if (confirmed !== undefined) await symlink(confirmed, paths.confirmed);
    if (candidate !== undefined) await symlink(candidate, paths.candidate);
    const { status, output } = launch();
    if (starts === undefined) {
      expect(status).toBe(agentExitCodes.unusable);
      return;
    }
    expect({ status, output }).toEqual({ status: 0, output: `./${starts}/agent.js --slot ${starts}` });
    expect(await readlink(paths.current)).toBe(starts);
    expect(await exists(paths.candidate)).toBe(false);
  });

  test("is the confirmed one again when the candidate was not confirmed", async () => {
    await symlink("a", installPaths(root).confirmed);
    await symlink("b", installPaths(root).candidate);
    expect([launch().output, launch().output]).toEqual(["./b/agent.js --slot b", "./a/agent.js --slot a"]);
  });

  test("is the candidate from then on when it was confirmed", async () => {
    await symlink("a", installPaths(root).confirmed);
    await symlink("b", installPaths(root).candidate);
    launch();
    const slot = runningSlot(root, "b");
    expect(await slot.isConfirmed()).toBe(false);
    await slot.confirm();
    await slot.confirm();
    expect(await slot.isConfirmed()).toBe(true);
    expect(launch().output).toBe("./b/agent.js --slot b");
  });

  test("is never taken from a link that points elsewhere", async () => {
    await symlink("../../tmp", installPaths(root).candidate);
    expect(launch().status).toBe(agentExitCodes.unusable);
  });
});

test("an installer writes to the slot that is not confirmed", () => {
  expect([undefined, "a", "b"].map((slot) => inactiveSlot(parseSlot(slot)))).toEqual(["a", "b", "a"]);
});
