import { z } from "zod";
import { firewallShape } from "../cloud/firewall.ts";
import { dataVolumeShape } from "../cloud/machine.ts";
import { argumentsOf, either, given } from "../shape.ts";
import type { Ec2HostArgs } from "./arguments.ts";

const shapes: Record<keyof Ec2HostArgs, z.ZodType> = {
  ...firewallShape,
  instanceType: z.string().optional(),
  architecture: z.string().optional(),
  image: either(z.string().optional(), argumentsOf({ ami: z.string() })),
  imageGeneration: z.string().optional(),
  diskGiB: z.number().optional(),
  dataVolume: dataVolumeShape.optional(),
  elasticIp: z.boolean().optional(),
  address: z.string().optional(),
  subnetId: given(z.string().optional()),
  availabilityZone: given(z.string().optional()),
  instanceProfile: given(z.string().optional()),
  spot: either(z.boolean().optional(), argumentsOf({ maxPrice: z.string() })),
  tags: z.record(z.string(), given(z.string())).optional(),
};

export const ec2HostShape = argumentsOf(shapes);
