import * as pulumi from "@pulumi/pulumi";
import { leastVmDiskGiB, mostVmDiskGiB } from "../base/vm-disk.ts";
import type { HostFacts } from "../protocol/host.ts";
import { connectionParts } from "./connection.ts";
import type { Host, HostConnectionOutputs, HostExposure } from "./host.ts";
import { Agent } from "./agent-resource.ts";
import { Vm, type BoundForward, type DataDiskArgs, type ForwardArgs, type VmStartup } from "./vm-resource.ts";
import { localVmShape } from "./local-vm-shape.ts";
import { checked } from "./shape.ts";
import { atLeast, between, matching } from "./validate.ts";

/** Arguments of a `LocalVm`. All have defaults. */
export interface LocalVmArgs {
  /**
   * Id of the VM on the workstation: small letters, digits and hyphens, at most 63. Default: project, Pulumi stack and name.
   * A change replaces the VM.
   */
  readonly vmId?: string | undefined;
  /** Default: `vmId`. A change replaces the VM. */
  readonly hostname?: string | undefined;
  /** Virtual CPUs. Default 2. A change restarts the VM. */
  readonly cpus?: pulumi.Input<number> | undefined;
  /** Memory in MiB. Default 2048, at least 512. A change restarts the VM. */
  readonly memoryMiB?: pulumi.Input<number> | undefined;
  /** Disk in GiB; its file grows as it is written to. Default 16, at least 4, 16384 at most. More grows it online; less replaces the VM. */
  readonly diskGiB?: pulumi.Input<number> | undefined;
  /**
   * Key of a base image that is in the cache. Default: the one that this version of Stackhouse makes, kept for the life of the VM. A
   * change replaces the VM.
   */
  readonly baseImage?: string | undefined;
  /**
   * Image archives, as an app's `imageArchives` takes them, that are on the VM's disk when it boots for the first time. The
   * first VM with the same ones takes a minute longer, for its disk is made then, with the host agent; every later one finds it in
   * the cache. Without any, a VM that may be a clone has such a disk, too, with the agent alone. Only read when the VM is made: they have to
   * be there then.
   * Default: none.
   */
  readonly preload?: pulumi.Input<pulumi.Input<string>[]> | undefined;
  /**
   * How the VM begins. `warm`: as the clone of a template, a VM of the same kind that was booted once and saved with its memory,
   * or not at all; `cold`: by booting; `auto`: as a clone where that can be. Later starts boot. Only read when the VM is made.
   * Default `auto`.
   */
  readonly start?: pulumi.Input<"auto" | "warm" | "cold"> | undefined;
  /**
   * Further disks, each with a file system that is made once and mounted before containers start. One that is added or grows does not
   * restart the VM; one that is taken away restarts it, and stays with the VM as it is: named again, it is back with its data. They
   * are the VM's: what replaces or destroys it removes them, and previews say so, but for those with `retainOnDelete`, and those that the program had
   * and does not name any more. Default: none.
   *
   * @example dataDisks: [{ name: "data", sizeGiB: 20, mountPath: "/srv/data" }]
   */
  readonly dataDisks?: pulumi.Input<pulumi.Input<DataDiskArgs>[]> | undefined;
  /**
   * Ports of this workstation that lead to ports of the VM, besides those that apps publish, which need none. Previews refuse one that
   * somebody has. A change leaves the VM as it is. Default: none.
   *
   * @example forwards: [{ guestPort: 5432, hostPort: 15432 }]
   */
  readonly forwards?: pulumi.Input<pulumi.Input<ForwardArgs>[]> | undefined;
  /**
   * How many clones of such a VM, begun and stopped before they have a name, are to wait for the next VM of the same size and image, 16 at
   * most. They are made in the background when the run is over, hold memory, and end when the last VM that asks for them goes. A change
   * leaves the VM as it is. Default: 0.
   */
  readonly pool?: pulumi.Input<number> | undefined;
  /**
   * Further keys of people who log in as root: lines as a `.pub` file has them, or the text of an `authorized_keys`. A change replaces
   * the VM.
   */
  readonly authorizedKeys?: pulumi.Input<pulumi.Input<string>[]> | undefined;
}

/**
 * A VM on this workstation with the host agent on it. It needs QEMU; hardware virtualization is used where it works.
 *
 * @example
 * const host = new LocalVm("box", { cpus: 2, memoryMiB: 2048 });
 * const shop = new App("shop", { host, files: "compose.yaml" });
 */
export class LocalVm extends pulumi.ComponentResource implements Host {
  readonly hostId: pulumi.Output<string>;
  readonly connection: HostConnectionOutputs;
  readonly facts: pulumi.Output<HostFacts>;
  readonly exposure: HostExposure;
  readonly ready: pulumi.Resource;
  readonly machine: pulumi.Resource;
  /** Id of the VM on the workstation. */
  readonly vmId: pulumi.Output<string>;
  /** How it was started last, why not faster, and how long that took. */
  readonly startup: pulumi.Output<VmStartup | undefined>;
  /** Its `forwards`, with the ports that were chosen. */
  readonly forwards: pulumi.Output<readonly BoundForward[]>;

  constructor(name: string, wanted: LocalVmArgs = {}, options: pulumi.ComponentResourceOptions = {}) {
    const args = checked(`LocalVm ${name}`, localVmShape, wanted);
    validate(name, args);
    super("stackhouse:hosts:LocalVm", name, {}, options);
    const vm = new Vm(name, args, { parent: this });
    const agent = new Agent(
      `${name}-agent`,
      { hostId: vm.hostId, vmId: vm.vmId, connection: connectionParts(vm.connection) },
      { parent: this, deletedWith: vm },
    );
    this.vmId = vm.vmId;
    this.hostId = vm.hostId;
    this.connection = connectionParts(agent.connection);
    this.facts = pulumi
      .all([agent.facts, vm.hypervisorClass])
      .apply(([facts, hypervisorClass]) => ({ ...facts, hypervisorClass }));
    this.exposure = { via: "local-vm", vmId: vm.vmId };
    this.startup = vm.startup;
    this.forwards = vm.forwards.apply((forwards = []) => forwards);
    this.ready = agent;
    this.machine = vm;
    const { vmId, hostId, facts } = this;
    this.registerOutputs({ vmId, hostId, facts });
  }
}

function validate(name: string, args: LocalVmArgs): void {
  const where = `LocalVm ${name}`;
  matching(where, "vmId", args.vmId, label);
  matching(where, "hostname", args.hostname, label);
  atLeast(where, "cpus", args.cpus, 1);
  atLeast(where, "memoryMiB", args.memoryMiB, 512);
  between(where, "diskGiB", args.diskGiB, { least: leastVmDiskGiB, most: mostVmDiskGiB });
  atLeast(where, "pool", args.pool, 0);
}

const label = {
  pattern: /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/,
  what: "small letters, digits and hyphens, 63 at most, without a hyphen at either end",
};
