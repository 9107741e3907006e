// Times local VMs of the quickstart's kind, booted, cloned and from a pool, from nothing to a served request and away again; then
// several that begin at the same moment, with what they take of memory; and a table of the most of that for README. Arguments: the number of
// runs, default 3, and of rounds of several at once, default 1.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import * as z from "zod";
import { silentProgress } from "../../modules/base/progress.ts";
import type { PoolMember, VmSpec } from "../../modules/hypervisors/driver.ts";
import { ensureContainerImages } from "../../modules/container-images/index.ts";
import { realPorts } from "../../modules/provider/real-ports.ts";
import { agentType } from "../../modules/provider/resources/agent.ts";
import { appType } from "../../modules/provider/resources/app/resource.ts";
import { vmType } from "../../modules/provider/resources/vm/resource.ts";
import { stackhouseProvider } from "../../modules/provider/stackhouse.ts";
import type { Call, Resource } from "../../modules/provider/kit/resource.ts";
import type { Properties } from "../../modules/provider/kit/values.ts";
import { systemRunner } from "../../modules/system/exec.ts";
import { homeFrom } from "../../modules/system/home.ts";
import { packageRoot } from "../../modules/system/package-root.ts";
import { printMarkdown, printMeasurements, timed, type Measurement } from "./table.ts";

/** Of one operation; the first may build the images. */
const deadlineMs = 30 * 60_000;
const runs = Number(process.argv[2] ?? 3);
const rounds = Number(process.argv[3] ?? 1);
const ports = realPorts(process.env);
await using _connections = ports.connections;
const { resources } = stackhouseProvider(ports);
const [vm, agent, app] = [resourceOf(vmType), resourceOf(agentType), resourceOf(appType)];
const quickstart = join(packageRoot(), "templates", "quickstart");
const { clock } = ports;
const archive = await ensureContainerImages(join(quickstart, "images.yaml"), {
  ...callFor("images"),
  ...{ home: homeFrom(process.env), runner: systemRunner, clock, env: process.env },
});

/** How a VM begins: by booting, as a fresh clone, or as one that waited. */
const modes = ["cold", "warm", "pool"] as const;
type Mode = (typeof modes)[number];
const stages = ["its guest runs", "its agent answers", "first container", "HTTP 200", "VM gone"] as const;
type Stage = (typeof stages)[number];
/** How many VMs begin at the same moment. */
const groups = [1, 4, 8];
const groupStages = ["all agents answer", "memory of one"] as const;
type GroupStage = (typeof groupStages)[number];
/** What issue and README promise of clones, milliseconds. */
const budgets: Readonly<Partial<Record<`${Mode}: ${Stage}`, number>>> = {
  "warm: its guest runs": 150,
  "warm: its agent answers": 1_000,
  "pool: its guest runs": 150,
  "pool: its agent answers": 1_000,
};
/** … and of eight clones that begin at the same moment, until all agents have answered. */
const budgetOfEight = 4_000;
const startupSchema = z.object({
  rung: z.string(),
  reason: z.string(),
  stages: z.array(z.object({ stage: z.string(), tookMs: z.number() })),
});
/** What a VM of each column has to begin as: a measurement of anything else says nothing. */
const rungs: Readonly<Record<Mode, string>> = { cold: "cold", warm: "template", pool: "pool" };
const measurements = new Map<string, Measurement>();

// Makes image and template.
const first = `bench-${process.pid}-template`;
let kind!: VmSpec;
await withVms([first], async () => {
  await begin("warm", first);
  kind = await specOf(first);
});
/** It never runs: it asks for clones that wait. */
const keeper = `bench-${process.pid}-keeper`;
// Side by side, so that a machine that gets slower does so for both.
for (let run = 0; run < runs; run += 1) {
  for (const mode of modes) await once(mode, `bench-${process.pid}-${mode}-${run}`);
}
for (let round = 0; round < rounds; round += 1) {
  for (const several of groups) {
    for (const mode of modes) await together(mode, several);
  }
}
await wait(0);
await ports.driver.destroy(keeper, callFor(keeper));
printMeasurements([...measurements.values()]);
process.stdout.write("\n");
const titles: Readonly<Record<Mode, string>> = { cold: "booted", warm: "cloned", pool: "from a pool" };
printMarkdown(
  [...stages, ...groups.flatMap((count) => groupStages.map((stage) => ofGroup(count, stage)))],
  modes.map((mode) => ({ title: titles[mode], of: (row) => measurements.get(`${mode}: ${row}`) })),
);

