import { randomUUID } from "node:crypto";
import { DatabaseSync } from "node:sqlite";
import { beforeEach, describe, expect, test } from "@jest/globals";
import { deferred } from "../../modules/base/deferred.ts";
import { silentLogger } from "../support/silent-logger.ts";
import { createJobs, type Jobs, type RunJob } from "../../host-agent/reconcile/jobs.ts";
import { createJobStore, type JobRequest, type JobStore } from "../../host-agent/store/jobs.ts";
import { migrate } from "../../host-agent/store/migrations.ts";
import { StackhouseError } from "../../modules/base/errors.ts";
import type { AppStatus } from "../../modules/protocol/app.ts";
import type { JobEvent } from "../../modules/protocol/jobs.ts";
import { systemClock } from "../../modules/system/clock.ts";

type Write = "insert" | "start" | "finish" | "append";

/** As `node:sqlite` throws it. */
const diskIsFull = Object.assign(new Error("database or disk is full"), { code: "ERR_SQLITE_ERROR", errcode: 13 });
const status: AppStatus = { name: "shop", services: {}, networks: [], volumes: [] };
const signal = new AbortController().signal;

/** What each write of the store throws now. */
let faults: Map<Write, Error>;
let store: JobStore;
let run: RunJob;
let jobs: Jobs;

beforeEach(() => {
  const database = new DatabaseSync(":memory:");
  migrate(database);
  const sound = createJobStore(database);
  const may = (write: Write): JobStore => {
    const fault = faults.get(write);
    if (fault !== undefined) throw fault;
    return sound;
  };
  faults = new Map();
  store = {
    ...sound,
    insert: (record) => may("insert").insert(record),
    start: (id) => may("start").start(id),
    finish: (id, at, end) => may("finish").finish(id, at, end),
    append: (id, at, event) => may("append").append(id, at, event),
  };
  run = () => Promise.resolve(status);
  jobs = createJobs({ store, clock: systemClock, logger: silentLogger, run: (work) => run(work) });
});

const request = (): JobRequest => ({
  kind: "remove",
  request: { jobId: randomUUID(), deadlineMs: 60_000, requestedBy: "a test", deleteVolumes: [] },
});
const submit = (): string => jobs.submit(request(), "shop").id;
async function eventsOf(id: string, after = 0): Promise<JobEvent[]> {
  const events: JobEvent[] = [];
  for await (const event of jobs.events(id, after, signal)) events.push(event);
  return events;
}
const lastOf = async (id: string): Promise<JobEvent | undefined> => (await eventsOf(id)).at(-1);
/** The disk fills up while the job is at work, which then fails by itself or not. */
function whileFull(writes: readonly Write[], outcome: () => AppStatus = () => status): RunJob {
  return async () => {
    await Promise.resolve();
    for (const write of writes) faults.set(write, diskIsFull);
    return outcome();
  };
}

describe("a job whose end cannot be written", () => {
  test.each<[Write, readonly Write[]]>([
    ["finish", ["finish"]],
    ["start", ["start", "finish", "append"]],
  ])("has failed for want of disk, and whoever follows it is told (%s)", async (_, writes) => {
    run = whileFull(writes);
    if (writes.includes("start")) faults = new Map(writes.map((write) => [write, diskIsFull]));
    const id = submit();
    expect(await eventsOf(id)).toMatchObject([
      { type: "failed", seq: 1, problem: { code: "app.disk-full", hint: expect.stringContaining("free space") } },
    ]);
    expect(jobs.get(id)).toMatchObject({ state: "failed", problem: { code: "app.disk-full" } });
  });

  test("has failed where an event before it could not be written", async () => {
    run = ({ report }) => {
      faults.set("append", diskIsFull);
      report({ type: "step-started", step: "pull" });
      return Promise.resolve(status);
    };
    expect(await eventsOf(submit())).toMatchObject([{ type: "failed", problem: { code: "app.disk-full" } }]);
  });

  test("says so where it is not the disk", async () => {
    run = () => {
      faults.set("finish", new Error("disk I/O error"));
      return Promise.resolve(status);
    };
    expect(await lastOf(submit())).toMatchObject({
      type: "failed",
      problem: { code: "internal", message: "disk I/O error" },
    });
  });

  test("keeps the reason that it failed for by itself", async () => {
    run = whileFull(["finish"], () => {
      throw new StackhouseError("app.unhealthy", "web is unhealthy");
    });
    expect(await lastOf(submit())).toMatchObject({ type: "failed", problem: { code: "app.unhealthy" } });
  });

  test("fails too when the disk is full while it tells what it does", async () => {
    run = ({ report }) => {
      faults.set("append", diskIsFull);
      report({ type: "step-started", step: "pull" });
      return Promise.resolve(status);
    };
    expect(await lastOf(submit())).toMatchObject({ type: "failed", problem: { code: "app.disk-full" } });
  });

  test("does not keep the next one of its app waiting", async () => {
    run = whileFull(["finish"]);
    const first = submit();
    const second = submit();
    expect(await lastOf(first)).toMatchObject({ type: "failed", problem: { code: "app.disk-full" } });
    expect(await lastOf(second)).toMatchObject({ type: "failed", problem: { code: "app.disk-full" } });
    faults.clear();
    run = () => Promise.resolve(status);
    expect(await lastOf(submit())).toMatchObject({ type: "succeeded" });
  });

  test("is in the journal before another one is taken in, so that no later agent does it again", async () => {
    run = whileFull(["finish"]);
    const id = submit();
    await eventsOf(id);
    expect(submit).toThrow(diskIsFull);
    expect(store.open()).toMatchObject([{ job: { id } }]);
    faults.clear();
    run = () => Promise.resolve(status);
    const next = submit();
    expect(store.get(id)).toMatchObject({ state: "failed" });
    expect(store.open().map(({ job }) => job.id)).not.toContain(id);
    expect(await lastOf(next)).toMatchObject({ type: "succeeded" });
    expect(await eventsOf(id)).toMatchObject([{ type: "failed", seq: 1 }]);
  });

  test("is in the journal when the agent stops, where there is room by then", async () => {
    run = whileFull(["finish", "append"]);
    const id = submit();
    await eventsOf(id);
    await jobs.stop();
    faults.clear();
    await jobs.stop();
    expect(store.open()).toEqual([]);
    expect(store.get(id)).toMatchObject({ state: "failed" });
  });
});

test("a job that waits gets its turn though its waiting cannot be written", async () => {
  const go = deferred<AppStatus>();
  run = () => go.promise;
  const first = submit();
  faults.set("append", diskIsFull);
  const second = submit();
  faults.clear();
  go.resolve(status);
  expect(await lastOf(first)).toMatchObject({ type: "succeeded" });
  expect(await lastOf(second)).toMatchObject({ type: "succeeded" });
});
