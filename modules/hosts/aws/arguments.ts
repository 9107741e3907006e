import type * as pulumi from "@pulumi/pulumi";
import { refuse } from "../validate.ts";
import { firewallOf, type Firewall, type FirewallArgs } from "../cloud/firewall.ts";
import type { DataVolumeArgs } from "../cloud/machine.ts";
import { checkArguments } from "./checks.ts";
import type { ImageName } from "./images.ts";
import { architectureOf, type Architecture } from "./instance-types.ts";

/** Arguments of an `Ec2Host`. All have defaults. The region is the provider's: `pulumi config set aws:region eu-central-1`. */
export interface Ec2HostArgs extends FirewallArgs {
  /** Default `t3.small`, on arm64 `t4g.small`. A change restarts the host; to the other kind of processor it replaces it. */
  readonly instanceType?: string | undefined;
  /** Default: that of the instance type. A change replaces the host. */
  readonly architecture?: Architecture | undefined;
  /**
   * Debian or Ubuntu LTS, or an AMI of your own with cloud-init and one of them on it. Default `debian-13`. The newest image is
   * looked up when the host is made, and kept. A change replaces the host.
   */
  readonly image?: ImageName | { readonly ami: string } | undefined;
  /** Any text: for a new one the newest image is looked up again, and the host is replaced where there is another. */
  readonly imageGeneration?: string | undefined;
  /** Root disk in GiB: gp3, encrypted. Default 16. A change grows it; it never shrinks. */
  readonly diskGiB?: number | undefined;
  /** A disk for the named volumes of apps that survives the host's replacement. Default: none, they are on the root disk. */
  readonly dataVolume?: DataVolumeArgs | undefined;
  /** Whether the host keeps its address when it is stopped or replaced. Default false. A change is an update. */
  readonly elasticIp?: boolean | undefined;
  /** At which address the program reaches it. `private` needs a way into the VPC. Default `public`. A change replaces the host. */
  readonly address?: "public" | "private" | undefined;
  /** Default: the default VPC's in the zone. A change replaces the host. */
  readonly subnetId?: pulumi.Input<string> | undefined;
  /** Default: the first one that has the instance type, kept in the state. Not with `subnetId`. A change replaces the host. */
  readonly availabilityZone?: pulumi.Input<string> | undefined;
  /** Name of an IAM instance profile: what the host itself may do in AWS. Default: none. A change is an update. */
  readonly instanceProfile?: pulumi.Input<string> | undefined;
  /** Spare capacity, which AWS may take back: cheaper. `maxPrice` in dollars an hour. Default: none. A change replaces the host. */
  readonly spot?: boolean | { readonly maxPrice: string } | undefined;
  /** On everything that is made. A change is an update. */
  readonly tags?: Readonly<Record<string, pulumi.Input<string>>> | undefined;
}

/** What an `Ec2Host` is made from, with nothing left open. */
export interface Ec2Settings {
  readonly firewall: Firewall;
  readonly instanceType: string;
  readonly architecture: Architecture;
  readonly image: ImageName | { readonly ami: string };
  readonly diskGiB: number;
  readonly isSpot: boolean;
}

/** Fills in the defaults. @throws where an argument is wrong */
export function settingsOf(name: string, args: Ec2HostArgs): Ec2Settings {
  const where = `Ec2Host ${name}`;
  checkArguments(where, name, args);
  const architecture = args.architecture ?? architectureOf(args.instanceType ?? "");
  const {
    instanceType = architecture === "arm64" ? "t4g.small" : "t3.small",
    image = "debian-13",
    diskGiB = 16,
  } = args;
  if (architectureOf(instanceType) !== architecture) {
    refuse(where, "architecture", `is ${architecture}, and ${instanceType} has ${architectureOf(instanceType)}`);
  }
  const isSpot = args.spot !== undefined && args.spot !== false;
  return { firewall: firewallOf(where, args), instanceType, architecture, image, diskGiB, isSpot };
}
