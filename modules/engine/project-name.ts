import { join } from "node:path";
import * as z from "zod";
import { StackhouseError } from "../base/errors.ts";
import type { Project } from "./types.ts";
import { readYaml } from "./yaml-file.ts";

const projectSchema = z.looseObject({ name: z.string().optional() });

/** Name of the Pulumi project; fails with `input.invalid` for a folder that is none. */
export async function projectName(project: Project): Promise<string> {
  if (project.kind === "inline") return project.name;
  const path = join(project.path, "Pulumi.yaml");
  const found = await readYaml(path, projectSchema);
  if (found?.name !== undefined) return found.name;
  throw new StackhouseError("input.invalid", found === undefined ? `${path} is missing` : `${path} names no project`, {
    hint: "run this in the folder of a Pulumi project, or give a stack file",
  });
}
