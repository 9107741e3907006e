import { chmod, readFile, rm, statfs, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { StackhouseError } from "../base/errors.ts";
import type { Runner } from "../system/exec.ts";
import type { Home } from "../system/home.ts";
import { zstdPayload } from "./kernel.ts";
import { writeOverlay, type BakedNode } from "./overlay.ts";
import { guestFile, type Recipe } from "./recipe.ts";
import { runMmdebstrap } from "./mmdebstrap.ts";
import { makeScratch } from "./scratch.ts";
import { buildTools, requireTools, systemPath } from "./tools.ts";

export interface BuildPorts {
  readonly home: Home;
  /** The lock that the caller holds for this image. */
  readonly lock: string;
  readonly runner: Runner;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
  /** Told what the build is doing. */
  readonly onStage: (stage: string) => void;
}

/** Files of a base image in its folder. */
export const imageFiles = { kernel: "kernel", initrd: "initrd", disk: "disk.qcow2" } as const;

const neededBytes = 5 * 1024 ** 3;
const unpackDeadlineMs = 5 * 60_000;

/** Builds a base image into an empty folder: as root, or in a user namespace as any other user. */
export async function buildImage(recipe: Recipe, node: BakedNode, folder: string, ports: BuildPorts): Promise<void> {
  await requireTools("the VM base image", buildTools(), ports.env);
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
  const { home, lock, env, runner, signal, onStage } = ports;
  await using scratch = await makeScratch(home, { lock, beside: folder });
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
  const variables = {
    INITRD: "No",
    DISK_BYTES: String(recipe.diskBytes),
    INITRAMFS_MODULES: recipe.initramfsModules.join(" "),
  };
  const build = { what: "the VM base image", args, scratch: scratch.path, cwd: folder, variables };
  await runMmdebstrap({ ...build, env, runner, signal, onStage });
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
  const args = ["--decompress", "--quiet", "kernel.zst", "-o", imageFiles.kernel];
  const { runner, env, signal } = ports;
  const call = { cwd: folder, env: { PATH: systemPath(env) }, signal, timeoutMs: unpackDeadlineMs };
  const { exitCode, stderr } = await runner.exec("zstd", args, call);
  if (exitCode === 0) return;
  throw new StackhouseError("image.build-failed", "the kernel of the VM base image could not be unpacked", {
    details: stderr.trimEnd().split("\n").slice(-12),
    hint: "run this again; the last lines above say where it stopped",
  });
}
