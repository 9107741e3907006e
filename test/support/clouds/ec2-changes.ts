import type { Ec2HostArgs } from "../../../modules/hosts/aws/index.ts";

/** A change of each argument that `docs/hosts.md` lists, of a host with the defaults. */
export function ec2Changes(subnetId: string): Readonly<Record<string, Ec2HostArgs>> {
  return {
    instanceType: { instanceType: "m7i.large" },
    architecture: { architecture: "arm64" },
    image: { image: { ami: "ami-0123456789abcdef0" } },
    imageGeneration: { imageGeneration: "2027-01" },
    diskGiB: { diskGiB: 32 },
    dataVolume: { dataVolume: { sizeGiB: 8 } },
    elasticIp: { elasticIp: true },
    address: { address: "private" },
    subnetId: { subnetId },
    availabilityZone: { availabilityZone: "eu-central-1b" },
    instanceProfile: { instanceProfile: "reader" },
    spot: { spot: true },
    tags: { tags: { Team: "web" } },
    sshFrom: { sshFrom: ["203.0.113.7/32"] },
    publishTo: { publishTo: ["203.0.113.0/24"] },
    allowPublic: { allowPublic: [6379] },
  } satisfies Readonly<Record<keyof Ec2HostArgs, Ec2HostArgs>>;
}
