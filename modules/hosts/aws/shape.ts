import { z } from "zod";
import { firewallShape } from "../cloud/firewall.ts";
import { dataVolumeShape } from "../cloud/machine.ts";
import { argumentsOf, either, given, perhaps } from "../shape.ts";
import type { Ec2HostArgs } from "./arguments.ts";

const shapes: Record<keyof Ec2HostArgs, z.ZodType> = {
  ...firewallShape,
  instanceType: z.string().optional(),
  architecture: z.string().optional(),
  image: either(z.string(), argumentsOf({ ami: z.string() })).optional(),
  imageGeneration: z.string().optional(),
  diskGiB: z.number().optional(),
  dataVolume: dataVolumeShape.optional(),
  elasticIp: z.boolean().optional(),
  address: z.string().optional(),
  subnetId: perhaps(z.string()),
  availabilityZone: perhaps(z.string()),
  instanceProfile: perhaps(z.string()),
  spot: either(z.boolean(), argumentsOf({ maxPrice: z.string() })).optional(),
  tags: z.record(z.string(), given(z.string())).optional(),
};

export const ec2HostShape = argumentsOf(shapes);
