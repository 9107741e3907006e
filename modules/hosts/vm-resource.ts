import * as pulumi from "@pulumi/pulumi";
import type { HostConnection, HostFacts } from "../protocol/host.ts";
import { withPlugin } from "./plugin.ts";

/** How a local VM was started. */
export interface VmStartup {
  /** `pool`: as a clone that had begun already and waited; `template`: as a clone; `stream`: as a clone that reads its memory instead of mapping it; `resumed`: it was paused, and went on; `cold`: by booting. */
  readonly rung: "pool" | "template" | "stream" | "resumed" | "cold";
  readonly reason: string;
  /** Milliseconds until a clone had its identity, until what was paused went on, or until the hypervisor ran what boots. */
  readonly tookMs: number;
  /**
   * What of that took how long, in order. `process`: the hypervisor's is there; `memory`: it has its memory; `identity`: the guest has
   * what makes it this one.
   */
  readonly stages?: readonly { readonly stage: "process" | "memory" | "identity"; readonly tookMs: number }[];
}

/** A disk of a local VM besides the one that it starts from. */
export interface DataDiskArgs {
  /**
   * Names it for the life of its VM: 1 to 20 of small letters, digits and hyphens. The guest sees it as the disk's serial number.
   * Another name is another disk.
   */
  readonly name: pulumi.Input<string>;
  /** In GiB, 16384 at most; its file grows as it is written to. More grows it online, less is refused. */
  readonly sizeGiB: pulumi.Input<number>;
  /** Where its file system is mounted in the guest: an absolute path outside of the system's own folders, as `/srv/data`. */
  readonly mountPath: pulumi.Input<string>;
  /**
   * Whether it outlives its VM. True: when the VM is replaced or destroyed, the disk is kept on the workstation, and the next VM with
   * the same id has it again, with what is on it. Default false.
   */
  readonly retainOnDelete?: pulumi.Input<boolean> | undefined;
}

/** A port of the workstation that leads into a local VM. */
export interface ForwardArgs {
  /** Port of the guest. */
  readonly guestPort: pulumi.Input<number>;
  /**
   * Port of the workstation. Default, as is 0: a free one at that `hostAddress`, which is kept while the VM lives; the output `forwards`
   * says which.
   */
  readonly hostPort?: pulumi.Input<number> | undefined;
  /** Default `tcp`. */
  readonly protocol?: pulumi.Input<"tcp" | "udp"> | undefined;
  /** IPv4 address of the workstation at which it listens. `0.0.0.0`: at all, for the network around it. Default `127.0.0.1`. */
  readonly hostAddress?: pulumi.Input<string> | undefined;
}

/** A port of the workstation as it leads into a local VM. */
export interface BoundForward {
  readonly guestPort: number;
  readonly protocol: "tcp" | "udp";
  readonly hostAddress: string;
  readonly hostPort: number;
}

export interface VmResourceArgs {
  readonly vmId?: pulumi.Input<string> | undefined;
  readonly hostname?: pulumi.Input<string> | undefined;
  readonly cpus?: pulumi.Input<number> | undefined;
  readonly memoryMiB?: pulumi.Input<number> | undefined;
  readonly diskGiB?: pulumi.Input<number> | undefined;
  readonly baseImage?: pulumi.Input<string> | undefined;
  readonly authorizedKeys?: pulumi.Input<pulumi.Input<string>[]> | undefined;
  readonly preload?: pulumi.Input<pulumi.Input<string>[]> | undefined;
  readonly start?: pulumi.Input<"auto" | "warm" | "cold"> | undefined;
  readonly dataDisks?: pulumi.Input<pulumi.Input<DataDiskArgs>[]> | undefined;
  readonly forwards?: pulumi.Input<pulumi.Input<ForwardArgs>[]> | undefined;
  readonly pool?: pulumi.Input<number> | undefined;
}

/** `stackhouse:index:Vm` as programs see it: the VM alone, whose agent nobody installs, upgrades or waits for. Use `LocalVm` for a host. */
export class Vm extends pulumi.CustomResource {
  declare readonly vmId: pulumi.Output<string>;
  declare readonly state: pulumi.Output<"running" | "stopped">;
  declare readonly connection: pulumi.Output<HostConnection & { privateKey: string; vmId: string }>;
  declare readonly hostId: pulumi.Output<string>;
  declare readonly hypervisorClass: pulumi.Output<HostFacts["hypervisorClass"]>;
  declare readonly startup: pulumi.Output<VmStartup | undefined>;
  declare readonly forwards: pulumi.Output<readonly BoundForward[] | undefined>;

  constructor(name: string, args: VmResourceArgs, options: pulumi.CustomResourceOptions = {}) {
    const outputs = {
      state: undefined,
      connection: undefined,
      hostId: undefined,
      hostPrivateKey: undefined,
      hypervisorClass: undefined,
      startup: undefined,
    };
    super("stackhouse:index:Vm", name, { ...noInputs, ...args, ...outputs }, withPlugin(options));
  }
}

/** Properties become outputs only when they are named, given or not. */
const noInputs = {
  vmId: undefined,
  hostname: undefined,
  cpus: undefined,
  memoryMiB: undefined,
  diskGiB: undefined,
  baseImage: undefined,
  authorizedKeys: undefined,
  forwards: undefined,
};
