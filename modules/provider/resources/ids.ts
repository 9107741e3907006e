import * as z from "zod";
import { agentInputsSchema, appInputsSchema, vmInputsSchema, type AppInputs } from "./schema.ts";

/** A host id may hold slashes, an app's name none. */
export function appId({ hostId, name }: Pick<AppInputs, "hostId" | "name">): string {
  return `${hostId}/${name}`;
}

/** The inputs that make up the id of each resource type, and the id. */
const ids = {
  "stackhouse:index:Vm": vmInputsSchema
    .pick({ vmId: true })
    .strip()
    .transform(({ vmId }) => vmId),
  "stackhouse:index:Agent": agentInputsSchema
    .pick({ hostId: true })
    .strip()
    .transform(({ hostId }) => hostId),
  "stackhouse:index:App": appInputsSchema.pick({ hostId: true, name: true }).strip().transform(appId),
} as const;

/** The id that a resource of ours gets when it is made with these inputs; undefined for other types. */
export function idFromInputs(type: string, inputs: unknown): string | undefined {
  if (!Object.hasOwn(ids, type)) return undefined;
  const known = z.record(z.string(), z.unknown()).safeParse(inputs).data ?? {};
  const schema = ids[type as keyof typeof ids];
  return schema.safeParse(known).data;
}
