import { createServer } from "node:net";
import { rm } from "node:fs/promises";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { waitForFirstBoot } from "../../modules/agent-install/first-boot.ts";
import { fakeClock } from "../support/fake-clock.ts";
import { folderHost, type FolderHost } from "../support/folder-host.ts";
import { listening } from "../support/listening.ts";

const enabled = "/run/cloud-init/enabled";
const result = "/run/cloud-init/result.json";
const log = "/var/log/cloud-init-output.log";

/** What cloud-init leaves; as version 25.1 writes it. */
function status(modulesFinal: object): string {
  const fine = { errors: [], finished: 20.5, recoverable_errors: {}, start: 20.1 };
  const stages = {
    init: fine,
    "init-local": fine,
    "modules-config": fine,
    "modules-final": { ...fine, ...modulesFinal },
  };
  return JSON.stringify({ v1: { datasource: "DataSourceEc2Local", ...stages, stage: null } }, undefined, 1);
}

const failedToInstall =
  "('package_update_upgrade_install', ProcessExecutionError(\"Unexpected error while running command.\\nCommand: ['eatmydata', 'apt-get']\"))";

describe("the first boot of a machine", () => {
  let host: FolderHost;
  let said: string[];
  let warned: string[];
  beforeEach(async () => {
    host = await folderHost();
    [said, warned] = [[], []];
  });
  afterEach(async () => {
    await host[Symbol.asyncDispose]();
  });

  /** Each look at the host is followed by what happens there next. */
  const wait = async (...then: readonly (() => Promise<void>)[]): Promise<void> => {
    const events: (() => Promise<void>)[] = [...then];
    const progress = {
      status: (text: string) => void said.push(text),
      info: () => undefined,
      warn: (text: string) => void warned.push(text),
    };
    const clock = fakeClock();
    const session = {
      ...host.session,
      exec: async (...given: Parameters<FolderHost["session"]["exec"]>) => {
        const answer = await host.session.exec(...given);
        await events.shift()?.();
        return answer;
      },
    };
    await waitForFirstBoot({ session, clock, progress, signal: new AbortController().signal });
  };
  const over = async (text: string): Promise<void> => {
    await host.write("/run/cloud-init/status.json", text);
    await host.write(result, "{}");
  };
  /** Docker Engine answers on the host for as long as `use` runs. */
  const withDocker = async (use: () => Promise<void>): Promise<void> => {
    await host.write("/var/run/docker.sock", "");
    await rm(host.path("/var/run/docker.sock"));
    await using _ = await listening(createServer(), host.path("/var/run/docker.sock"));
    await use();
  };

  it("is waited for, and what it does is shown", async () => {
    await host.write(enabled, "");
    await wait(
      () => host.write(log, "Get:1 docker.io\nSetting up docker.io (26.1.5) ...\n"),
      () => over(status({})),
    );
    expect(said).toEqual([
      "waiting for the first boot 0 s (cloud-init has said nothing yet)",
      "waiting for the first boot 1 s (Setting up docker.io (26.1.5) ...)",
    ]);
    expect(warned).toEqual([]);
  });

  it.each([
    ["is masked", "ActiveState=inactive", []],
    ["has failed", "ActiveState=failed", []],
    ["is to come", "ActiveState=inactive\nJob=87", [expect.stringContaining("waiting for the first boot")]],
    ["is at work", "ActiveState=activating", [expect.stringContaining("waiting for the first boot")]],
  ])("whose last stage %s is waited for where it still goes on", async (_, stage, rows) => {
    await host.write(enabled, "");
    await host.write("/bin/systemctl", `#!/bin/sh\nprintf '${stage.replace("\n", "\\n")}\\n'\n`);
    await withDocker(() => wait(() => over(status({}))));
    expect(said).toEqual(rows);
  });

  it("is over on a host without cloud-init", async () => {
    await wait();
    expect(said).toEqual([]);
  });

  it("that does not end is an error with the last thing that it said", async () => {
    await host.write(enabled, "");
    await host.write(log, "E: Unable to fetch some archives\n");
    await expect(wait()).rejects.toMatchObject({
      code: "deadline",
      message: "the first boot did not end within 10 min 00 s",
      details: ["cloud-init said last: E: Unable to fetch some archives"],
    });
  }, 120_000);

  it.each([
    ["an error", { errors: [failedToInstall] }, [failedToInstall]],
    [
      "what it took for recoverable",
      { recoverable_errors: { WARNING: ["Failed loading yaml blob"], DEPRECATED: ["a key is old"] } },
      ["Failed loading yaml blob"],
    ],
  ])("that ended without Docker Engine is an error at once, for %s", async (_, stage, details) => {
    await host.write(enabled, "");
    await expect(wait(() => over(status(stage)))).rejects.toMatchObject({
      code: "agent.install-failed",
      message: "the first boot ended without Docker Engine",
      details,
    });
    expect(said).toHaveLength(1);
  });

  it("that had trouble and brought Docker Engine all the same is a warning", async () => {
    await host.write(enabled, "");
    await over(status({ errors: [failedToInstall], recoverable_errors: { WARNING: ["no time server answers"] } }));
    await withDocker(() => wait());
    expect(warned).toEqual([`the first boot: ${failedToInstall}`, "the first boot: no time server answers"]);
  });

  it.each([
    ["an older version", `{"v1":{"init":{"errors":[],"finished":1,"start":0},"stage":null}}`],
    ["a status that cannot be read", "{"],
  ])("that %s ended is over", async (_, text) => {
    await host.write(enabled, "");
    await over(text);
    await wait();
    expect(warned).toEqual([]);
  });
});
