import { chmod, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const program = fileURLToPath(new URL("fake-qemu-run.mjs", import.meta.url));

/** The programs of the fake QEMU that notes in a folder, for a PATH: what another process finds as QEMU. */
export async function fakeQemuOnPath(folder: string): Promise<string> {
  const bin = join(folder, "bin");
  await mkdir(bin, { recursive: true });
  for (const name of ["qemu-system-x86_64", "qemu-img"]) {
    const path = join(bin, name);
    await writeFile(path, `#!/bin/sh\nexec "${process.execPath}" "${program}" "${folder}" ${name} "$@"\n`);
    await chmod(path, 0o755);
  }
  return bin;
}