function ofGroup(count: number, stage: GroupStage): string {
  return `${count} at once: ${stage}`;
}

function resourceOf(type: string): Resource {
  const found = resources.find((resource) => resource.type === type);
  if (found === undefined) throw new Error(`the provider has no ${type}`);
  return found;
}

interface Begun {
  readonly vmId: string;
  readonly outputs: Properties;
  /** Milliseconds after the start of its hypervisor. */
  readonly runningMs: number;
}

async function begin(mode: Mode, vmId: string): Promise<Begun> {
  const call = callFor(vmId);
  const start = mode === "cold" ? "cold" : "warm";
  const wanted = { vmId, cpus: 2, memoryMiB: 1024, start, preload: [archive] };
  const { inputs } = await vm.check(undefined, wanted, call);
  const { outputs } = await vm.create(inputs, call);
  const { startup } = z.object({ startup: startupSchema }).parse(outputs);
  if (startup.rung !== rungs[mode]) throw new Error(`${vmId} began as ${startup.rung}: ${startup.reason}`);
  const untilRunning = startup.stages.filter(({ stage }) => stage !== "identity");
  return { vmId, outputs, runningMs: untilRunning.reduce((sum, { tookMs }) => sum + tookMs, 0) };
}

async function specOf(vmId: string): Promise<VmSpec> {
  const found = await ports.driver.inspect(vmId, callFor(vmId));
  if (found.state === "absent") throw new Error(`the VM ${vmId} is gone`);
  return found.spec;
}

async function members(): Promise<readonly PoolMember[]> {
  return (await ports.driver.listPools(callFor(keeper))).flatMap(({ waiting }) => waiting);
}

/** So many clones wait. */
async function wait(pool: number): Promise<void> {
  const call = callFor(keeper);
  await ports.driver.create({ ...kind, id: keeper, hostname: keeper, pool }, call);
  await ports.driver.fillPool(kind, call);
  const waiting = await members();
  if (waiting.length !== pool) throw new Error(`${waiting.length} clones wait, not ${pool}`);
}

/** By its id: one whose making has failed in the middle may be there, too. */
async function remove(vmId: string): Promise<void> {
  await vm.delete({ id: vmId, inputs: {}, outputs: {} }, callFor(vmId));
}

/** None of these VMs is left, whatever becomes of the work. Gives how long removing them took, milliseconds. */
async function withVms(ids: readonly string[], work: () => Promise<void>): Promise<number> {
  try {
    await work();
  } catch (error) {
    await Promise.allSettled(ids.map(remove));
    throw error;
  }
  const gone = await timed(() => allSettled(ids.map(remove)));
  return gone.ms;
}

/** One VM with the quickstart's app; its guest counts from the start of its hypervisor, all else from nothing. */
async function once(mode: Mode, vmId: string): Promise<void> {
  await wait(mode === "pool" ? 1 : 0);
  const goneMs = await withVms([vmId], () => untilServed(mode, vmId));
  note(mode, "VM gone", goneMs);
}

async function untilServed(mode: Mode, vmId: string): Promise<void> {
  const call = callFor(vmId);
  const began = performance.now();
  const since = (): number => performance.now() - began;
  const begun = await begin(mode, vmId);
  note(mode, "its guest runs", begun.runningMs);
  const ready = await agentOn(begun);
  note(mode, "its agent answers", since());
  const { connection } = ready.outputs as { readonly connection: Properties };
  const wanted = {
    ...{ hostId: ready.id, connection, exposure: { via: "local-vm", vmId } },
    ...{ files: [join(quickstart, "compose.yaml")], imageArchives: [archive] },
  };
  const started = watchFor(/start container/u, /wait until/u, since);
  const { inputs } = await app.check(undefined, wanted, call);
  const { outputs } = await app.create(inputs, { ...call, progress: { ...silentProgress, status: started.take } });
  note(mode, "first container", started.at());
  const { services } = z.object({ services: z.object({ web: z.object({ url: z.string() }) }) }).parse(outputs);
  const answer = await fetch(services.web.url, { signal: AbortSignal.timeout(60_000) });
  await answer.text();
  if (answer.status !== 200) throw new Error(`${services.web.url} answers ${answer.status}`);
  note(mode, "HTTP 200", since());
}

