import { join } from "node:path";
import { parse } from "yaml";
import * as z from "zod";
import { StackhouseError } from "../base/errors.ts";
import { readFileIfPresent } from "../system/files.ts";
import type { Project } from "./types.ts";

/** Name of the Pulumi project; fails with `input.invalid` for a folder that is none. */
export async function projectName(project: Project): Promise<string> {
  if (project.kind === "inline") return project.name;
  const path = join(project.path, "Pulumi.yaml");
  const text = await readFileIfPresent(path);
  const found = z.looseObject({ name: z.string() }).safeParse(text === undefined ? undefined : parse(text));
  if (found.success) return found.data.name;
  throw new StackhouseError("input.invalid", text === undefined ? `${path} is missing` : `${path} names no project`, {
    hint: "run this in the folder of a Pulumi project, or give a stack file",
  });
}
