import {
  DescribeImagesCommand,
  DescribeInstancesCommand,
  DescribeInstanceTypeOfferingsCommand,
  DescribeSubnetsCommand,
  type Filter,
  type LocationType,
} from "@aws-sdk/client-ec2";
import * as z from "zod";
import type { ProviderFunction } from "../../../../modules/provider/kit/server.ts";
import { only, type Account } from "./calls.ts";
import { loopbackOf } from "./instance.ts";

const filters = z.array(z.object({ name: z.string(), values: z.array(z.string()) }));
const imageQuestion = z.strictObject({ owners: z.array(z.string()), filters });
const offeringQuestion = z.object({ locationType: z.string(), filters });
const filtersQuestion = z.strictObject({ filters });
const subnetQuestion = z.object({ id: z.string() });

/** The functions that programs of ours call. */
export function lookups({ client, region }: Account): Readonly<Record<string, ProviderFunction>> {
  return {
    "aws:index/getRegion:getRegion": () => Promise.resolve({ id: region, region, name: region }),

    // None is no error, as with the real provider.
    async "aws:ec2/getAmiIds:getAmiIds"(args) {
      const { owners, filters: wanted } = imageQuestion.parse(args);
      const answer = await client.send(new DescribeImagesCommand({ Owners: owners, Filters: asFilters(wanted) }));
      const newest = (answer.Images ?? []).sort((a, b) => (b.CreationDate ?? "").localeCompare(a.CreationDate ?? ""));
      return { id: "1", ids: newest.map(({ ImageId = "" }) => ImageId) };
    },

    async "aws:ec2/getInstanceTypeOfferings:getInstanceTypeOfferings"(args) {
      const { locationType, filters: wanted } = offeringQuestion.parse(args);
      const answer = await client.send(
        new DescribeInstanceTypeOfferingsCommand({
          LocationType: locationType as LocationType,
          Filters: asFilters(wanted),
        }),
      );
      return { locations: (answer.InstanceTypeOfferings ?? []).map(({ Location = "" }) => Location) };
    },

    // Those that run, where nothing else is said.
    async "aws:ec2/getInstances:getInstances"(args) {
      const Filters = [
        ...asFilters(filtersQuestion.parse(args).filters),
        { Name: "instance-state-name", Values: ["running"] },
      ];
      const { Reservations: found = [] } = await client.send(new DescribeInstancesCommand({ Filters }));
      const instances = found.flatMap(({ Instances = [] }) => Instances);
      const publicIps = instances.flatMap(({ PublicIpAddress: ip }) => (ip === undefined ? [] : [loopbackOf(ip)]));
      return { ids: instances.map(({ InstanceId = "" }) => InstanceId), publicIps };
    },

    // None is no error, as with the real provider.
    async "aws:ec2/getSubnets:getSubnets"(args) {
      const { filters: wanted } = filtersQuestion.parse(args);
      const { Subnets: found = [] } = await client.send(new DescribeSubnetsCommand({ Filters: asFilters(wanted) }));
      return { id: region, ids: found.map(({ SubnetId = "" }) => SubnetId) };
    },

    async "aws:ec2/getSubnet:getSubnet"(args) {
      const { id } = subnetQuestion.parse(args);
      const answer = await client.send(new DescribeSubnetsCommand({ SubnetIds: [id] }));
      const { AvailabilityZone, VpcId, MapPublicIpOnLaunch } = only(answer.Subnets, "subnet");
      return {
        id,
        availabilityZone: AvailabilityZone ?? "",
        vpcId: VpcId ?? "",
        mapPublicIpOnLaunch: MapPublicIpOnLaunch ?? false,
      };
    },
  };
}

function asFilters(wanted: z.infer<typeof filters>): Filter[] {
  return wanted.map(({ name, values }) => ({ Name: name, Values: values }));
}
