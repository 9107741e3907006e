// Debian packages: what the product needs and, asked with `test`, what its tests need besides.
import process from "node:process";
import { kvmRefusal, vmRuntimeTools } from "../../../modules/hypervisors/qemu/index.ts";
import { buildTools } from "../../../modules/images/index.ts";
import { testPackages } from "../../../test/support/packages.ts";
import { task } from "./task.ts";

interface Package {
  readonly name: string;
  readonly why: string;
  /** Found on PATH, it stands for the package. */
  readonly program?: string;
  /** Where Debian's package is older, it is taken from the backports. */
  readonly oldest?: string;
}

type Tool = ReturnType<typeof buildTools>[number];

await task(async () => {
  const emulates = (await kvmRefusal()) !== undefined;
  const wanted = [
    ...vmRuntimeTools().map((tool) => ({
      ...asPackage(tool, "runs local VMs"),
      ...(emulates ? { oldest: tool.recommendedVersion } : {}),
    })),
    ...buildTools().map((tool) => asPackage(tool, "builds the VM base image and container images")),
    ...(process.argv.includes("test") ? testPackages : []),
  ];
  return unique(wanted);
});

function asPackage({ program, debianPackage }: Tool, why: string): Package {
  return { name: debianPackage, program, why };
}

/** The first of each name: it is the one that says more. */
function unique(packages: readonly Package[]): readonly Package[] {
  return packages.filter(({ name }, index) => packages.findIndex((other) => other.name === name) === index);
}
