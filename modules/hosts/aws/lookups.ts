import { getAmiOutput } from "@pulumi/aws/ec2/getAmi.js";
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

/** The image of an instance. One that is looked up is kept in the state: the next newer one replaces no host. */
export function imageOf(name: string, wish: ImageWish, parent: pulumi.Resource): pulumi.Input<string> {
  const { image, architecture, generation, region } = wish;
  if (typeof image !== "string") return image.ami;
  const { owner, name: pattern } = imageQuery(image, architecture);
  const found = getAmiOutput(
    {
      owners: [owner],
      mostRecent: true,
      filters: [
        { name: "name", values: [pattern] },
        { name: "architecture", values: [architecture] },
        { name: "virtualization-type", values: ["hvm"] },
      ],
    },
    { parent },
  );
  const asked = [image, architecture, ...(generation === undefined ? [] : [generation])].join(" ");
  return new Pin(`${name}-image`, { question: pulumi.interpolate`${asked} in ${region}`, value: found.id }, { parent })
    .value;
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

/** The zone is chosen here and not by AWS: a data volume cannot leave it, so a new instance must not either. */
export function placeOf(name: string, wish: PlaceWish, parent: pulumi.Resource): Place {
  const { subnetId, availabilityZone, instanceType, region } = wish;
  if (subnetId !== undefined) {
    const subnet = getSubnetOutput({ id: subnetId }, { parent });
    const { availabilityZone: zone, vpcId, mapPublicIpOnLaunch: givesAddresses } = subnet;
    return { zone, vpcId, subnetId, givesAddresses };
  }
  if (availabilityZone !== undefined) return { zone: availabilityZone };
  const offers = getInstanceTypeOfferingsOutput(
    { locationType: "availability-zone", filters: [{ name: "instance-type", values: [instanceType] }] },
    { parent },
  );
  const first = pulumi.all([offers.locations, region]).apply(([zones, where]) => {
    const [zone] = [...zones].sort();
    if (zone === undefined)
      throw new pulumi.RunError(`Ec2Host ${name}: ${where} has no ${instanceType}: choose another instanceType`);
    return zone;
  });
  return {
    zone: new Pin(`${name}-zone`, { question: pulumi.interpolate`a zone in ${region}`, value: first }, { parent })
      .value,
  };
}
