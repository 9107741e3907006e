import type { Progress } from "../base/progress.ts";

/** What makes local VMs. Every operation can be run again; commands are argv arrays with a deadline each. */
export interface Driver {
  readonly name: "qemu";
  /** What this machine can do, found by trying. */
  probe(call: DriverCall): Promise<DriverProbe>;
  /**
   * Makes disk and definition; a VM of the same id and spec is left as it is. Another spec for the same id (size, keys, a
   * larger disk) holds from its next start on. Does not start.
   */
  create(spec: VmSpec, call: DriverCall): Promise<void>;
  /** Starts what is not running; done when the hypervisor runs the VM, which says nothing about its guest. */
  start(id: string, call: DriverCall): Promise<VmRunning>;
  /** Power button, then kill after the grace. */
  stop(id: string, graceMs: number, call: DriverCall): Promise<void>;
  kill(id: string, call: DriverCall): Promise<void>;
  /** Removes everything of the VM; one that is not there is success. */
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
  /** The last lines that the guest wrote on its serial console. */
  console(id: string, lines: number): Promise<readonly string[]>;
}

export interface DriverCall {
  readonly signal: AbortSignal;
  readonly progress: Progress;
}

/** `type-1`: the hypervisor is the kernel; `type-2`: a process on an OS; `emulation`: no hardware virtualization. */
export type HypervisorClass = "type-1" | "type-2" | "emulation";

export interface DriverProbe {
  readonly available: boolean;
  readonly hypervisorClass: HypervisorClass;
  /** Why, as `doctor` shows it: `KVM booted a kernel in 0.4 s`. */
  readonly reason: string;
  readonly version: string;
}

export interface VmSpec {
  /** `[a-z0-9-]`, unique on the workstation. */
  readonly id: string;
  readonly hostname: string;
  readonly cpus: number;
  readonly memoryMiB: number;
  readonly diskGiB: number;
  /** Key of the base image in the image cache. */
  readonly baseImage: string;
  /** Key of an image, baked on the base image, that the disk of a new VM starts from. Default: the base image itself. */
  readonly bakedImage?: string | undefined;
  /** Guest SSH host key, OpenSSH private key text, minted by the program. A secret. */
  readonly hostPrivateKey: string;
  /** `authorized_keys` lines for root. */
  readonly authorizedKeys: readonly string[];
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
  /** Whose it is: `ssh` for the VM's own, else an app's name. */
  readonly owner: string;
  /** Never 0. */
  readonly hostPort: number;
}

export interface VmRunning {
  readonly pid: number;
  readonly hypervisorClass: HypervisorClass;
  readonly forwards: readonly BoundForward[];
}

export interface VmExit {
  readonly how: "guest-shut-down" | "workstation-restarted" | "process-ended";
  /** As a person is told. */
  readonly reason: string;
}

export type VmInspection =
  | { readonly state: "absent" }
  | {
      readonly state: "stopped";
      readonly spec: VmSpec;
      readonly forwards: readonly BoundForward[];
      /** How its last run ended, where nobody here ended it. */
      readonly lastExit?: VmExit;
    }
  | {
      readonly state: "running";
      readonly spec: VmSpec;
      readonly pid: number;
      readonly hypervisorClass: HypervisorClass;
      readonly forwards: readonly BoundForward[];
    }
  | {
      readonly state: "paused";
      /** Why, as a person is told. `start` lets it go on. */
      readonly reason: string;
      readonly spec: VmSpec;
      readonly pid: number;
      readonly hypervisorClass: HypervisorClass;
      readonly forwards: readonly BoundForward[];
    };
