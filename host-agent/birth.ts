import { existsSync } from "node:fs";
import type { AgentInfo } from "../modules/protocol/api.ts";
import { randomUuid } from "./random.ts";

/** What tells this run of the agent from all others. */
export type Birth = Required<Pick<AgentInfo, "instance" | "startedAt">>;

/**
 * Says when this agent was born, and as whom. One that runs in a template of VMs is not born yet: it is asked again for every answer,
 * until its guest has an identity. So each clone's agent, which goes on where the template's was, has a birth of its own.
 *
 * @param templateMark There while the guest is a template, gone before anybody can reach its clone.
 */
export function createBirth(templateMark: string): () => Promise<Birth> {
  let born: Birth | undefined;
  return async () => {
    if (born !== undefined) return born;
    const unborn = existsSync(templateMark);
    const drawn = { startedAt: new Date().toISOString(), instance: await randomUuid() };
    if (unborn) return drawn;
    return (born ??= drawn);
  };
}
