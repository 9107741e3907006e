import { z } from "zod";
import type { ExistingHostArgs, JumpHostArgs } from "./existing-host.ts";
import { problemWithHostKey } from "../protocol/public-key.ts";
import { argumentsOf, given, perhaps } from "./shape.ts";

const hostKey = z.string().superRefine((text, context) => {
  const message = problemWithHostKey(text);
  if (message !== undefined) context.addIssue({ code: "custom", message });
});

const server: Record<keyof JumpHostArgs, z.ZodType> = {
  address: given(z.string()),
  port: perhaps(z.number()),
  user: perhaps(z.string()),
  hostKey: given(hostKey),
  privateKey: perhaps(z.string()),
  privateKeyFile: z.string().optional(),
};

const shapes: Record<keyof ExistingHostArgs, z.ZodType> = {
  ...server,
  sudoPassword: perhaps(z.string()),
  sudoPasswordFile: z.string().optional(),
  jump: argumentsOf(server).optional(),
  allowPublic: z.array(z.number()).optional(),
};

export const existingHostShape = argumentsOf(shapes);
