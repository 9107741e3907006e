import { StackhouseError } from "../base/errors.ts";
import { findProgram } from "../system/programs.ts";

/** A program of the workstation and the Debian package that brings it. */
export interface Tool {
  readonly program: string;
  readonly debianPackage: string;
}

type Env = Readonly<Record<string, string | undefined>>;

/** What unpacking Debian into a folder needs, and packing it. Others than root do it in a user namespace. */
export function debianTools(): readonly Tool[] {
  const isRoot = process.getuid?.() === 0;
  return [
    { program: "mmdebstrap", debianPackage: "mmdebstrap" },
    { program: "setpriv", debianPackage: "util-linux" },
    { program: "unshare", debianPackage: "util-linux" },
    { program: "zstd", debianPackage: "zstd" },
    ...(isRoot ? [] : [{ program: "newuidmap", debianPackage: "uidmap" }]),
  ];
}

/** What building a base image needs. */
export function buildTools(): readonly Tool[] {
  return [
    ...debianTools(),
    { program: "mke2fs", debianPackage: "e2fsprogs" },
    { program: "qemu-img", debianPackage: "qemu-utils" },
    { program: "xz", debianPackage: "xz-utils" },
  ];
}

/** `PATH` with the folders of system programs, which Debian leaves out for users. */
export function systemPath(env: Env): string {
  return `${env["PATH"] ?? "/usr/bin:/bin"}:/usr/sbin:/sbin`;
}

export async function missingTools(tools: readonly Tool[], env: Env): Promise<readonly Tool[]> {
  const path = { PATH: systemPath(env) };
  const found = await Promise.all(tools.map(async ({ program }) => findProgram(program, path)));
  return tools.filter((_, index) => found[index] === undefined);
}

/** @throws `image.tool-missing` with the packages to install */
export async function requireTools(what: string, tools: readonly Tool[], env: Env): Promise<void> {
  const missing = await missingTools(tools, env);
  if (missing.length === 0) return;
  const names = missing.map(({ program }) => program).join(", ");
  throw new StackhouseError("image.tool-missing", `building ${what} needs ${names}, not found on PATH`, {
    hint: `apt-get install ${missing.map(({ debianPackage }) => debianPackage).join(" ")}`,
  });
}
