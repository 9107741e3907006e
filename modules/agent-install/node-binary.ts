import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import { StackhouseError } from "../base/errors.ts";
import { agentNodePackage, findAgentNode } from "../system/agent-node.ts";

/** A Node binary for hosts, on the workstation. */
export interface NodeBinary {
  readonly version: string;
  readonly path: string;
  readonly bytes: number;
  /** SHA-256 in hexadecimal: its name on a host. */
  readonly digest: string;
}

/** The one processor that hosts may have, as `uname -m` names it. */
export const hostArchitecture = "x86_64";

/**
 * Finds the Node that the agent runs on, among the installed npm packages, and hashes it.
 *
 * @throws `agent.install-failed` when the package is not installed.
 */
export async function findNodeBinary(): Promise<NodeBinary> {
  try {
    const { version, path } = await findAgentNode();
    const hash = createHash("sha256");
    await pipeline(createReadStream(path), hash);
    return { version, path, bytes: (await stat(path)).size, digest: hash.digest("hex") };
  } catch (error) {
    throw new StackhouseError(
      "agent.install-failed",
      `the Node for hosts (npm package ${agentNodePackage}) is not installed`,
      {
        hint: "run npm install without --omit=optional in the folder of Stackhouse, on Linux on x86-64",
        cause: error,
      },
    );
  }
}
