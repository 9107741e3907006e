import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import type { Progress } from "../base/progress.ts";

/** What of a deployment is read here; all else passes through unchanged. */
const exportSchema = z.looseObject({
  deployment: z.looseObject({
    pending_operations: z
      .array(z.looseObject({ type: z.string(), resource: z.looseObject({ urn: z.string(), type: z.string() }) }))
      .optional(),
  }),
});

/** Runs a `pulumi` command on the stack and gives what it prints. */
export type PulumiCli = (args: readonly string[]) => Promise<string>;

/**
 * Settles what a killed engine left as pending. Creates of our own resources are dropped: they can be run again, and find
 * what they made. Others stay, with the engine's own warning, because only a person can tell whether a cloud made them.
 */
export async function settlePending(pulumi: PulumiCli, folder: string, progress: Progress): Promise<void> {
  const state = exportSchema.parse(JSON.parse(await pulumi(["stack", "export"])));
  const pending = state.deployment.pending_operations ?? [];
  const stays = pending.filter((operation) => !operation.resource.type.startsWith("stackhouse:"));
  if (pending.length === stays.length) return;
  for (const operation of pending) {
    if (!stays.includes(operation)) progress.info(`the killed run was ${operation.type} ${operation.resource.urn}`);
  }
  state.deployment.pending_operations = stays;
  const draft = await mkdtemp(join(folder, "state-"));
  try {
    const file = join(draft, "state.json");
    await writeFile(file, JSON.stringify(state), { mode: 0o600 });
    await pulumi(["stack", "import", "--file", file]);
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}
