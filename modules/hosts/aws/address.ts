import { Eip } from "@pulumi/aws/ec2/eip.js";
import { EipAssociation } from "@pulumi/aws/ec2/eipAssociation.js";
import { getInstances } from "@pulumi/aws/ec2/getInstances.js";
import type { Instance } from "@pulumi/aws/ec2/instance.js";
import type { InstanceState } from "@pulumi/aws/ec2transitgateway/instanceState.js";
import * as pulumi from "@pulumi/pulumi";
import { Allowed, type Need } from "../cloud/resources.ts";
import type { Ec2HostArgs } from "./arguments.ts";
import type { Aws } from "./lookups.ts";
import type { Place, PlaceWish } from "./place.ts";

/** An address, and that there is one. */
export interface FoundAddress {
  readonly address: pulumi.Output<string>;
  /** What is dialled waits for it. */
  readonly found: pulumi.Resource;
}

/**
 * The public address that an instance has now. It is another one after each stop, so the state of the instance does not tell it; EC2 is
 * asked once the instance runs. Unknown in a preview before which it was stopped.
 */
export function publicAddressOf(
  name: string,
  { aws, running }: { readonly aws: Aws; readonly running: InstanceState },
  parent: pulumi.Resource,
): FoundAddress {
  const address = running.instanceId.apply(async (id) => {
    const filters = [{ name: "instance-id", values: [id] }];
    const { publicIps } = await aws.ask(`the public address of ${id}`, getInstances({ filters }, aws.options));
    return publicIps[0] ?? (pulumi.runtime.isDryRun() ? (pulumi.unknown as unknown as string) : nowhere);
  });
  const reason = pulumi.interpolate`the instance ${running.instanceId} does not run, or its subnet gave it no public address: pulumi refresh asks AWS, then run this again`;
  const allowed = address.apply((value) => (value === nowhere ? [] : [value]));
  return {
    address,
    found: new Allowed(`${name}-public`, { needs: { address: { value: address, allowed, reason } } }, { parent }),
  };
}

const nowhere = "nowhere";

/**
 * What an instance asks of its network when it is made. The provider reads there whether it has a public address now, and makes another one
 * where that is not as it was asked for: an instance that was stopped has none. So a public one is left to the subnet, and only an
 * elastic IP, which stays with an instance that is stopped, is asked for where the subnet gives none.
 */
export function wishForAddress(
  { address, elasticIp = false }: AddressArgs,
  { givesAddresses }: Place,
): pulumi.Input<boolean | undefined> {
  if (address === "private") return false;
  return elasticIp ? givesAddresses.apply((gives) => (gives ? undefined : true)) : undefined;
}

type AddressArgs = Pick<Ec2HostArgs, "address" | "elasticIp">;

/** That a new instance will have the address at which the program is to reach it. */
export function reachIn(
  { address, elasticIp = false, machine }: AddressArgs & Pick<PlaceWish, "machine">,
  { subnetId, givesAddresses }: Place,
): Need {
  const reason = pulumi.interpolate`the subnet ${subnetId} gives its instances no public address: give elasticIp, or address "private" where there is a way into it, or let the subnet give them (aws ec2 modify-subnet-attribute --subnet-id ${subnetId} --map-public-ip-on-launch)`;
  const isIndependent = address === "private" || elasticIp;
  const value = isIndependent ? "of its own" : givesAddresses.apply((gives) => (gives ? "of the subnet" : "none"));
  const about = pulumi.all([...machine, subnetId]).apply((all) => all.join(" "));
  return { about, value, allowed: ["of its own", "of the subnet"], reason };
}

export interface ElasticIpWish {
  readonly instance: Instance;
  /** That there may be a host that has it. */
  readonly allowed: pulumi.Resource;
  readonly tags: Readonly<Record<string, pulumi.Input<string>>>;
}

/** An address of the host's own, whatever instance it has. */
export function elasticIpOf(
  name: string,
  { instance, allowed, tags }: ElasticIpWish,
  parent: pulumi.Resource,
): FoundAddress {
  const { id: allocationId } = new Eip(name, { domain: "vpc", tags }, { parent, dependsOn: [allowed] });
  const association = new EipAssociation(name, { allocationId, instanceId: instance.id }, { parent });
  noteAddress(name, "elastic", { parent, dependsOn: [association] });
  return { address: association.publicIp, found: association };
}

/**
 * An elastic IP is not given up while its host lives: the engine releases it last, when all that dials the host has been given an address, and
 * EC2 tells the next one after that. Until then the state would lead to an address that is somebody else's.
 *
 * One is noted when the host has it: where a region gives no more of them, the program can take it back. Another kind is refused before anything is
 * touched.
 */
export function noteAddress(
  name: string,
  value: "elastic" | "automatic",
  options: pulumi.CustomResourceOptions,
): Allowed {
  const reason = "keep elasticIp in the program, or give the host another name, which makes it anew";
  const address = { value, leaving: "elastic", reason };
  return new Allowed(`${name}-address`, { needs: {}, keeps: { address } }, options);
}
