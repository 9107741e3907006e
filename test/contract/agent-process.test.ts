import { mkdir, readFile, readlink, rm, stat, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { pack } from "tar-stream";
import { buffer } from "node:stream/consumers";
import { afterEach, beforeEach, describe, expect, jest, test } from "@jest/globals";
import { agentInfoSchema, type AgentInfo } from "../../modules/protocol/api.ts";
import type { DesiredApp } from "../../modules/protocol/app.ts";
import type { JobEvent } from "../../modules/protocol/jobs.ts";
import { agentExitCodes } from "../../modules/protocol/slots.ts";
import { silentProgress } from "../../modules/base/progress.ts";
import { waitUntil } from "../../modules/base/wait.ts";
import { systemClock } from "../../modules/system/clock.ts";
import { applyRequest, sha256, shop } from "../support/agent.ts";
import { installAgent, residentMegabytes, type InstalledAgent } from "../support/agent-process.ts";

jest.setTimeout(60_000);

let agent: InstalledAgent;

beforeEach(async () => {
  agent = await installAgent({ STACKHOUSE_RUNTIME: "fake" });
});
afterEach(async () => agent[Symbol.asyncDispose]());

async function loadImages(): Promise<void> {
  const tar = pack();
  tar.entry({ name: "config.json" }, "{}");
  tar.entry({ name: "manifest.json" }, JSON.stringify([{ Config: "config.json", RepoTags: ["web:1", "db:1"] }]));
  tar.finalize();
  const headers = { "content-type": "application/x-tar" };
  const body = await buffer(tar);
  const response = await agent.http.open("POST", `/v1/images?digest=${sha256(body)}`, { headers, body });
  expect((await buffer(response)).toString()).toContain("event: loaded");
}

async function appears(path: string): Promise<void> {
  await waitUntil(
    async () => {
      const found = await stat(path).catch(() => undefined); // Not yet.
      return found === undefined ? { done: false, reason: "it is not there" } : { done: true, value: undefined };
    },
    {
      clock: systemClock,
      signal: new AbortController().signal,
      deadlineMs: 20_000,
      what: path,
      progress: silentProgress,
    },
  );
}

/** An app whose apply waits for a container to end that never does. */
function endless(): DesiredApp {
  const desired = shop({
    web: {
      depends_on: { db: { condition: "service_completed_successfully", required: true } },
      secrets: [{ source: "key" }],
    },
  });
  return { ...desired, contents: { "secrets/key": Buffer.from("hunter2").toString("base64") } };
}

describe("the built agent", () => {
  test("tells its version and digest, and takes little memory", async () => {
    await agent.link("confirmed", "a");
    const { pid } = await agent.start();
    for (let count = 0; count < 20; count += 1) await agent.http.send("GET", "/v1/openapi.json");
    const { body } = await agent.http.send("GET", "/v1/info");
    expect(body).toMatchObject({
      version: expect.stringMatching(/^\d+\.\d+\.\d+$/),
      bundleDigest: expect.stringMatching(/^[0-9a-f]{64}$/),
      slot: "a",
      confirmed: true,
    });
    expect(await residentMegabytes(pid)).toBeLessThan(90);
  });

  test("stops when it is asked to, and takes its socket and lock with it", async () => {
    await agent.link("confirmed", "a");
    const running = await agent.start();
    await running.kill("SIGTERM");
    expect((await running.ended).code).toBe(0);
    const again = await agent.start();
    await again.kill("SIGTERM");
  });

  test("runs once: a second one says that there is one, and the first goes on", async () => {
    await agent.link("confirmed", "a");
    await agent.start();
    const second = await (await agent.startToEnd()).ended;
    expect(second.code).toBe(1);
    expect(second.output).toContain("another Stackhouse agent runs");
    expect((await agent.http.send("GET", "/v1/info")).status).toBe(200);
  });

  test("that is killed in a job takes it up again when it is started again, and says no secret", async () => {
    await agent.link("confirmed", "a");
    const first = await agent.start();
    await loadImages();
    const request = applyRequest(endless());
    await agent.http.send("PUT", "/v1/apps/shop", request);
    const path = `/v1/jobs/${request.jobId}/events`;
    const seen = await agent.http.events(path, { until: ({ data }) => data.includes("has not ended yet") });
    await first.kill("SIGKILL");
    expect((await stat(agent.socket)).isSocket()).toBe(true);

    // What the fake engine held died with the process: the job meets an empty host, without images.
    const second = await agent.start();
    const events = await agent.http.jobEvents(request.jobId);
    expect(events.slice(0, seen.length)).toEqual(seen.map(({ data }) => JSON.parse(data) as JobEvent));
    expect(events.at(-1)).toMatchObject({ type: "failed", problem: { code: "app.image-missing" } });
    await loadImages();
    expect((await agent.http.apply(shop())).at(-1)).toMatchObject({ type: "succeeded" });
    await second.kill("SIGTERM");
    for (const { output } of [await first.ended, await second.ended]) {
      expect(output).toContain('"the agent serves"');
      expect(output).not.toMatch(/hunter2|aHVudGVyMg/);
    }
  });

  test("is born when its guest stops to be a template, and gets another name then", async () => {
    const mark = join(agent.install, "template");
    await using cloned = await installAgent({ STACKHOUSE_RUNTIME: "fake", STACKHOUSE_TEMPLATE_MARK: mark });
    const look = async (): Promise<AgentInfo> =>
      agentInfoSchema.parse((await cloned.http.send("GET", "/v1/info")).body);
    await cloned.link("confirmed", "a");
    await writeFile(mark, "");
    await cloned.start();
    await appears(join(dirname(cloned.socket), "rehearsed"));
    const unborn = [await look(), await look()];
    const identifiedAt = Date.now();
    await rm(mark);
    const born = [await look(), await look()];
    expect(new Set([...unborn, ...born].map(({ instance }) => instance)).size).toBe(3);
    expect(born[1]).toMatchObject({ instance: born[0]?.instance, startedAt: born[0]?.startedAt });
    expect(Date.parse(born[0]?.startedAt ?? "")).toBeGreaterThanOrEqual(identifiedAt);
  });

  test("gives systemd a sign of life three times in the time after which it is to be started anew", async () => {
    const told = join(agent.install, "told");
    const program = join(agent.install, "systemd-notify");
    await writeFile(program, `#!/bin/sh\necho "$NOTIFY_SOCKET $*" >>${told}\n`, { mode: 0o755 });
    await using watched = await installAgent({
      STACKHOUSE_RUNTIME: "fake",
      STACKHOUSE_WATCHDOG: "300",
      NOTIFY_SOCKET: "/run/systemd/notify",
      PATH: `${agent.install}:/usr/bin:/bin`,
    });
    await watched.link("confirmed", "a");
    const running = await watched.start();
    const lines = await waitUntil<readonly string[]>(
      async () => {
        const found = (await readFile(told, "utf8").catch(() => "")).trim().split("\n");
        return found.length >= 4 ? { done: true, value: found } : { done: false, reason: found.join(", ") };
      },
      {
        clock: systemClock,
        signal: new AbortController().signal,
        deadlineMs: 20_000,
        what: "signs",
        progress: silentProgress,
      },
    );
    const sign = "/run/systemd/notify WATCHDOG=1";
    expect(lines.slice(0, 4)).toEqual(["/run/systemd/notify WATCHDOG_USEC=300000 WATCHDOG=1", sign, sign, sign]);
    await running.kill("SIGTERM");
    expect((await running.ended).output).not.toContain('"level":40');
  });

  test("runs on where systemd cannot be told, and says that nobody watches it", async () => {
    const PATH = join(agent.install, "bin");
    await mkdir(PATH);
    for (const name of ["ln", "mv", "readlink", "rm"]) await symlink(`/bin/${name}`, join(PATH, name));
    await using unwatched = await installAgent({ STACKHOUSE_RUNTIME: "fake", NOTIFY_SOCKET: "/nowhere", PATH });
    await unwatched.link("confirmed", "a");
    const running = await unwatched.start();
    await running.kill("SIGTERM");
    expect(await running.ended).toMatchObject({ code: 0, output: expect.stringContaining("nobody starts the agent") });
  });

  test("refuses settings that cannot work, with the code that keeps it from being restarted", async () => {
    await agent[Symbol.asyncDispose]();
    agent = await installAgent({ STACKHOUSE_RUNTIME: "podman" });
    await agent.link("confirmed", "a");
    const { code, output } = await (await agent.startToEnd()).ended;
    expect(code).toBe(agentExitCodes.unusable);
    expect(output).toContain("runtime");
  });
});

describe("a candidate", () => {
  test("that is not confirmed leaves by itself, and the confirmed slot is started", async () => {
    await agent[Symbol.asyncDispose]();
    agent = await installAgent({ STACKHOUSE_RUNTIME: "fake", STACKHOUSE_CONFIRM_DEADLINE: "1500" });
    await agent.link("confirmed", "a");
    await agent.link("candidate", "b");
    const candidate = await agent.start();
    expect((await agent.http.send("GET", "/v1/info")).body).toMatchObject({ slot: "b", confirmed: false });
    expect((await candidate.ended).code).toBe(agentExitCodes.unconfirmed);
    await agent.start();
    expect((await agent.http.send("GET", "/v1/info")).body).toMatchObject({ slot: "a", confirmed: true });
  });

  test("that is confirmed stays, and is started from then on", async () => {
    await agent.link("confirmed", "a");
    await agent.link("candidate", "b");
    const candidate = await agent.start();
    await agent.http.send("POST", "/v1/confirm");
    expect(await readlink(join(agent.install, "confirmed"))).toBe("b");
    await candidate.kill("SIGKILL");
    await agent.start();
    expect((await agent.http.send("GET", "/v1/info")).body).toMatchObject({ slot: "b", confirmed: true });
  });
});