async function agentOn({ vmId, outputs }: Begun): Promise<{ readonly id: string; readonly outputs: Properties }> {
  const call = callFor(vmId);
  const { hostId, connection } = outputs;
  const { inputs } = await agent.check(undefined, { hostId, vmId, connection }, call);
  return await agent.create(inputs, call);
}

/** When what a resource says of itself has come to one thing and then to another. */
function watchFor(
  first: RegExp,
  then: RegExp,
  since: () => number,
): { readonly take: (text: string) => void; readonly at: () => number } {
  let begun = false;
  let at: number | undefined;
  return {
    take(text) {
      begun ||= first.test(text);
      if (begun && then.test(text)) at ??= since();
    },
    at: () => {
      if (at === undefined) throw new Error(`nothing was said of ${String(first)}, and then of ${String(then)}`);
      return at;
    },
  };
}

/** VMs that begin at the same moment, until all agents have answered; and what each takes of the workstation's memory then. */
async function together(mode: Mode, count: number): Promise<void> {
  const ids = Array.from({ length: count }, (_, index) => `bench-${process.pid}-${mode}-${count}-${index}`);
  await wait(mode === "pool" ? count : 0);
  for (const { memoryMiB } of await members())
    add(`${mode}: ${count} at once: memory of one that waits`, memoryMiB, { unit: "MiB" });
  await withVms(ids, async () => {
    const answering = await timed(() => allSettled(ids.map(async (vmId) => agentOn(await begin(mode, vmId)))));
    const what = `${mode}: ${ofGroup(count, "all agents answer")}`;
    add(what, answering.ms, count === 8 && mode !== "cold" ? { budget: budgetOfEight } : {});
    for (const vmId of ids) {
      add(`${mode}: ${ofGroup(count, "memory of one")}`, (await residentBytes(await pidOf(vmId))) / 1024 ** 2, {
        unit: "MiB",
      });
    }
  });
}

/** All are over, also where one fails: a VM that is still being made cannot be removed. */
async function allSettled(works: readonly Promise<unknown>[]): Promise<void> {
  const failures = (await Promise.allSettled(works)).flatMap((result) =>
    result.status === "rejected" ? [result.reason as unknown] : [],
  );
  if (failures.length > 0) throw new AggregateError(failures, `${failures.length} of ${works.length} VMs failed`);
}

async function pidOf(vmId: string): Promise<number> {
  const found = await ports.driver.inspect(vmId, callFor(vmId));
  if (found.state !== "running") throw new Error(`the VM ${vmId} is ${found.state}`);
  return found.pid;
}

/** What a VM's process has in memory, its share of what it has in common with others counted in part. Source: proc_pid_smaps(5). */
async function residentBytes(pid: number): Promise<number> {
  const text = await readFile(`/proc/${pid}/smaps_rollup`, "utf8");
  return Number(/^Pss:\s+(\d+) kB$/mu.exec(text)?.[1]) * 1024;
}

function note(mode: Mode, stage: Stage, ms: number): void {
  const what = `${mode}: ${stage}` as const;
  add(what, ms, { budget: budgets[what] });
}

function add(what: string, value: number, more: Pick<Measurement, "budget" | "unit">): void {
  measurements.set(what, { ...more, what, runs: [...(measurements.get(what)?.runs ?? []), value] });
}

function callFor(name: string): Call {
  return {
    urn: `urn:pulumi:bench::bench::stackhouse:index:Vm::${name}`,
    preview: false,
    signal: AbortSignal.timeout(deadlineMs),
    deadlineMs,
    progress: silentProgress,
    secrets: [],
  };
}
