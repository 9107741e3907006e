/** Processors of EC2 instances, as AWS names them. */
export const architectures = ["x86_64", "arm64"] as const;
export type Architecture = (typeof architectures)[number];

/** Whether an instance type has Graviton processors: a `g` follows the generation, as in `t4g.small`. */
export function architectureOf(instanceType: string): Architecture {
  return /^(a1\.|[a-z]+\d+g)/.test(instanceType) ? "arm64" : "x86_64";
}

/**
 * Whether instances of a type run on Xen, as `t2.small`: there a disk has no serial number, and no name but the next free letter. What came
 * later runs on the Nitro System, and so does bare metal.
 * Source: "Instances built on the AWS Nitro System" of EC2's documentation, which lists those that run on Xen.
 */
export function isXen(instanceType: string): boolean {
  const [family = "", size] = instanceType.split(".");
  return size !== "metal" && xen.has(family);
}

const xen: ReadonlySet<string> = new Set([
  ...["m1", "m2", "m3", "m4", "t1", "t2", "c1", "c3", "c4", "cc2", "cg1", "cr1"],
  ...["r3", "r4", "x1", "x1e", "d2", "h1", "hs1", "i2", "i3", "f1", "g2", "g3", "g3s", "p2", "p3"],
]);
