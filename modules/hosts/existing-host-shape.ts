import { z } from "zod";
import type { ExistingHostArgs, JumpHostArgs } from "./existing-host.ts";
import { argumentsOf, given } from "./shape.ts";

const server: Record<keyof JumpHostArgs, z.ZodType> = {
  address: given(z.string()),
  port: given(z.number().optional()),
  user: given(z.string().optional()),
  hostKey: given(z.string()),
  privateKey: given(z.string().optional()),
  privateKeyFile: z.string().optional(),
};

const shapes: Record<keyof ExistingHostArgs, z.ZodType> = {
  ...server,
  sudoPassword: given(z.string().optional()),
  sudoPasswordFile: z.string().optional(),
  jump: argumentsOf(server).optional(),
  allowPublic: z.array(z.number()).optional(),
};

export const existingHostShape = argumentsOf(shapes);
