import { StackhouseError } from "../../../modules/base/errors.ts";
import type {
  BoundForward,
  Driver,
  Forward,
  KeptDisk,
  VmInspection,
  VmSpec,
} from "../../../modules/hypervisors/driver.ts";
import { definedForwards } from "../../../modules/hypervisors/forwards.ts";

export interface FakeVm {
  spec: VmSpec;
  state: "running" | "stopped";
  forwards: BoundForward[];
}

/** A driver in memory: what it holds is there for tests to look at and to disturb. */
export interface FakeDriver extends Driver {
  readonly vms: Map<string, FakeVm>;
  /** `create box`, `start box`: what was done, in order. */
  readonly calls: string[];
  readonly serial: string[];
  /** Ports of the workstation that another program has. */
  readonly takenPorts: Set<number>;
  /** Called when a VM and all that was on it is gone. */
  onDestroyed: (id: string) => void;
  /** Data disks of all VMs that no definition names. */
  readonly keptDisks: KeptDisk[];
  /** Data disks that VMs have. Default: those of their definitions. */
  madeDisks: readonly KeptDisk[] | undefined;
  /** Thrown by the next start. */
  startError: Error | undefined;
}

/** What its workstation has. */
const mostMemoryMiB = 65_536;
const ownAddresses: ReadonlySet<string> = new Set(["127.0.0.1", "0.0.0.0"]);

/** A port that was chosen stays. */
function portBefore({ forwards }: FakeVm, owner: string, { guestPort, protocol }: Forward): number | undefined {
  return forwards.find((one) => one.owner === owner && one.guestPort === guestPort && one.protocol === protocol)
    ?.hostPort;
}

export function createFakeDriver(): FakeDriver {
  const vms = new Map<string, FakeVm>();
  const calls: string[] = [];
  const serial: string[] = [];
  const takenPorts = new Set<number>();
  let nextPort = 42_000;

  const present = (id: string): FakeVm => {
    const vm = vms.get(id);
    if (vm === undefined) throw new StackhouseError("vm.not-found", `there is no VM ${id}`);
    return vm;
  };
  const inspect = (id: string): VmInspection => {
    const vm = vms.get(id);
    const kept = driver.keptDisks.length === 0 ? {} : { keptDisks: driver.keptDisks };
    if (vm === undefined) return { state: "absent", ...kept };
    const { spec, forwards } = vm;
    const outlivingDisks = (spec.dataDisks ?? []).filter((disk) => disk.retainOnDelete).map(({ name }) => name);
    const madeDisks = driver.madeDisks ?? spec.dataDisks ?? [];
    const present = { spec, forwards, outlivingDisks, madeDisks, ...kept };
    return vm.state === "stopped"
      ? { state: "stopped", ...present }
      : { state: "running", ...present, pid: 1, hypervisorClass: "emulation" };
  };

  const driver: FakeDriver = {
    name: "qemu",
    vms,
    calls,
    serial,
    takenPorts,
    onDestroyed: () => undefined,
    keptDisks: [],
    madeDisks: undefined,
    startError: undefined,
    probe: async () => ({
      available: true,
      hypervisorClass: "emulation",
      reason: "a test",
      beginning: "by booting",
      version: "1",
    }),
    problemWithMemory: (memoryMiB) =>
      memoryMiB > mostMemoryMiB ? { reason: `${memoryMiB} MiB are too much`, hint: "less" } : undefined,
    problemWithAddress: async (hostAddress) =>
      ownAddresses.has(hostAddress)
        ? undefined
        : { reason: `${hostAddress} is no address of this workstation`, hint: "another" },
    async create(spec, call) {
      calls.push(`create ${spec.id}`);
      const before = vms.get(spec.id);
      vms.set(spec.id, { state: "stopped", forwards: [], ...before, spec });
      await driver.forward(spec.id, definedForwards, spec.forwards ?? [], call);
    },
    prepare: async () => undefined,
    fillPool: async () => undefined,
    listPools: async () => [],
    async start(id) {
      calls.push(`start ${id}`);
      const { startError } = driver;
      driver.startError = undefined;
      if (startError !== undefined) throw startError;
      const vm = present(id);
      vm.state = "running";
      if (!vm.forwards.some(({ owner }) => owner === "ssh")) {
        vm.forwards.push({
          owner: "ssh",
          guestPort: 22,
          protocol: "tcp",
          hostAddress: "127.0.0.1",
          hostPort: nextPort++,
        });
      }
      return { pid: 1, hypervisorClass: "emulation", answered: false, forwards: vm.forwards };
    },
    async resize(id) {
      calls.push(`resize ${id}`);
      present(id);
    },
    async stop(id) {
      calls.push(`stop ${id}`);
      present(id).state = "stopped";
    },
    async kill(id) {
      calls.push(`kill ${id}`);
      present(id).state = "stopped";
    },
    async pause(id) {
      calls.push(`pause ${id}`);
      present(id).state = "stopped";
    },
    async destroy(id) {
      calls.push(`destroy ${id}`);
      if (vms.delete(id)) driver.onDestroyed(id);
    },
    inspect: async (id) => inspect(id),
    list: async () => [...vms.keys()],
    async forward(id, owner, forwards) {
      const vm = present(id);
      const others = vm.forwards.filter((forward) => forward.owner !== owner);
      const bound = forwards.map((forward) => ({
        ...forward,
        owner,
        hostPort: forward.hostPort === 0 ? (portBefore(vm, owner, forward) ?? nextPort++) : forward.hostPort,
      }));
      vm.forwards = [...others, ...bound];
      return bound;
    },
    whoHasPort: async ({ hostPort }, own) => {
      const isOwn = own.some(({ vmId, owner }) =>
        vms.get(vmId)?.forwards.some((forward) => forward.owner === owner && forward.hostPort === hostPort),
      );
      return takenPorts.has(hostPort) && !isOwn ? "nginx, process 812, listens there" : undefined;
    },
    async exportDisk(id) {
      calls.push(`export ${id}`);
      present(id);
    },
    openAgentPort: async () => undefined,
    console: async (_id, lines) => serial.slice(-lines),
  };
  return driver;
}
