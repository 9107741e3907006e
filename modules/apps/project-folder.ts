import { existsSync } from "node:fs";
import { dirname, isAbsolute, join, resolve } from "node:path";
import * as pulumi from "@pulumi/pulumi";

/** A path as the program means it: from the folder of `Pulumi.yaml`. */
export function fromProject(path: string): string {
  return resolve(projectFolder(), path);
}

/** Language hosts before 3.95 do not tell the folder; the program then runs in it or below. */
function projectFolder(): string {
  const told = pulumi.getRootDirectory();
  if (isAbsolute(told)) return told;
  const start = process.cwd();
  for (let folder = start; ; folder = dirname(folder)) {
    if (["Pulumi.yaml", "Pulumi.yml"].some((name) => existsSync(join(folder, name)))) return folder;
    if (dirname(folder) === folder) return start;
  }
}
