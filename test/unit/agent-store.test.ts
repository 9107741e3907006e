import { randomUUID } from "node:crypto";
import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { silentLogger } from "../support/silent-logger.ts";
import { newReleaseId, releaseDigest, type Release } from "../../host-agent/releases/release.ts";
import { openDatabase } from "../../host-agent/store/database.ts";
import { openStore, type Store } from "../../host-agent/store/store.ts";

let directory: string;
let store: Store | undefined;

const open = async (): Promise<Store> => (store = await openStore(directory, silentLogger));
const close = (): void => {
  store?.close();
  store = undefined;
};

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "store-"));
});
afterEach(async () => {
  close();
  await rm(directory, { recursive: true });
});

const model = { name: "shop", services: { web: { image: "web:1", command: null, entrypoint: null } } };
let clock = 1_700_000_000_000;
function release(outcome: Release["outcome"], version = "1"): Release {
  const wanted = { ...model, services: { web: { ...model.services.web, image: `web:${version}` } } };
  const contents = { "secrets/key": "aHVudGVyMg==" };
  return {
    id: newReleaseId((clock += 1_000), randomUUID()),
    app: "shop",
    digest: releaseDigest({ model: wanted, contents }),
    createdAt: "2026-01-01T00:00:00.000Z",
    requestedBy: "a test",
    jobId: "11111111-1111-4111-8111-111111111111",
    model: wanted,
    contents,
    imageDigests: {},
    outcome,
  };
}
const job = {
  id: "11111111-1111-4111-8111-111111111111",
  app: "shop",
  kind: "apply",
  state: "queued",
  requestedBy: "a test",
  createdAt: "2026-01-01T00:00:00.000Z",
} as const;
const request = {
  kind: "apply",
  request: {
    jobId: job.id,
    deadlineMs: 1_000,
    requestedBy: "a test",
    desired: { model, contents: {}, registries: { "r.example": { username: "u", password: "hunter2" } } },
  },
} as const;

describe("releases", () => {
  test("give the last that succeeded as current and the last of all as latest", async () => {
    const { releases } = await open();
    const good = release("pending", "1");
    await releases.begin(good);
    await releases.finish(good, "succeeded", { "web:1": "sha256:1" });
    const bad = release("pending", "2");
    await releases.begin(bad);
    await releases.finish(bad, "failed", {});
    expect((await releases.current("shop"))?.imageDigests).toEqual({ "web:1": "sha256:1" });
    expect((await releases.latest("shop"))?.outcome).toBe("failed");
    expect(await releases.current("other")).toBeUndefined();
  });

  test("are kept in files that only root may read", async () => {
    const { releases } = await open();
    const one = release("succeeded");
    await releases.begin(one);
    const mode = async (...path: string[]): Promise<number> => (await stat(join(directory, ...path))).mode & 0o777;
    expect(await mode()).toBe(0o700);
    expect(await mode("agent.db")).toBe(0o600);
    expect(await mode("releases", "shop")).toBe(0o700);
    expect(await mode("releases", "shop", `${one.id}.json`)).toBe(0o600);
  });

  test("are bounded, and the one that runs is kept however old it is", async () => {
    const { releases } = await open();
    const good = release("pending", "good");
    await releases.begin(good);
    await releases.finish(good, "succeeded", {});
    for (let count = 0; count < 15; count += 1) {
      const bad = release("pending", String(count));
      await releases.begin(bad);
      await releases.finish(bad, "failed", {});
    }
    expect((await releases.current("shop"))?.id).toBe(good.id);
    expect(await readdir(join(directory, "releases", "shop"))).toHaveLength(11);
  });

  test("are gone with their secrets when the app is forgotten", async () => {
    const { releases } = await open();
    await releases.begin(release("succeeded"));
    await releases.forget("shop");
    expect(releases.apps()).toEqual([]);
    expect(await readdir(join(directory, "releases"))).toEqual([]);
  });
});

describe("a store whose database cannot be used", () => {
  const damages: Record<string, () => Promise<void>> = {
    "is lost": () => rm(join(directory, "agent.db")),
    "is no database": () => writeFile(join(directory, "agent.db"), "not a database at all, but long enough to be read"),
    "is cut": async () => {
      const content = await readFile(join(directory, "agent.db"));
      await writeFile(join(directory, "agent.db"), content.subarray(0, 5_000));
    },
    "is of a newer agent": () => {
      const database = new DatabaseSync(join(directory, "agent.db"));
      database.exec("PRAGMA user_version = 999");
      database.close();
      return Promise.resolve();
    },
  };
  test.each(Object.keys(damages))("because it %s: releases come back from their files", async (damage) => {
    const one = release("pending");
    const { releases } = await open();
    await releases.begin(one);
    await releases.finish(one, "succeeded", { "web:1": "sha256:1" });
    close();
    await damages[damage]?.();
    const rebuilt = await open();
    expect(rebuilt.releases.apps()).toEqual(["shop"]);
    expect(await rebuilt.releases.current("shop")).toMatchObject({ id: one.id, contents: one.contents });
  });

  test("because the agent was killed before it was filled: releases come back from their files", async () => {
    const one = release("pending");
    const { releases } = await open();
    await releases.begin(one);
    close();
    await rm(join(directory, "agent.db"));
    openDatabase(join(directory, "agent.db"), silentLogger).close();
    expect((await open()).releases.apps()).toEqual(["shop"]);
  });

  test("leaves the broken file beside the new one, for root alone, until the next start: it may hold secrets", async () => {
    await open();
    close();
    await writeFile(join(directory, "agent.db"), "broken");
    await chmod(join(directory, "agent.db"), 0o644);
    await writeFile(join(directory, "agent.db.broken-wal"), "of an older one");
    await open();
    expect(await readFile(join(directory, "agent.db.broken"), "utf8")).toBe("broken");
    expect((await stat(join(directory, "agent.db.broken"))).mode & 0o777).toBe(0o600);
    const aside = async (): Promise<string[]> => (await readdir(directory)).filter((name) => name.includes("broken"));
    expect(await aside()).toEqual(["agent.db.broken"]);
    close();
    await open();
    expect(await aside()).toEqual([]);
  });

  test("leaves out a release file that cannot be read", async () => {
    const { releases } = await open();
    const one = release("succeeded");
    await releases.begin(one);
    close();
    await writeFile(join(directory, "releases", "shop", "zzz.json"), '{"id":"zzz"}');
    await rm(join(directory, "agent.db"));
    expect((await (await open()).releases.latest("shop"))?.id).toBe(one.id);
  });
});

