import { runMmdebstrap, type DebianBuild } from "../images/index.ts";

/** What no container reads; leaving it out halves the size. */
const excluded = [
  "/usr/share/man/*",
  "/usr/share/doc/*",
  "/usr/share/locale/*",
  "/usr/share/info/*",
  "/usr/share/zoneinfo/*",
  "/usr/lib/*/gconv/*",
];

/** Removed after the install: package manager data and caches, and what differs from one build to the next. */
const removed = [
  "/var/lib/dpkg",
  "/var/lib/apt",
  "/var/cache",
  "/var/log",
  "/usr/lib/python3*/test",
  "/usr/lib/python3*/pydoc_data",
];

export interface RootFileSystem {
  readonly suite: string;
  readonly packages: readonly string[];
  /** Path of the tar. */
  readonly to: string;
}

/** Makes the root file system of an image as a tar, dated alike on every build. */
export async function buildRootFileSystem({ suite, packages, to }: RootFileSystem, ports: RootPorts): Promise<void> {
  const args = [
    "--quiet",
    "--variant=essential",
    `--include=${packages.join(",")}`,
    '--aptopt=APT::Install-Recommends "false"',
    ...excluded.map((path) => `--dpkgopt=path-exclude=${path}`),
    ...removed.map((path) => `--customize-hook=rm -rf "$1"${path}`),
    suite,
    to,
  ];
  const variables = { SOURCE_DATE_EPOCH: "0" };
  await runMmdebstrap({ ...ports, what: `an image with ${packages.join(", ")}`, args, variables });
}

type RootPorts = Pick<DebianBuild, "scratch" | "env" | "runner" | "signal">;
