import { chmod, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** Puts an engine into `bin` of a folder that knows its version, and else does what a shell script says. Gives the PATH with it. */
export async function engineScript(folder: string, script: string): Promise<string> {
  const bin = join(folder, "bin");
  await mkdir(bin, { recursive: true });
  const programs = {
    pulumi: `#!/bin/sh\n[ "$1" = version ] && { echo v3.259.0; exit; }\n${script}\n`,
    "pulumi-language-nodejs": "#!/bin/sh\n",
  };
  for (const [name, content] of Object.entries(programs)) {
    await writeFile(join(bin, name), content);
    await chmod(join(bin, name), 0o755);
  }
  return `${bin}:${process.env["PATH"] ?? ""}`;
}
