import { getAmiIdsOutput } from "@pulumi/aws/ec2/getAmiIds.js";
import { getInstanceTypeOfferingsOutput } from "@pulumi/aws/ec2/getInstanceTypeOfferings.js";
import { getSubnet } from "@pulumi/aws/ec2/getSubnet.js";
import { getSubnetsOutput } from "@pulumi/aws/ec2/getSubnets.js";
import { getRegionOutput } from "@pulumi/aws/getRegion.js";
import * as pulumi from "@pulumi/pulumi";
import { Pin } from "../cloud/resources.ts";
import type { Ec2HostArgs, Ec2Settings } from "./arguments.ts";
import { imageQuery } from "./images.ts";

/** What AWS says of the region of the provider. */
export interface Answers {
  readonly region: string;
  /** Zones that have the instance type. */
  readonly zones: readonly string[];
  /** Images of the kind that is wanted, the newest one first; none where the program names one. */
  readonly images: readonly string[];
  /** Default subnets, one in each zone at most; undefined where the program names a subnet. */
  readonly subnets: readonly Subnet[] | undefined;
}

/** A network that an instance can be in. */
export interface Subnet {
  readonly id: string;
  readonly zone: string;
  readonly vpcId: string;
  /** Whether it gives its instances public addresses. */
  readonly givesAddresses: boolean;
}

export interface Question extends Ec2Settings, Pick<Ec2HostArgs, "subnetId"> {}

/**
 * All that AWS is asked, as one answer: what is refused ends the run, so nothing is registered while a question is open.
 *
 * None of an image is no error: the one that is kept is enough. Nor are no default subnets: what needs one says so.
 */
export function askAws(question: Question, parent: pulumi.Resource): pulumi.Output<Answers> {
  const { locations } = getInstanceTypeOfferingsOutput(
    { locationType: "availability-zone", filters: [{ name: "instance-type", values: [question.instanceType] }] },
    { parent },
  );
  const { region } = getRegionOutput({}, { parent });
  const subnets = question.subnetId === undefined ? defaultSubnets(parent) : undefined;
  return pulumi
    .all([region, locations, newestImages(question, parent), subnets])
    .apply(([where, zones, images, found]) => ({ region: where, zones: [...zones].sort(), images, subnets: found }));
}

function defaultSubnets(parent: pulumi.Resource): pulumi.Output<readonly Subnet[]> {
  const filters = [{ name: "default-for-az", values: ["true"] }];
  const lookUp = async (id: string): Promise<Subnet> => {
    const { availabilityZone: zone, vpcId, mapPublicIpOnLaunch } = await getSubnet({ id }, { parent });
    return { id, zone, vpcId, givesAddresses: mapPublicIpOnLaunch };
  };
  return getSubnetsOutput({ filters }, { parent }).ids.apply((ids) => Promise.all(ids.map(lookUp)));
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
