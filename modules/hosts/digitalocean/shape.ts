import { z } from "zod";
import { firewallShape } from "../cloud/firewall.ts";
import { dataVolumeShape } from "../cloud/machine.ts";
import { argumentsOf, either, perhaps } from "../shape.ts";
import type { DropletHostArgs } from "./arguments.ts";

const shapes: Record<keyof DropletHostArgs, z.ZodType> = {
  ...firewallShape,
  region: z.string(),
  size: z.string().optional(),
  image: either(z.string(), argumentsOf({ image: z.string() })).optional(),
  dataVolume: dataVolumeShape.optional(),
  reservedIp: z.boolean().optional(),
  vpcId: perhaps(z.string()),
  ipv6: z.boolean().optional(),
  monitoring: z.boolean().optional(),
  backups: z.boolean().optional(),
  tags: z.array(z.string()).optional(),
};

export const dropletHostShape = argumentsOf(shapes);
