import { getAmiIds } from "@pulumi/aws/ec2/getAmiIds.js";
import { getInstanceTypeOfferings } from "@pulumi/aws/ec2/getInstanceTypeOfferings.js";
import { getSubnet } from "@pulumi/aws/ec2/getSubnet.js";
import { getSubnets } from "@pulumi/aws/ec2/getSubnets.js";
import { getRegion } from "@pulumi/aws/getRegion.js";
import * as pulumi from "@pulumi/pulumi";
import { lookUp } from "../cloud/look-up.ts";
import { Pin, type Need } from "../cloud/resources.ts";
import type { Ec2HostArgs, Ec2Settings } from "./arguments.ts";
import { imageQuery } from "./images.ts";

/** What AWS says of the region of the provider. */
export interface Answers {
  readonly region: string;
  /** Zones that have the instance type; undefined where AWS may not be asked. */
  readonly zones: readonly string[] | undefined;
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

/** AWS, with the credentials and the region of a host's provider. */
export interface Aws {
  readonly region: Promise<string>;
  /** @param what is looked up there */
  ask<T>(what: string, answer: Promise<T>): Promise<T>;
  /** Tells the user of what goes on without an answer. */
  warn(text: string): void;
  /** For each call. */
  readonly options: pulumi.InvokeOptions;
}

/** @param host whose AWS it is: an answer that does not come is its error */
export function awsOf(host: pulumi.Resource): Aws {
  const options = { parent: host };
  const region = lookUp(
    host,
    {
      what: () => Promise.resolve("the region of AWS"),
      hint: `give one (pulumi config set aws:region eu-central-1) and ${credentials}`,
    },
    getRegion({}, options).then((found) => found.region),
  );
  region.catch(() => undefined); // Whoever waits for it is told; a look-up that fails before is told instead.
  return {
    region,
    options,
    warn: (text) => void pulumi.log.warn(text, host),
    ask: (what, answer) => {
      const inRegion = (): Promise<string> =>
        region.then(
          (name) => `${what} in ${name}`,
          () => what,
        );
      return lookUp(host, { what: inRegion, hint: `check that it is there, and ${credentials}` }, answer);
    },
  };
}

const credentials = "credentials that may see it (aws sts get-caller-identity says whose they are)";

/**
 * All that AWS is asked, as one answer: what is refused ends the run, so nothing is registered while a question is open.
 *
 * None of an image is no error: the one that is kept is enough. Nor are no default subnets: what needs one says so.
 */
export function askAws(aws: Aws, question: Question): pulumi.Output<Answers> {
  return pulumi.output(answersOf(aws, question));
}

async function answersOf(aws: Aws, question: Question): Promise<Answers> {
  const [region, zones, images, subnets] = await Promise.all([
    aws.region,
    zonesWith(aws, question.instanceType),
    newestImages(aws, question),
    question.subnetId === undefined ? defaultSubnets(aws) : undefined,
  ]);
  return { region, zones, images, subnets };
}

/** It is known beforehand only that a host cannot be where it is wanted: EC2 says so too, when all else is made. */
async function zonesWith(aws: Aws, instanceType: string): Promise<readonly string[] | undefined> {
  const filters = [{ name: "instance-type", values: [instanceType] }];
  const asking = getInstanceTypeOfferings({ locationType: "availability-zone", filters }, aws.options).catch(
    (error: unknown) => {
      if (!isForbidden(error)) throw error;
      aws.warn(
        `it is not known which zones have ${instanceType}: the credentials have no permission for ec2:DescribeInstanceTypeOfferings. ` +
          "The host goes where it is, or to the first zone with a default subnet, and up fails where EC2 has no such instance there: " +
          "allow that action, or choose by availabilityZone or subnetId",
      );
      return undefined;
    },
  );
  const found = await aws.ask(`the zones that have ${instanceType}`, asking);
  return found && [...found.locations].sort();
}

/** Source: the codes of client errors of EC2's API, and those that AWS's services have in common. */
function isForbidden(error: unknown): boolean {
  return error instanceof Error && /\b(?:UnauthorizedOperation|AccessDenied(?:Exception)?)\b/.test(error.message);
}

async function defaultSubnets(aws: Aws): Promise<readonly Subnet[]> {
  const filters = [{ name: "default-for-az", values: ["true"] }];
  const { ids } = await aws.ask("the default subnets", getSubnets({ filters }, aws.options));
  return Promise.all(ids.map((id) => subnetWith(aws, id)));
}

/** A subnet by its id. */
export async function subnetWith(aws: Aws, id: string): Promise<Subnet> {
  const found = await aws.ask(`the subnet ${id}`, getSubnet({ id }, aws.options));
  return { id, zone: found.availabilityZone, vpcId: found.vpcId, givesAddresses: found.mapPublicIpOnLaunch };
}

async function newestImages(aws: Aws, { image, architecture }: Ec2Settings): Promise<readonly string[]> {
  if (typeof image !== "string") return [];
  const { owner, name } = imageQuery(image, architecture);
  const filters = [
    { name: "name", values: [name] },
    { name: "architecture", values: [architecture] },
    { name: "virtualization-type", values: ["hvm"] },
  ];
  const asking = getAmiIds({ owners: [owner], filters }, aws.options);
  return (await aws.ask(`images of ${image} for ${architecture}`, asking)).ids;
}

interface ImageWish extends Pick<Ec2Settings, "image" | "architecture"> {
  readonly generation: string | undefined;
  readonly answers: pulumi.Output<Answers>;
}

/** The image of an instance that is not made yet. */
export interface WantedImage {
  /** What is wanted: another one is for another instance. */
  readonly question: pulumi.Input<string>;
  /** That there is one for a new instance. */
  readonly need?: Need;
  /** The image itself. One that is looked up is kept in the state: the next newer one replaces no host. */
  pinned(name: string, options: pulumi.CustomResourceOptions): pulumi.Input<string>;
}

export function imageOf({ image, architecture, generation, answers }: ImageWish): WantedImage {
  if (typeof image !== "string") return { question: image.ami, pinned: () => image.ami };
  const asked = [image, architecture, ...(generation === undefined ? [] : [generation])].join(" ");
  const question = pulumi.interpolate`${asked} in ${answers.region}`;
  const value = answers.apply(({ images: [newest = ""] }) => newest);
  const hint = "its maker offers none there. Choose another image, or give { ami }";
  return {
    question,
    need: {
      about: question,
      value: value.apply((found) => (found === "" ? "none" : "found")),
      allowed: ["found"],
      reason: pulumi.interpolate`nothing was found for ${question}: ${hint}`,
    },
    pinned: (name, options) => new Pin(`${name}-image`, { question, value, hint }, options).value,
  };
}
