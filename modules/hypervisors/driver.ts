import type { Duplex } from "node:stream";
import type { Progress } from "../base/progress.ts";
import type { DataDisk } from "./data-disks.ts";

/** What makes local VMs. Every operation can be run again; commands are argv arrays with a deadline each. */
export interface Driver {
  readonly name: "qemu";
  /** What this machine can do, found by trying. */
  probe(call: DriverCall): Promise<DriverProbe>;
  /** Why `create` would refuse so much memory on this workstation; undefined where it would not. */
  problemWithMemory(memoryMiB: number): Refusal | undefined;
  /** Why no port can be forwarded from an IPv4 address; undefined where this workstation has it. */
  problemWithAddress(hostAddress: string): Promise<Refusal | undefined>;
  /**
   * Makes disk and definition; a VM of the same id and spec is left as it is. Another spec for the same id (size, keys, a
   * larger disk) holds from its next start on, that of disks from the next `resize`, and that of forwards at once. Does not start.
   */
  create(spec: VmSpec, call: DriverCall): Promise<void>;
  /**
   * Makes what VMs like this one begin from, where that is not there yet: the first of a kind would make it. Does nothing where they
   * boot.
   */
  prepare(kind: VmKind, call: DriverCall): Promise<void>;
  /**
   * Makes the pool of such VMs as large as VMs of this workstation ask for: clones that wait to become one. What can have no pool, or no
   * larger one, has none, which is told.
   */
  fillPool(kind: VmKind, call: DriverCall): Promise<void>;
  /** The pools that VMs of this workstation ask for, and those in which clones wait. */
  listPools(call: DriverCall): Promise<readonly Pool[]>;
  /** Starts what is not running, and lets go on what was paused; done when the hypervisor runs the VM, which says nothing about its guest. */
  start(id: string, call: DriverCall): Promise<VmRunning>;
  /**
   * Gives a VM that runs the disks of its definition, without a restart: larger ones grow, new ones are attached. Done when its guest
   * has mounted them and their file systems have grown. A disk that the definition does not name any more stays until the VM is started
   * again.
   */
  resize(id: string, call: DriverCall): Promise<void>;
  /** Power button, then kill after the grace. One that stands still, paused or halted, goes on before. */
  stop(id: string, graceMs: number, call: DriverCall): Promise<void>;
  kill(id: string, call: DriverCall): Promise<void>;
  /** Saves a running VM with its memory and ends its process. What was running in it goes on at the next start. */
  pause(id: string, call: DriverCall): Promise<void>;
  /** Removes everything of the VM but the data disks that are to outlive it; one that is not there is success. */
  destroy(id: string, call: DriverCall): Promise<void>;
  inspect(id: string, call: DriverCall): Promise<VmInspection>;
  list(call: DriverCall): Promise<readonly string[]>;
  /**
   * Makes the forwards of one owner (an app's name) exactly these, live where the VM runs, and remembers them for the next
   * start. Gives them with their host ports. Forwards of other owners, and `ssh`, stay. A fixed port that is taken fails
   * with `vm.port-taken` and changes nothing.
   */
  forward(id: string, owner: string, forwards: readonly Forward[], call: DriverCall): Promise<readonly BoundForward[]>;
  /**
   * Who keeps a fixed port of this workstation from being forwarded, as a person is told; undefined where nobody does. Forwards of
   * `own`, which would be replaced, do not count.
   */
  whoHasPort(
    port: Omit<Forward, "guestPort">,
    own: readonly ForwardOwner[],
    call: DriverCall,
  ): Promise<string | undefined>;
  /** Writes the disk of a stopped VM, with all that it stands on, to a new file in qcow2. */
  exportDisk(id: string, path: string, call: DriverCall): Promise<void>;
  /**
   * A connection to the host agent's socket for streams, past the guest's network: one at a time. Undefined where the VM does not
   * run, has no agent that answers, or somebody else is connected: there is SSH.
   */
  openAgentPort(id: string, call: DriverCall): Promise<Duplex | undefined>;
  /** The last lines that the guest wrote on its serial console. */
  console(id: string, lines: number): Promise<readonly string[]>;
}

/** Ids and host names of VMs: a label of a DNS name. */
export const vmName = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;
export const mostCpus = 255;
/** Clones of one kind that wait. */
export const largestPool = 16;

export interface DriverCall {
  readonly signal: AbortSignal;
  readonly progress: Progress;
}

/** Why something cannot be, and what to do, as a person is told. */
export interface Refusal {
  readonly reason: string;
  readonly hint: string;
}

/** `type-1`: the hypervisor is the kernel; `type-2`: a process on an OS; `emulation`: no hardware virtualization. */
export type HypervisorClass = "type-1" | "type-2" | "emulation";

export interface DriverProbe {
  readonly available: boolean;
  readonly hypervisorClass: HypervisorClass;
  /** Why, as `doctor` shows it: `KVM booted a kernel in 0.4 s`. */
  readonly reason: string;
  /** How new VMs begin, and why: `clones of a template`. */
  readonly beginning: string;
  readonly version: string;
}

/** What VMs have in common that begin from the same template. */
export interface VmKind {
  readonly cpus: number;
  readonly memoryMiB: number;
  readonly diskGiB: number;
  /** Key of the base image in the image cache. */
  readonly baseImage: string;
  /** Key of an image, baked on the base image, that the disk of a new VM starts from. Default: the base image itself. */
  readonly bakedImage?: string | undefined;
}

