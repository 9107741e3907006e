import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { gte } from "semver";
import * as z from "zod";
import { parseJson } from "../system/json.ts";
import type { Project } from "./types.ts";
import { readYaml } from "./yaml-file.ts";

const runtimeSchema = z.looseObject({
  main: z.string().optional(),
  runtime: z.union([z.string(), z.looseObject({ name: z.string() }).transform(({ name }) => name)]).optional(),
});
const packageSchema = z.looseObject({ version: z.string() });

/**
 * Since then outputs of a resource that failed fail too, and with them the program, which then does not tell the engine that it is through. Older ones
 * leave them unknown, and the program ends well.
 */
const oldestSdk = "3.259.0";

/**
 * Whether `up` may go on with what does not depend on a resource that failed. What does depend on it is not made known to the engine, which deletes all
 * that it was not told of once the program has ended well: an app would be gone because its host was silent. So a program may go on only where it is
 * known to end badly then. Source: beforeExitHandler in sdk/nodejs/cmd/run/index.ts, github.com/pulumi/pulumi. An inline program does not (runInPulumiStack
 * in automation/server.ts of the same): it stops at the first error.
 */
export async function mayGoOn(project: Project): Promise<boolean> {
  if (project.kind === "inline") return false;
  const found = await readYaml(join(project.path, "Pulumi.yaml"), runtimeSchema);
  if (found?.runtime !== "nodejs") return false;
  const version = await sdkVersion(join(project.path, found.main ?? "."));
  return version !== undefined && gte(version, oldestSdk);
}

/** Of the SDK that a program finds from where it is. */
async function sdkVersion(program: string): Promise<string | undefined> {
  try {
    const path = createRequire(join(program, "Pulumi.yaml")).resolve("@pulumi/pulumi/package.json");
    return packageSchema.safeParse(parseJson(await readFile(path, "utf8"))).data?.version;
  } catch {
    return undefined; // Its language host tells that it is not installed.
  }
}
