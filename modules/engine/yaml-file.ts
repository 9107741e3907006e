import { parse } from "yaml";
import type * as z from "zod";
import { StackhouseError } from "../base/errors.ts";
import { readFileIfPresent } from "../system/files.ts";

/**
 * Reads a file of Pulumi's; undefined where it is not there. JSON is YAML, an empty file says nothing.
 *
 * @throws `input.invalid`
 */
export async function readYaml<T>(path: string, schema: z.ZodType<T>): Promise<T | undefined> {
  const text = await readFileIfPresent(path);
  if (text === undefined) return undefined;
  try {
    return schema.parse(parse(text) ?? {});
  } catch (error) {
    throw new StackhouseError("input.invalid", `${path} is not what Pulumi writes there`, {
      cause: error,
      hint: "mend the file, or remove it",
    });
  }
}
