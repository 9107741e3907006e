// Debian packages: what the product needs and, asked with `test`, what its tests need besides.
import process from "node:process";
import { vmRuntimeTools } from "../../../modules/hypervisors/qemu/index.ts";
import { buildTools } from "../../../modules/images/index.ts";
import { testPackages } from "../../../test/support/packages.ts";
import { task } from "./task.ts";

interface Package {
  readonly name: string;
  readonly why: string;
  /** Found on PATH, it stands for the package. */
  readonly program?: string;
}

type Tool = ReturnType<typeof buildTools>[number];

await task(() => {
  const wanted = [
    ...vmRuntimeTools().map((tool) => asPackage(tool, "runs local VMs")),
    ...buildTools().map((tool) => asPackage(tool, "builds the VM base image and container images")),
    ...(process.argv.includes("test") ? testPackages : []),
  ];
  return Promise.resolve(unique(wanted));
});

function asPackage({ program, debianPackage }: Tool, why: string): Package {
  return { name: debianPackage, program, why };
}

function unique(packages: readonly Package[]): readonly Package[] {
  return [...new Map(packages.map((wanted) => [wanted.name, wanted])).values()];
}