export interface VmSpec extends VmKind {
  /** `[a-z0-9-]`, unique on the workstation. */
  readonly id: string;
  readonly hostname: string;
  /** Guest SSH host key, OpenSSH private key text, minted by the program. A secret. */
  readonly hostPrivateKey: string;
  /** `authorized_keys` lines for root. */
  readonly authorizedKeys: readonly string[];
  /**
   * How it begins. `warm`: as the clone of a template, a VM of the same kind that was booted before; `cold`: by booting; `auto`:
   * as a clone where that can be. Later starts boot. Default: `auto`.
   */
  readonly start?: StartMode | undefined;
  /** In any order. Each is an empty file system when it is there for the first time. Default: none. */
  readonly dataDisks?: readonly DataDisk[] | undefined;
  /** Ports of the workstation that lead into it, besides those of SSH and of apps. Default: none. */
  readonly forwards?: readonly Forward[] | undefined;
  /** How many clones of its kind are to wait for the next VM of it, while this one is there. Default: 0. */
  readonly pool?: number | undefined;
}

/** Clones of one kind that wait to become VMs. */
export interface Pool {
  readonly kind: VmKind;
  /** As many as the VM of the kind that asks for most. */
  readonly wanted: number;
  readonly waiting: readonly PoolMember[];
}

export interface PoolMember {
  readonly name: string;
  readonly pid: number;
  /** What it holds of the workstation's memory, its share of what it has in common with others counted in part. */
  readonly memoryMiB: number;
}

/** Whether VMs begin from the same template, as far as they say. */
export function areAlike(one: VmKind, other: VmKind): boolean {
  return (
    one.cpus === other.cpus &&
    one.memoryMiB === other.memoryMiB &&
    one.diskGiB === other.diskGiB &&
    imageKeyOf(one) === imageKeyOf(other)
  );
}

/** Key of the image that the disk of a new VM stands on. */
export function imageKeyOf({ baseImage, bakedImage }: VmKind): string {
  return bakedImage ?? baseImage;
}

export type StartMode = "auto" | "warm" | "cold";

/** How a VM was started, and why not faster. */
export interface VmStart {
  /** `pool`: as a clone that had begun already and waited; `template`: as a clone; `stream`: as a clone that reads its memory instead of mapping it; `resumed`: it was paused, and went on; `cold`: it booted. */
  readonly rung: "pool" | "template" | "stream" | "resumed" | "cold";
  readonly reason: string;
  /** From the start of the hypervisor's process until the guest has its identity, or until the process runs where it boots. */
  readonly tookMs: number;
  /** What of that took how long, in order; unknown where an older version started it. */
  readonly stages?: readonly VmStage[] | undefined;
}

export interface VmStage {
  /** `process`: the hypervisor's is there; `memory`: it has its memory; `identity`: the guest has what makes it this one. */
  readonly stage: "process" | "memory" | "identity";
  readonly tookMs: number;
}

export interface Forward {
  readonly guestPort: number;
  readonly protocol: "tcp" | "udp";
  readonly hostAddress: string;
  /** 0: a free one is chosen, and kept while the VM lives. */
  readonly hostPort: number;
}

/** Whose a forward is: an app of a VM. */
export interface ForwardOwner {
  readonly vmId: string;
  readonly owner: string;
}

export interface BoundForward extends Forward {
  /** Whose it is: `ssh` for the VM's own, `LocalVm` for those of its definition, else an app's name. */
  readonly owner: string;
  /** Never 0. */
  readonly hostPort: number;
}

export interface VmRunning {
  readonly pid: number;
  /** Unknown where a run was killed in the middle. */
  readonly start?: VmStart | undefined;
  /** Whether its guest has answered in this call, as a clone does before any port leads to it. */
  readonly answered: boolean;
  readonly hypervisorClass: HypervisorClass;
  readonly forwards: readonly BoundForward[];
}

export interface VmExit {
  readonly how: "guest-shut-down" | "workstation-restarted" | "process-ended";
  /** As a person is told. */
  readonly reason: string;
}

export type VmInspection =
  | {
      readonly state: "absent";
      /** Those that an earlier VM of this id has left; absent where there is none. */ readonly keptDisks?: readonly KeptDisk[];
    }
  | (PresentVm & VmCondition);

/** A data disk that is there, with what is on it. One that no definition names, a VM that names it has again. */
export interface KeptDisk {
  readonly name: string;
  readonly sizeGiB: number;
}

interface PresentVm {
  readonly spec: VmSpec;
  readonly forwards: readonly BoundForward[];
  /**
   * Those of its definition that are there, with the sizes that they have: one that could not be made, or not grow, is not as its definition
   * wants it. Absent where there is none.
   */
  readonly madeDisks?: readonly KeptDisk[];
  /** Those that it had, or that an earlier VM of this id has left; absent where there is none. */
  readonly keptDisks?: readonly KeptDisk[];
  /** Names of those that destroying it would keep; absent where there is none. */
  readonly outlivingDisks?: readonly string[];
}

interface VmProcess {
  readonly pid: number;
  readonly start?: VmStart | undefined;
  readonly hypervisorClass: HypervisorClass;
}

type VmCondition =
  | {
      readonly state: "stopped";
      /** How its last run ended, where nobody here ended it. */
      readonly lastExit?: VmExit;
    }
  /** Saved with its memory: no process. */
  | { readonly state: "paused" }
  | (VmProcess & { readonly state: "running" })
  | (VmProcess & {
      readonly state: "halted";
      /** Why, as a person is told. `start` lets it go on. */
      readonly reason: string;
    });