test("a second agent on the same state is told that one runs", async () => {
  await open();
  await expect(openStore(directory, silentLogger)).rejects.toMatchObject({ code: "lock.held" });
});

describe("the journal", () => {
  test("keeps open jobs with their request, over a restart", async () => {
    const { jobs } = await open();
    jobs.insert({ job, deadlineAt: 5, request });
    expect(jobs.start(job.id)).toBe(1);
    close();
    const [found] = (await open()).jobs.open();
    expect(found).toEqual({ job: { ...job, state: "running" }, deadlineAt: 5, attempts: 1, request });
  });

  test("gives a job of another version without its request", async () => {
    await open();
    store?.jobs.insert({ job, deadlineAt: 5, request });
    close();
    const database = new DatabaseSync(join(directory, "agent.db"));
    database.exec(`UPDATE jobs SET request = '{"kind":"migrate"}'`);
    database.close();
    expect((await open()).jobs.open()).toMatchObject([{ job: { id: job.id }, request: undefined }]);
  });

  test("forgets the request, and so its secrets, when the job has ended", async () => {
    const { jobs } = await open();
    jobs.insert({ job, deadlineAt: 5, request });
    jobs.finish(job.id, "now", { type: "failed", problem: { code: "internal", message: "no", details: [] } });
    expect(jobs.eventsAfter(job.id, 0, 10)).toMatchObject([{ seq: 1, type: "failed", problem: { message: "no" } }]);
    expect(jobs.open()).toEqual([]);
    expect(jobs.get(job.id)).toMatchObject({ state: "failed", problem: { message: "no" } });
    close();
    expect(await readFile(join(directory, "agent.db"), "latin1")).not.toContain("hunter2");
  });

  test("ends no job without its last event, which its readers wait for", async () => {
    const { jobs } = await open();
    jobs.insert({ job, deadlineAt: 5, request });
    close();
    const database = new DatabaseSync(join(directory, "agent.db"));
    database.exec("CREATE TRIGGER full BEFORE INSERT ON events BEGIN SELECT RAISE(ABORT, 'no room'); END");
    database.close();
    const again = await open();
    expect(() => again.jobs.finish(job.id, "now", { type: "cancelled", reason: "no more" })).toThrow("no room");
    expect(again.jobs.open()).toMatchObject([{ job: { id: job.id, state: "queued" } }]);
  });

  test("numbers events from 1 and gives those after a number", async () => {
    const { jobs } = await open();
    jobs.insert({ job, deadlineAt: 5, request });
    for (const text of ["one", "two", "three"]) jobs.append(job.id, "now", { type: "waiting", text });
    expect(jobs.eventsAfter(job.id, 1, 10).map(({ seq }) => seq)).toEqual([2, 3]);
    expect(jobs.eventsAfter(job.id, 0, 1).map(({ seq }) => seq)).toEqual([1]);
  });

  test("drops old progress of a long job and nothing else", async () => {
    const { jobs } = await open();
    jobs.insert({ job, deadlineAt: 5, request });
    jobs.append(job.id, "now", { type: "step-started", step: "pull" });
    for (let count = 0; count < 600; count += 1) {
      jobs.append(job.id, "now", { type: "step-progress", step: "pull", text: String(count) });
    }
    const events = jobs.eventsAfter(job.id, 0, 10_000);
    expect(events[0]?.type).toBe("step-started");
    expect(events.length).toBeLessThanOrEqual(502);
    expect(events.at(-1)?.seq).toBe(601);
  });

  test("keeps the last jobs of an app", async () => {
    const { jobs } = await open();
    const id = (count: number): string => `11111111-1111-4111-8111-${String(count).padStart(12, "0")}`;
    for (let count = 0; count < 30; count += 1) {
      const createdAt = new Date(count * 1_000).toISOString();
      jobs.insert({ job: { ...job, id: id(count), createdAt }, deadlineAt: 5, request });
      jobs.finish(id(count), "now", { type: "cancelled", reason: "no more" });
    }
    expect(jobs.get(id(0))).toBeUndefined();
    expect(jobs.get(id(29))).toBeDefined();
  });
});
