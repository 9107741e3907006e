import { getAmiIdsOutput } from "@pulumi/aws/ec2/getAmiIds.js";
import { getInstanceTypeOfferingsOutput } from "@pulumi/aws/ec2/getInstanceTypeOfferings.js";
import { getSubnetOutput } from "@pulumi/aws/ec2/getSubnet.js";
import { getRegionOutput } from "@pulumi/aws/getRegion.js";
import * as pulumi from "@pulumi/pulumi";
import { Pin } from "../cloud/resources.ts";
import type { Ec2HostArgs, Ec2Settings } from "./arguments.ts";
import { imageQuery } from "./images.ts";

/** The region of the provider. */
export function regionOf(parent: pulumi.Resource): pulumi.Output<string> {
  return getRegionOutput({}, { parent }).region;
}

interface ImageWish extends Pick<Ec2Settings, "image" | "architecture"> {
  readonly generation: string | undefined;
  readonly region: pulumi.Input<string>;
}

/**
 * The image of an instance. One that is looked up is kept in the state: the next newer one replaces no host, and a maker that has taken all of its
 * images back stops no run.
 */
export function imageOf(name: string, wish: ImageWish, parent: pulumi.Resource): pulumi.Input<string> {
  const { image, architecture, generation, region } = wish;
  if (typeof image !== "string") return image.ami;
  const { owner, name: pattern } = imageQuery(image, architecture);
  // The newest one comes first.
  const { ids } = getAmiIdsOutput(
    {
      owners: [owner],
      filters: [
        { name: "name", values: [pattern] },
        { name: "architecture", values: [architecture] },
        { name: "virtualization-type", values: ["hvm"] },
      ],
    },
    { parent },
  );
  const asked = [image, architecture, ...(generation === undefined ? [] : [generation])].join(" ");
  const question = pulumi.interpolate`${asked} in ${region}`;
  return new Pin(`${name}-image`, { question, value: ids.apply(([newest = ""]) => newest) }, { parent }).value;
}

/** Where an instance goes. */
export interface Place {
  readonly zone: pulumi.Input<string>;
  readonly subnetId?: pulumi.Input<string>;
  readonly vpcId?: pulumi.Input<string>;
  /** Whether the subnet gives its instances public addresses. Undefined: it is the zone's default one, which does, unless somebody changed that. */
  readonly givesAddresses?: pulumi.Output<boolean>;
}

interface PlaceWish extends Pick<Ec2HostArgs, "subnetId" | "availabilityZone"> {
  readonly instanceType: string;
  readonly region: pulumi.Input<string>;
}

/**
 * The zone is chosen here and not by AWS: a data volume cannot leave it, so a new instance must not either. Whoever chose it, that it has the
 * instance type is known before anything is touched.
 */
export function placeOf(name: string, wish: PlaceWish, parent: pulumi.Resource): Place {
  const { subnetId, availabilityZone, instanceType, region } = wish;
  const { locations } = getInstanceTypeOfferingsOutput(
    { locationType: "availability-zone", filters: [{ name: "instance-type", values: [instanceType] }] },
    { parent },
  );
  const withType = (zone: pulumi.Input<string>): pulumi.Output<string> =>
    pulumi.all([zone, locations]).apply(([at, zones]) => {
      if (zones.includes(at)) return at;
      throw new pulumi.RunError(
        `Ec2Host ${name}: ${at}, where it is to be, has no ${instanceType}; ${[...zones].sort().join(", ") || "no zone here"} has. ` +
          "Choose another instanceType, or another zone by availabilityZone or subnetId, where a host that is there is made anew",
      );
    });
  if (subnetId !== undefined) {
    const subnet = getSubnetOutput({ id: subnetId }, { parent });
    const { availabilityZone: zone, vpcId, mapPublicIpOnLaunch: givesAddresses } = subnet;
    return { zone: withType(zone), vpcId, subnetId, givesAddresses };
  }
  if (availabilityZone !== undefined) return { zone: withType(availabilityZone) };
  const first = pulumi.all([locations, region]).apply(([zones, where]) => {
    const [zone] = zones.filter((one) => isOwnZone(one, where)).sort();
    if (zone === undefined)
      throw new pulumi.RunError(`Ec2Host ${name}: ${where} has no ${instanceType}: choose another instanceType`);
    return zone;
  });
  const question = pulumi.interpolate`a zone in ${region}`;
  return { zone: withType(new Pin(`${name}-zone`, { question, value: first }, { parent }).value) };
}

/**
 * Whether a zone is one of the region's own: its name and a letter. Local Zones and those in networks of phones have the name of a place besides; they have
 * no default subnet and other prices, so a program that wants one says so.
 * Source: "Regions and Zones" of EC2's user guide.
 */
function isOwnZone(zone: string, region: string): boolean {
  return zone.startsWith(region) && /^[a-z]$/.test(zone.slice(region.length));
}
