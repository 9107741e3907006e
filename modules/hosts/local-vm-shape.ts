import { z } from "zod";
import type { LocalVmArgs } from "./local-vm.ts";
import { argumentsOf, given, perhaps } from "./shape.ts";
import type { DataDiskArgs, ForwardArgs } from "./vm-resource.ts";

const disk: Record<keyof DataDiskArgs, z.ZodType> = {
  name: given(z.string()),
  sizeGiB: given(z.number()),
  mountPath: given(z.string()),
  retainOnDelete: perhaps(z.boolean()),
};

const forward: Record<keyof ForwardArgs, z.ZodType> = {
  guestPort: given(z.number()),
  hostPort: perhaps(z.number()),
  protocol: perhaps(z.string()),
  hostAddress: perhaps(z.string()),
};

const texts = perhaps(z.array(given(z.string())));

const shapes: Record<keyof LocalVmArgs, z.ZodType> = {
  vmId: z.string().optional(),
  hostname: z.string().optional(),
  cpus: perhaps(z.number()),
  memoryMiB: perhaps(z.number()),
  diskGiB: perhaps(z.number()),
  baseImage: z.string().optional(),
  preload: texts,
  start: perhaps(z.string()),
  dataDisks: perhaps(z.array(given(argumentsOf(disk)))),
  forwards: perhaps(z.array(given(argumentsOf(forward)))),
  pool: perhaps(z.number()),
  authorizedKeys: texts,
};

export const localVmShape = argumentsOf(shapes);
