import { StackhouseError } from "../base/errors.ts";
import { agentNodePackage, findAgentNode, type AgentNode } from "../system/agent-node.ts";

/** The agent's Node, which is baked in. */
export async function agentNode(): Promise<AgentNode> {
  try {
    return await findAgentNode();
  } catch (error) {
    throw new StackhouseError("image.tool-missing", `the npm package ${agentNodePackage} is not installed`, {
      hint: "run npm install without --omit=optional",
      cause: error,
    });
  }
}
