import { mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { packageRoot } from "../../../modules/system/package-root.ts";
import type { EngineSession } from "./session.ts";

/** A project as a user has it: Pulumi.yaml, a program, node_modules. Gives its folder. */
export async function makeProject({ folder }: EngineSession, program: string): Promise<string> {
  const project = join(folder, "project");
  await mkdir(project, { recursive: true });
  await writeFile(
    join(project, "Pulumi.yaml"),
    "name: directory\nruntime: { name: nodejs, options: { typescript: false } }\nmain: index.js\n",
  );
  await writeFile(join(project, "package.json"), JSON.stringify({ name: "directory", main: "index.js" }));
  await writeFile(join(project, "index.js"), program);
  await symlink(join(packageRoot(), "node_modules"), join(project, "node_modules")).catch(() => undefined);
  return project;
}
