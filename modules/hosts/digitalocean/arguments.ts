import type * as pulumi from "@pulumi/pulumi";
import { hostSystems, type HostSystem } from "../../protocol/systems.ts";
import { firewallOf, type Firewall, type FirewallArgs } from "../cloud/firewall.ts";
import type { DataVolumeArgs } from "../cloud/machine.ts";
import { between, matching, oneOf } from "../validate.ts";

/** Systems that a host can have. Debian 13 is the one that local VMs run. */
export type DropletImageName = HostSystem;

/** Arguments of a `DropletHost`. */
export interface DropletHostArgs extends FirewallArgs {
  /** `fra1`, `nyc3`, …: https://docs.digitalocean.com/platform/regional-availability. A change replaces the host. */
  readonly region: string;
  /** Default `s-1vcpu-2gb`. A change restarts the host, with a disk that grows and never shrinks. */
  readonly size?: string | undefined;
  /**
   * Debian or Ubuntu LTS, or an image of your own (its slug or id) with cloud-init and one of them on it. Default `debian-13`: the
   * newest one when the host is made. A change replaces the host.
   */
  readonly image?: DropletImageName | { readonly image: string } | undefined;
  /** A disk for the named volumes of apps that survives the host's replacement. Default: none, they are on the droplet's disk. */
  readonly dataVolume?: DataVolumeArgs | undefined;
  /** Whether the host keeps its address when it is replaced. Default false. A change is an update. */
  readonly reservedIp?: boolean | undefined;
  /** Default: the region's default VPC. A change replaces the host. */
  readonly vpcId?: pulumi.Input<string> | undefined;
  /** An IPv6 address besides. Default false. Turned on it is an update, turned off it replaces the host. */
  readonly ipv6?: boolean | undefined;
  /** DigitalOcean's own metrics. Default true. A change replaces the host. */
  readonly monitoring?: boolean | undefined;
  /** DigitalOcean's backups of the droplet's disk; they cost a fifth more. Default false. A change is an update. */
  readonly backups?: boolean | undefined;
  /** On the droplet and its data volume. A change is an update. */
  readonly tags?: readonly string[] | undefined;
}

/** What a `DropletHost` is made from, with nothing left open. */
export interface DropletSettings {
  readonly firewall: Firewall;
  readonly size: string;
  readonly image: string;
  readonly monitoring: boolean;
  readonly backups: boolean;
  readonly ipv6: boolean;
}

/** Fills in the defaults. @throws where an argument is wrong */
export function settingsOf(name: string, args: DropletHostArgs): DropletSettings {
  const where = `DropletHost ${name}`;
  const { size = "s-1vcpu-2gb", image = "debian-13", monitoring = true, backups = false, ipv6 = false } = args;
  matching(where, "its name", name, hostname);
  matching(where, "region", args.region, { pattern: /^[a-z]+\d$/, what: "a region, as in fra1" });
  matching(where, "size", size, { pattern: /^[a-z0-9_]+(-[a-z0-9_]+)+$/, what: "a size, as in s-1vcpu-2gb" });
  if (typeof image === "object") matching(where, "image.image", image.image, imageForm);
  else oneOf(where, "image", image, hostSystems);
  matching(where, "vpcId", args.vpcId, {
    pattern: /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/,
    what: "the id of a VPC, a UUID",
  });
  for (const tag of args.tags ?? []) matching(where, "tags", tag, tagForm);
  if (args.dataVolume !== undefined) matching(where, "its name, which dataVolume has too,", name, volumeName);
  between(where, "dataVolume.sizeGiB", args.dataVolume?.sizeGiB, { least: 1, most: mostGiB });
  const slug = typeof image === "string" ? slugs[image] : image.image;
  return { firewall: firewallOf(where, args), size, image: slug, monitoring, backups, ipv6 };
}

// What DigitalOcean takes for a name, so that nothing is half made when it says so. The engine adds eight characters.
// Source: https://docs.digitalocean.com/reference/api, "name" of droplets and volumes, "tags".
const hostname = {
  pattern: /^[a-z\d]([a-z\d.-]{0,53}[a-z\d])?$/i,
  what: "letters, digits, dots and hyphens, at most 55",
};
const volumeName = {
  pattern: /^[a-z][a-z\d-]{0,49}$/,
  what: "small letters, digits and hyphens, a letter first, at most 50",
};
/** Source: https://docs.digitalocean.com/products/volumes/details/limits */
const mostGiB = 16_384;
const imageForm = { pattern: /^[a-z\d]+(-[a-z\d]+)*$/, what: "the slug or the id of an image, as in debian-13-x64" };
const tagForm = { pattern: /^[\w:-]{1,255}$/, what: "letters, digits, colons, hyphens and underscores" };

/** Source: https://docs.digitalocean.com/products/droplets/details/images */
const slugs: Readonly<Record<DropletImageName, string>> = {
  "debian-13": "debian-13-x64",
  "debian-12": "debian-12-x64",
  "ubuntu-26.04": "ubuntu-26-04-x64",
  "ubuntu-24.04": "ubuntu-24-04-x64",
  "ubuntu-22.04": "ubuntu-22-04-x64",
};
