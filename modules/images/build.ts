import { chmod, readFile, rm, statfs, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { StackhouseError } from "../base/errors.ts";
import type { ExecOptions, ExecResult, Runner } from "../system/exec.ts";
import { zstdPayload } from "./kernel.ts";
import { writeOverlay, type BakedNode } from "./overlay.ts";
import { guestFile, type Recipe } from "./recipe.ts";
import { mmdebstrapCommand } from "./mmdebstrap.ts";
import { makeScratch } from "./scratch.ts";
import { requireBuildTools, systemPath } from "./tools.ts";

export interface BuildPorts {
  readonly runner: Runner;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
  /** Told what the build is doing. */
  readonly onStage: (stage: string) => void;
}

/** Files of a base image in its folder. */
export const imageFiles = { kernel: "kernel", initrd: "initrd", disk: "disk.qcow2" } as const;

const neededBytes = 5 * 1024 ** 3;
const buildDeadlineMs = 20 * 60_000;

/** Builds a base image into an empty folder: as root, or in a user namespace as any other user. */
export async function buildImage(recipe: Recipe, node: BakedNode, folder: string, ports: BuildPorts): Promise<void> {
  await requireBuildTools(ports.env);
  await requireSpace(folder);
  ports.onStage("collecting the guest's files");
  await writeOverlay(recipe, node, join(folder, "overlay.tar"));
  await installDebian(recipe, folder, ports);
  ports.onStage("unpacking the kernel");
  await unpackKernel(folder, ports);
  for (const name of ["overlay.tar", "kernel.bz", "kernel.zst"]) {
    await rm(join(folder, name), { recursive: true, force: true });
  }
  for (const name of Object.values(imageFiles)) await chmod(join(folder, name), 0o444);
}

async function requireSpace(folder: string): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  if (bavail * bsize >= neededBytes) return;
  throw new StackhouseError("vm.disk-full", `${folder} has ${gibibytes(bavail * bsize)} free`, {
    hint: `building a base image needs ${gibibytes(neededBytes)}: free some, or set STACKHOUSE_HOME to another disk`,
  });
}

function gibibytes(bytes: number): string {
  return `${(bytes / 1024 ** 3).toFixed(1)} GiB`;
}

/**
 * One run of mmdebstrap does it all, because only inside it do the files of the guest belong to the guest's users. Hooks are
 * shell commands: all paths in them are fixed and relative to the folder, and nothing that a user chose is in them.
 */
async function installDebian(recipe: Recipe, folder: string, ports: BuildPorts): Promise<void> {
  const root = process.getuid?.() === 0;
  await using scratch = await makeScratch(folder, { root });
  const unwanted = ["man", "doc", "locale", "info", "bash-completion"].map((name) => `/usr/share/${name}/*`);
  const args = [
    "--variant=minbase",
    "--format=null",
    `--include=${recipe.packages.join(",")}`,
    '--aptopt=APT::Install-Recommends "false"',
    "--dpkgopt=force-unsafe-io",
    ...unwanted.map((path) => `--dpkgopt=path-exclude=${path}`),
    "--customize-hook=tar-in overlay.tar /",
    // As text, because in a user namespace the script itself may be out of reach.
    `--customize-hook=${guestFile(recipe, "finish.sh")}`,
    ...["kernel.bz", "initrd", "disk.qcow2", "packages"].map(
      (name) => `--customize-hook=download /boot/${name} ${name}`,
    ),
    recipe.suite,
  ];
  const command = mmdebstrapCommand(args, { isRoot: root });
  await run(command.program, command.args, ports, {
    cwd: folder,
    env: {
      TMPDIR: scratch.path,
      INITRD: "No",
      DISK_BYTES: String(recipe.diskBytes),
      INITRAMFS_MODULES: recipe.initramfsModules.join(" "),
    },
  });
}

async function unpackKernel(folder: string, ports: BuildPorts): Promise<void> {
  const bzImage = await readFile(join(folder, "kernel.bz"));
  const payload = zstdPayload(bzImage);
  const kernel = join(folder, imageFiles.kernel);
  if (payload === undefined) {
    await writeFile(kernel, bzImage);
    return;
  }
  await writeFile(join(folder, "kernel.zst"), payload);
  await run("zstd", ["--decompress", "--quiet", "kernel.zst", "-o", imageFiles.kernel], ports, { cwd: folder });
}

async function run(
  program: string,
  args: readonly string[],
  ports: BuildPorts,
  options: ExecOptions,
): Promise<ExecResult> {
  const lines: string[] = [];
  const result = await ports.runner.exec(program, args, {
    ...options,
    env: { PATH: systemPath(ports.env), ...options.env },
    signal: ports.signal,
    timeoutMs: buildDeadlineMs,
    onLine: (line) => {
      lines.push(line);
      if (line.startsWith("I: ")) ports.onStage(line.slice(3).replace(/\.\.\.$/, ""));
    },
  });
  if (result.exitCode !== 0) throw buildFailure(lines);
  return result;
}

const unreachable = /Temporary failure resolving|Could not resolve|Could not connect|Failed to fetch|Unable to connect/;
const noNamespaces = /newuidmap|\/etc\/subuid|unshare.*(not permitted|failed)|user namespaces/i;

function buildFailure(lines: readonly string[]): StackhouseError {
  const details = lines.filter((line) => line.trim() !== "").slice(-12);
  const failed = (message: string, hint: string): StackhouseError =>
    new StackhouseError("image.build-failed", message, { details, hint });
  if (lines.some((line) => unreachable.test(line))) {
    return failed(
      "the VM base image could not be built: Debian's packages could not be fetched",
      "check the network and the proxy settings (http_proxy), then run this again",
    );
  }
  if (lines.some((line) => noNamespaces.test(line))) {
    return failed(
      "the VM base image could not be built: this user may not make user namespaces",
      "apt-get install uidmap, give the user a range in /etc/subuid and /etc/subgid, or build it once as root",
    );
  }
  return failed("the VM base image could not be built", "run this again; the last lines above say where it stopped");
}
