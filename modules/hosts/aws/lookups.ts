import { getAmiIdsOutput } from "@pulumi/aws/ec2/getAmiIds.js";
import { getInstanceTypeOfferingsOutput } from "@pulumi/aws/ec2/getInstanceTypeOfferings.js";
import { getSubnetOutput } from "@pulumi/aws/ec2/getSubnet.js";
import { getRegionOutput } from "@pulumi/aws/getRegion.js";
import * as pulumi from "@pulumi/pulumi";
import { Allowed, Pin } from "../cloud/resources.ts";
import type { Ec2HostArgs, Ec2Settings } from "./arguments.ts";
import { imageQuery } from "./images.ts";

/** What AWS says of the region of the provider. */
export interface Answers {
  readonly region: string;
  /** Zones that have the instance type. */
  readonly zones: readonly string[];
  /** Images of the kind that is wanted, the newest one first; none where the program names one. */
  readonly images: readonly string[];
}

/**
 * All that AWS is asked, as one answer: what is refused ends the run, so nothing is registered while a question is open.
 *
 * None of an image is no error: the one that is kept is enough.
 */
export function askAws(settings: Ec2Settings, parent: pulumi.Resource): pulumi.Output<Answers> {
  const { locations } = getInstanceTypeOfferingsOutput(
    { locationType: "availability-zone", filters: [{ name: "instance-type", values: [settings.instanceType] }] },
    { parent },
  );
  const { region } = getRegionOutput({}, { parent });
  return pulumi
    .all([region, locations, newestImages(settings, parent)])
    .apply(([where, zones, images]) => ({ region: where, zones: [...zones].sort(), images }));
}

function newestImages({ image, architecture }: Ec2Settings, parent: pulumi.Resource): pulumi.Input<string[]> {
  if (typeof image !== "string") return [];
  const { owner, name } = imageQuery(image, architecture);
  const filters = [
    { name: "name", values: [name] },
    { name: "architecture", values: [architecture] },
    { name: "virtualization-type", values: ["hvm"] },
  ];
  return getAmiIdsOutput({ owners: [owner], filters }, { parent }).ids;
}

interface ImageWish extends Pick<Ec2Settings, "image" | "architecture"> {
  readonly generation: string | undefined;
  readonly answers: pulumi.Output<Answers>;
}

/** The image of an instance. One that is looked up is kept in the state: the next newer one replaces no host. */
export function imageOf(name: string, wish: ImageWish, parent: pulumi.Resource): pulumi.Input<string> {
  const { image, architecture, generation, answers } = wish;
  if (typeof image !== "string") return image.ami;
  const asked = [image, architecture, ...(generation === undefined ? [] : [generation])].join(" ");
  const question = pulumi.interpolate`${asked} in ${answers.region}`;
  const value = answers.apply(({ images: [newest = ""] }) => newest);
  const hint = "its maker offers none there. Choose another image, or give { ami }";
  return new Pin(`${name}-image`, { question, value, hint }, { parent }).value;
}

/** Where an instance goes. */
export interface Place {
  readonly zone: pulumi.Input<string>;
  /** That the zone has the instance type. */
  readonly offer: pulumi.Resource;
  readonly subnetId?: pulumi.Input<string>;
  readonly vpcId?: pulumi.Input<string>;
  /** Whether the subnet gives its instances public addresses. Undefined: it is the zone's default one, which does, unless somebody changed that. */
  readonly givesAddresses?: pulumi.Output<boolean>;
}

interface PlaceWish extends Pick<Ec2HostArgs, "subnetId" | "availabilityZone"> {
  readonly instanceType: string;
  readonly answers: pulumi.Output<Answers>;
}

/**
 * The zone is chosen here and not by AWS: a data volume cannot leave it, so a new instance must not either. Whoever chose it, that it has the
 * instance type is known before anything is touched.
 */
export function placeOf(name: string, wish: PlaceWish, parent: pulumi.Resource): Place {
  const { subnetId, availabilityZone, instanceType, answers } = wish;
  const offered = (zone: pulumi.Input<string>): Pick<Place, "zone" | "offer"> => {
    const others = answers.apply(({ zones }) => zones.join(", ") || "no zone of this region");
    const reason = pulumi.interpolate`${zone}, where the host is to be, has no ${instanceType}; ${others} has. ${otherType}`;
    const allowed = answers.apply(({ zones }) => [...zones]);
    return { zone, offer: new Allowed(`${name}-offer`, { value: zone, allowed, reason }, { parent }) };
  };
  if (subnetId !== undefined) {
    const subnet = getSubnetOutput({ id: subnetId }, { parent });
    const { availabilityZone: zone, vpcId, mapPublicIpOnLaunch: givesAddresses } = subnet;
    return { ...offered(zone), vpcId, subnetId, givesAddresses };
  }
  if (availabilityZone !== undefined) return offered(availabilityZone);
  const question = pulumi.interpolate`a zone in ${answers.region}`;
  const value = answers.apply(({ zones, region }) => zones.find((zone) => isOwnZone(zone, region)) ?? "");
  const hint = `none of them has ${instanceType}. ${otherType}`;
  return offered(new Pin(`${name}-zone`, { question, value, hint }, { parent }).value);
}

const otherType =
  "Choose another instanceType, or another zone by availabilityZone or subnetId, where a host that is there is made anew";

/**
 * Whether a zone is one of the region's own: its name and a letter. Local Zones and those in networks of phones have the name of a place besides; they have
 * no default subnet and other prices, so a program that wants one says so.
 * Source: "Regions and Zones" of EC2's user guide.
 */
function isOwnZone(zone: string, region: string): boolean {
  return zone.startsWith(region) && /^[a-z]$/.test(zone.slice(region.length));
}
