import * as pulumi from "@pulumi/pulumi";
import { Pin, type Need } from "../cloud/resources.ts";
import type { Ec2HostArgs } from "./arguments.ts";
import { subnetWith, type Answers, type Aws, type Subnet } from "./lookups.ts";

/** Where an instance goes: a subnet, which is in a zone. */
export interface Place {
  readonly zone: pulumi.Input<string>;
  readonly subnetId: pulumi.Input<string>;
  readonly vpcId: pulumi.Output<string>;
  /** Whether the subnet gives its instances public addresses. */
  readonly givesAddresses: pulumi.Output<boolean>;
  /** That a new instance of its type can be there. */
  readonly offer: Need;
}

export interface PlaceWish extends Pick<Ec2HostArgs, "subnetId" | "availabilityZone"> {
  readonly instanceType: string;
  /** What another instance would be made for, besides another place. */
  readonly machine: readonly pulumi.Input<string>[];
  readonly aws: Aws;
  readonly answers: pulumi.Output<Answers>;
}

/**
 * The zone is chosen here and not by AWS: a data volume cannot leave it, so a new instance must not either. Whoever chose it, that it has the
 * instance type, and a subnet for it, is asked in each run.
 */
export function placeOf(name: string, wish: PlaceWish, parent: pulumi.Resource): Place {
  const { subnetId, instanceType, machine, aws, answers } = wish;
  const offerIn = (zone: pulumi.Input<string>, subnet: pulumi.Input<string>): Need => {
    const about = pulumi.all([...machine, instanceType, zone, subnet]).apply((all) => all.join(" "));
    const reason = pulumi.all([zone, answers]).apply(([where, found]) => whyNot(where, instanceType, found));
    const allowed = pulumi.all([zone, answers]).apply(([where, found]) => [...(zonesFor(found) ?? [where])]);
    return { about, value: zone, allowed, reason };
  };
  if (subnetId !== undefined) {
    const subnet = partsOf(pulumi.output(subnetId).apply((id) => subnetWith(aws, id)));
    return { ...subnet, subnetId, offer: offerIn(subnet.zone, subnetId) };
  }
  const zone = wish.availabilityZone ?? ownZoneOf(name, wish, parent);
  const subnet = pulumi
    .all([zone, answers])
    .apply(([where, { subnets = [] }]) => subnets.find((one) => one.zone === where) ?? nowhere);
  const parts = partsOf(subnet);
  return { ...parts, zone, offer: offerIn(zone, parts.subnetId) };
}

function partsOf({ id: subnetId, zone, vpcId, givesAddresses }: pulumi.Output<Subnet>) {
  return { zone, subnetId, vpcId, givesAddresses };
}

/** Nothing is made there: the offer is refused, and all else waits for it. */
const nowhere: Subnet = { id: "", zone: "", vpcId: "", givesAddresses: true };

/** Zones that an instance can be in, as far as AWS says; undefined where it says nothing. */
function zonesFor({ zones, subnets }: Answers): readonly string[] | undefined {
  const withSubnet = subnets?.map(({ zone }) => zone).sort();
  if (zones === undefined || withSubnet === undefined) return zones ?? withSubnet;
  return zones.filter((zone) => withSubnet.includes(zone));
}

/** The first one of the region's own, kept in the state. */
function ownZoneOf(name: string, { answers, instanceType }: PlaceWish, parent: pulumi.Resource): pulumi.Output<string> {
  const question = pulumi.interpolate`a zone in ${answers.region}`;
  const value = answers.apply((found) => zonesFor(found)?.find((zone) => isOwnZone(zone, found.region)) ?? "");
  const hint = answers.apply(({ zones, region }) => {
    if (zones === undefined) return `none of them has a default subnet. ${ownSubnet(region)}`;
    return zones.some((zone) => isOwnZone(zone, region))
      ? `none of those with ${instanceType} has a default subnet. ${ownSubnet(region)}`
      : `none of them has ${instanceType}. ${otherType}`;
  });
  return new Pin(`${name}-zone`, { question, value, hint }, { parent }).value;
}

/** What a person is told who wants an instance where it cannot be. */
function whyNot(zone: string, instanceType: string, { region, zones }: Answers): string {
  if (zones?.includes(zone) ?? true)
    return `${zone}, where the host is to be, has no default subnet. ${ownSubnet(region)}`;
  const others = zones?.join(", ") || "no zone of this region";
  return `${zone}, where the host is to be, has no ${instanceType}; ${others} has. ${otherType}`;
}

const otherType =
  "Choose another instanceType, or another zone by availabilityZone or subnetId, where a host that is there is made anew";

function ownSubnet(region: string): string {
  const make = (what: string): string => `aws ec2 create-default-${what} --region ${region}`;
  return (
    "Give subnetId, a subnet of a VPC that reaches the internet; or make a default VPC " +
    `(${make("vpc")}) or a default subnet in it (${make("subnet")} --availability-zone ZONE)`
  );
}

/**
 * Whether a zone is one of the region's own: its name and a letter. Local Zones and those in networks of phones have the name of a place besides; they have
 * no default subnet and other prices, so a program that wants one names a subnet there.
 * Source: "Regions and Zones" of EC2's user guide.
 */
function isOwnZone(zone: string, region: string): boolean {
  return zone.startsWith(region) && /^[a-z]$/.test(zone.slice(region.length));
}
