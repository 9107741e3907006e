import * as pulumi from "@pulumi/pulumi";
import type { HostConnection, HostFacts } from "../protocol/host.ts";
import { withPlugin } from "./plugin.ts";

export interface AgentResourceArgs {
  readonly connection: pulumi.Input<ConnectionArgs>;
  readonly hostId?: pulumi.Input<string> | undefined;
  readonly vmId?: pulumi.Input<string> | undefined;
  /** Disk for the named volumes of apps, as the host names it: `/dev/disk/by-id/…`. Mounted before apps run. */
  readonly volumeDevice?: pulumi.Input<string> | undefined;
  /** Sizes of the disks, GiB. File systems grow to them. Default: they stay as they are. */
  readonly rootGiB?: pulumi.Input<number> | undefined;
  readonly volumeGiB?: pulumi.Input<number> | undefined;
}

/** The server that a host is reached through. */
export interface JumpArgs {
  readonly address: pulumi.Input<string>;
  readonly port: pulumi.Input<number>;
  readonly user: pulumi.Input<string>;
  readonly hostKey: pulumi.Input<string>;
  readonly privateKey?: pulumi.Input<string | undefined>;
}

export interface ConnectionArgs {
  readonly address: pulumi.Input<string>;
  readonly port: pulumi.Input<number>;
  readonly user: pulumi.Input<string>;
  readonly hostKey: pulumi.Input<string>;
  readonly privateKey?: pulumi.Input<string | undefined>;
  readonly jump?: pulumi.Input<JumpArgs | undefined>;
  readonly sudoPassword?: pulumi.Input<string | undefined>;
  readonly vmId?: pulumi.Input<string | undefined>;
  readonly machineId?: pulumi.Input<string | undefined>;
}

/** `stackhouse:index:Agent` as programs see it: the host agent on a host of any kind. */
export class Agent extends pulumi.CustomResource {
  declare readonly hostId: pulumi.Output<string>;
  declare readonly connection: pulumi.Output<HostConnection>;
  declare readonly version: pulumi.Output<string>;
  declare readonly facts: pulumi.Output<Omit<HostFacts, "hypervisorClass">>;
  declare readonly runtime: pulumi.Output<{ kind: string; version: string }>;

  constructor(name: string, args: AgentResourceArgs, options: pulumi.CustomResourceOptions = {}) {
    const outputs = {
      version: undefined,
      bundleDigest: undefined,
      slot: undefined,
      runtime: undefined,
      facts: undefined,
    };
    super("stackhouse:index:Agent", name, { ...noInputs, ...args, ...outputs }, withPlugin(options));
  }
}

/** Properties become outputs only when they are named, given or not. */
const noInputs = {
  hostId: undefined,
  vmId: undefined,
  volumeDevice: undefined,
  rootGiB: undefined,
  volumeGiB: undefined,
};
