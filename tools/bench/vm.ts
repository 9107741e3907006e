// Times a local VM from nothing: to SSH, to the agent's first answer, and away again. Argument: the number of runs, default 3.
import process from "node:process";
import { silentProgress } from "../../modules/base/progress.ts";
import { realPorts } from "../../modules/provider/real-ports.ts";
import { stackhouseProvider } from "../../modules/provider/stackhouse.ts";
import type { Call, Resource } from "../../modules/provider/kit/resource.ts";
import { printTimings, timed, type Timing } from "./table.ts";

/** Of one operation; the first may build the base image. */
const deadlineMs = 30 * 60_000;
const runs = Number(process.argv[2] ?? 3);
const ports = realPorts(process.env);
await using _connections = ports.connections;
const [vm, agent] = stackhouseProvider(ports).resources as readonly [Resource, Resource];

const times = { ssh: [] as number[], ready: [] as number[], gone: [] as number[] };
await ports.images.ensure(await ports.images.current(callFor("image")), callFor("image"));
for (let run = 0; run < runs; run += 1) await once(`bench-${process.pid}-${run}`);

printTimings([
  { what: "bare VM to SSH", runs: times.ssh, budgetMs: 30_000 },
  { what: "bare VM to agent ready", runs: times.ready, budgetMs: 50_000 },
  { what: "VM gone", runs: times.gone },
] satisfies Timing[]);

async function once(vmId: string): Promise<void> {
  const call = callFor(vmId);
  const { inputs } = await vm.check(undefined, { vmId, cpus: 2, memoryMiB: 1024 }, call);
  const made = await timed(() => vm.create(inputs, call));
  try {
    times.ssh.push(made.ms);
    const { hostId, connection } = made.value.outputs;
    const wanted = await agent.check(undefined, { hostId, vmId, connection }, call);
    const ready = await timed(() => agent.create(wanted.inputs, call));
    times.ready.push(made.ms + ready.ms);
  } finally {
    const gone = await timed(() => vm.delete({ id: vmId, inputs, outputs: made.value.outputs }, call));
    times.gone.push(gone.ms);
  }
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
