import { z } from "zod";
import type { LocalVmArgs } from "./local-vm.ts";
import { argumentsOf, given } from "./shape.ts";
import type { DataDiskArgs, ForwardArgs } from "./vm-resource.ts";

const disk: Record<keyof DataDiskArgs, z.ZodType> = {
  name: given(z.string()),
  sizeGiB: given(z.number()),
  mountPath: given(z.string()),
  retainOnDelete: given(z.boolean().optional()),
};

const forward: Record<keyof ForwardArgs, z.ZodType> = {
  guestPort: given(z.number()),
  hostPort: given(z.number().optional()),
  protocol: given(z.string().optional()),
  hostAddress: given(z.string().optional()),
};

const texts = given(z.array(given(z.string())).optional());

const shapes: Record<keyof LocalVmArgs, z.ZodType> = {
  vmId: z.string().optional(),
  hostname: z.string().optional(),
  cpus: given(z.number().optional()),
  memoryMiB: given(z.number().optional()),
  diskGiB: given(z.number().optional()),
  baseImage: z.string().optional(),
  preload: texts,
  start: given(z.string().optional()),
  dataDisks: given(z.array(given(argumentsOf(disk))).optional()),
  forwards: given(z.array(given(argumentsOf(forward))).optional()),
  pool: given(z.number().optional()),
  authorizedKeys: texts,
};

export const localVmShape = argumentsOf(shapes);
