import { hostSystems } from "../../protocol/systems.ts";
import { between, matching, oneOf, refuse, told } from "../validate.ts";
import type { Ec2HostArgs } from "./arguments.ts";
import { architectures, isXen } from "./instance-types.ts";

// EC2 refuses what is wrong too, but late, when half of a host is made. Outputs are known then only, and are left to it.

/** @throws where an argument cannot be right, whatever is in the account */
export function checkArguments(where: string, name: string, args: Ec2HostArgs): void {
  matching(where, "its name", name, forms.name);
  matching(where, "instanceType", args.instanceType, forms.instanceType);
  oneOf(where, "architecture", args.architecture, architectures);
  if (typeof args.image === "object") matching(where, "image.ami", args.image.ami, forms.image);
  else oneOf(where, "image", args.image, hostSystems);
  between(where, "diskGiB", args.diskGiB, { least: 8, most: mostGiB });
  between(where, "dataVolume.sizeGiB", args.dataVolume?.sizeGiB, { least: 1, most: mostGiB });
  if (args.dataVolume !== undefined && args.instanceType !== undefined && isXen(args.instanceType)) {
    refuse(
      where,
      "dataVolume",
      `needs an instance type of the Nitro System, which names a disk by its id; ${args.instanceType} is older and does not: ` +
        "t3, m5, c5, r5 and newer ones do",
    );
  }
  oneOf(where, "address", args.address, ["public", "private"]);
  matching(where, "subnetId", args.subnetId, forms.subnet);
  matching(where, "availabilityZone", args.availabilityZone, forms.zone);
  matching(where, "instanceProfile", args.instanceProfile, forms.profile);
  if (typeof args.spot === "object") matching(where, "spot.maxPrice", args.spot.maxPrice, forms.price);
  checkTags(where, args.tags ?? {});
  if (args.subnetId !== undefined && args.availabilityZone !== undefined) {
    refuse(where, "availabilityZone", "is that of subnetId: give one of them");
  }
  if (args.elasticIp === true && args.address === "private") {
    refuse(where, "elasticIp", "is a public address, and address is private: give one of them");
  }
}

/** Sources: the API reference of EC2, of IAM, and "Amazon EBS volume constraints" of the user guide. */
const forms = {
  // The names of its key pair and its security group begin with it.
  name: {
    pattern: /^(?!sg-)[A-Za-z0-9][A-Za-z0-9._-]{0,199}$/,
    what: 'letters, digits, dots, hyphens and underscores, 200 at most, and does not begin with "sg-"',
  },
  instanceType: { pattern: /^[a-z][a-z0-9-]*\.[a-z0-9-]+$/, what: "an instance type as t3.small" },
  image: { pattern: /^ami-([0-9a-f]{8}|[0-9a-f]{17})$/, what: "the id of an image as ami-0123456789abcdef0" },
  subnet: { pattern: /^subnet-([0-9a-f]{8}|[0-9a-f]{17})$/, what: "the id of a subnet as subnet-0123456789abcdef0" },
  zone: { pattern: /^[a-z]{2}(-[a-z]+)+-\d+(-[a-z]+-\d+)?[a-z]$/, what: "a zone as eu-central-1a" },
  profile: { pattern: /^[\w+=,.@-]{1,128}$/, what: "the name of an instance profile, which is the end of its ARN" },
  price: { pattern: /^(?=.*[1-9])\d+(\.\d+)?$/, what: "dollars an hour as 0.01" },
};

/** Beyond them gp3 volumes do not go. */
const mostGiB = 65_536;

/** Source: "Tag restrictions" of EC2's user guide. One is ours, the name. */
function checkTags(where: string, tags: NonNullable<Ec2HostArgs["tags"]>): void {
  const entries = Object.entries(tags);
  if (entries.length > 49) refuse(where, "tags", `are at most 49, not ${entries.length}`);
  for (const [key, value] of entries) {
    if (key === "" || key.length > 128) refuse(where, "tags", `have keys of 1 to 128 characters, not ${told(key)}`);
    if (/^aws:/i.test(key)) refuse(where, `tags.${key}`, "begins with aws:, which is for AWS alone");
    if (typeof value === "string" && value.length > 256) refuse(where, `tags.${key}`, "is longer than 256 characters");
  }
}
