import { StackhouseError } from "../base/errors.ts";
import { findProgram } from "../system/programs.ts";

/** A program of the workstation and the Debian package that brings it. */
export interface Tool {
  readonly program: string;
  readonly debianPackage: string;
}

type Env = Readonly<Record<string, string | undefined>>;

/** What building a base image needs. `root`: whether it is built by root; others build it in a user namespace. */
export function buildTools(root: boolean = process.getuid?.() === 0): readonly Tool[] {
  return [
    { program: "mmdebstrap", debianPackage: "mmdebstrap" },
    { program: "mke2fs", debianPackage: "e2fsprogs" },
    { program: "qemu-img", debianPackage: "qemu-utils" },
    { program: "setpriv", debianPackage: "util-linux" },
    { program: "unshare", debianPackage: "util-linux" },
    { program: "xz", debianPackage: "xz-utils" },
    { program: "zstd", debianPackage: "zstd" },
    ...(root ? [] : [{ program: "newuidmap", debianPackage: "uidmap" }]),
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

export async function requireBuildTools(env: Env): Promise<void> {
  const missing = await missingTools(buildTools(), env);
  if (missing.length === 0) return;
  const names = missing.map(({ program }) => program).join(", ");
  throw new StackhouseError("image.tool-missing", `building the VM base image needs ${names}, not found on PATH`, {
    hint: `apt-get install ${missing.map(({ debianPackage }) => debianPackage).join(" ")}`,
  });
}
