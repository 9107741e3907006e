// Times a local VM from nothing, booted and cloned: to SSH, to the agent's first answer, and away again; then several clones at once.
// Argument: the number of runs, default 3.
import process from "node:process";
import * as z from "zod";
import { silentProgress } from "../../modules/base/progress.ts";
import { realPorts } from "../../modules/provider/real-ports.ts";
import { stackhouseProvider } from "../../modules/provider/stackhouse.ts";
import type { Call, Resource } from "../../modules/provider/kit/resource.ts";
import type { Properties } from "../../modules/provider/kit/values.ts";
import { printTimings, timed, type Timing } from "./table.ts";

/** Of one operation; the first may build the base image. */
const deadlineMs = 30 * 60_000;
const runs = Number(process.argv[2] ?? 3);
const ports = realPorts(process.env);
await using _connections = ports.connections;
const [vm, agent] = stackhouseProvider(ports).resources as readonly [Resource, Resource];

const modes = ["cold", "warm"] as const;
type Mode = (typeof modes)[number];
type Stage = "it has its identity" | "SSH" | "agent ready" | "VM gone";
const times = new Map<string, number[]>();

await ports.images.ensure(await ports.images.current(callFor("image")), callFor("image"));
// Makes the template.
await once("warm", `bench-${process.pid}-template`);
times.clear();
// Side by side, so that a machine that gets slower does so for both.
for (let run = 0; run < runs; run += 1) {
  for (const mode of modes) await once(mode, `bench-${process.pid}-${mode}-${run}`);
}
for (const several of [4, 8]) await together(several);

printTimings([...times].map(([what, runsOfIt]): Timing => ({ what, runs: runsOfIt })));

async function once(mode: Mode, vmId: string): Promise<void> {
  const call = callFor(vmId);
  const { inputs } = await vm.check(undefined, { vmId, cpus: 2, memoryMiB: 1024, start: mode }, call);
  const made = await timed(() => vm.create(inputs, call));
  try {
    const { hostId, connection, startup } = made.value.outputs;
    const { tookMs } = z.object({ tookMs: z.number() }).parse(startup);
    const wanted = await agent.check(undefined, { hostId, vmId, connection }, call);
    const ready = await timed(() => agent.create(wanted.inputs, call));
    if (mode === "warm") note(mode, "it has its identity", tookMs);
    note(mode, "SSH", made.ms);
    note(mode, "agent ready", made.ms + ready.ms);
  } finally {
    const gone = await timed(() => vm.delete({ id: vmId, inputs, outputs: made.value.outputs }, call));
    note(mode, "VM gone", gone.ms);
  }
}

/** Clones that begin at the same moment, until the last one lets us in. */
async function together(count: number): Promise<void> {
  const ids = Array.from({ length: count }, (_, index) => `bench-${process.pid}-${count}-${index}`);
  const inputsOf = async (vmId: string): Promise<Properties> =>
    (await vm.check(undefined, { vmId, cpus: 2, memoryMiB: 1024, start: "warm" }, callFor(vmId))).inputs;
  const all = await Promise.all(ids.map(async (vmId) => ({ vmId, inputs: await inputsOf(vmId) })));
  const made = await timed(() => Promise.all(all.map(({ vmId, inputs }) => vm.create(inputs, callFor(vmId)))));
  for (const [index, { vmId, inputs }] of all.entries()) {
    await vm.delete({ id: vmId, inputs, outputs: made.value[index]?.outputs ?? {} }, callFor(vmId));
  }
  times.set(`${count} clones at once, until all let us in`, [made.ms]);
}

function note(mode: Mode, stage: Stage, ms: number): void {
  const what = `${mode}: ${stage}`;
  times.set(what, [...(times.get(what) ?? []), ms]);
}

function callFor(name: string): Call {
  return {
    urn: `urn:pulumi:bench::bench::stackhouse:index:Vm::${name}`,
    preview: false,
    signal: AbortSignal.timeout(deadlineMs),
    deadlineMs,
    progress: silentProgress,
  };
}
