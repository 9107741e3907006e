import { z } from "zod";
import { argumentsOf, either, given, perhaps } from "../hosts/shape.ts";
import type { AppArgs } from "./app.ts";
import type { RegistryCredentials } from "./app-resource.ts";

const credentials: Record<keyof RegistryCredentials, z.ZodType> = {
  username: given(z.string()),
  password: given(z.string()),
};

/** What is not given stays out, as a variable of the environment that is not there. */
const texts = perhaps(z.record(z.string(), perhaps(z.string())));

const shapes: Record<keyof AppArgs<string>, z.ZodType> = {
  host: z.custom<unknown>((host) => typeof host === "object" && host !== null && "hostId" in host, {
    error: ({ input }) =>
      input === undefined || input === null ? "is missing" : "is no host: give a LocalVm, an Ec2Host or another one",
  }),
  files: either(z.string(), z.array(z.string())).optional(),
  // What is in it is for the provider, which knows where it stands.
  inline: z.looseObject({}).optional(),
  projectDirectory: z.string().optional(),
  name: z.string().optional(),
  envFiles: z.array(z.string()).optional(),
  profiles: z.array(z.string()).optional(),
  variables: texts,
  secrets: texts,
  registries: perhaps(z.record(z.string(), given(argumentsOf(credentials)))),
  imageArchives: perhaps(z.array(given(z.string()))),
  deleteVolumes: z.array(z.string()).optional(),
};

export const appShape = argumentsOf(shapes);
