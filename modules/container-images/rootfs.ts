import { StackhouseError } from "../base/errors.ts";
import { mmdebstrapCommand } from "../images/index.ts";
import type { Runner } from "../system/exec.ts";

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

/** Makes the root file system of an image as a tar, dated alike on every build. */
export async function buildRootFileSystem(options: {
  readonly suite: string;
  readonly packages: readonly string[];
  readonly to: string;
  readonly runner: Runner;
  readonly signal: AbortSignal;
}): Promise<void> {
  const command = mmdebstrapCommand(
    [
      "--quiet",
      "--variant=essential",
      `--include=${options.packages.join(",")}`,
      '--aptopt=APT::Install-Recommends "false"',
      ...excluded.map((path) => `--dpkgopt=path-exclude=${path}`),
      ...removed.map((path) => `--customize-hook=rm -rf "$1"${path}`),
      options.suite,
      options.to,
    ],
    { isRoot: process.getuid?.() === 0 },
  );
  const result = await options.runner.exec(command.program, command.args, {
    signal: options.signal,
    timeoutMs: 10 * 60_000,
    env: { SOURCE_DATE_EPOCH: "0" },
  });
  if (result.exitCode !== 0) {
    throw new StackhouseError("image.build-failed", `could not install ${options.packages.join(", ")} into an image`, {
      details: result.stderr.trimEnd().split("\n").slice(-12),
      hint: "check that Debian's package mirror can be reached (apt-get update), then run this again",
    });
  }
}
