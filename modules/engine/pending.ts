import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";
import type { Progress } from "../base/progress.ts";
import { parseUrn } from "../base/urn.ts";
import { parseJson } from "../system/json.ts";

/** What of a deployment is read here; all else passes through unchanged. */
const resourceSchema = z.looseObject({
  urn: z.string(),
  type: z.string(),
  inputs: z.record(z.string(), z.unknown()).optional(),
  pendingReplacement: z.boolean().optional(),
});
const exportSchema = z.looseObject({
  deployment: z.looseObject({
    resources: z.array(resourceSchema).optional(),
    pending_operations: z.array(z.looseObject({ type: z.string(), resource: resourceSchema })).optional(),
  }),
});
type ResourceState = z.infer<typeof resourceSchema>;
type PendingOperation = { readonly type: string; readonly resource: ResourceState };

/** The same in a state file of the file backend. Source: CheckpointV3 in sdk/go/common/apitype, github.com/pulumi/pulumi. */
const fileSchema = z.looseObject({
  checkpoint: z.looseObject({ latest: exportSchema.shape.deployment.nullish() }),
});

/** Runs a `pulumi` command on the stack and gives what it prints. */
export type PulumiCli = (args: readonly string[]) => Promise<string>;

export interface SettleOptions {
  /** For the draft of the new state. */
  readonly folder: string;
  readonly progress: Progress;
  /** The id that a create of ours gives; undefined for resources of others. */
  readonly idOf: (type: string, inputs: unknown) => string | undefined;
}

/**
 * Settles what a killed engine left as pending operations of our own resources, which can all be run again. Those of others
 * stay, with the engine's own warning: only a person can tell what became of them.
 */
export async function settlePending(pulumi: PulumiCli, options: SettleOptions): Promise<void> {
  const state = exportSchema.parse(JSON.parse(await pulumi(["stack", "export"])));
  const pending = state.deployment.pending_operations ?? [];
  const ours = pending.filter((operation) => isOurs(operation, options.idOf));
  if (ours.length === 0) return;
  for (const { type, resource } of ours) options.progress.info(`the killed run was ${type} ${titleOf(resource)}`);
  state.deployment.pending_operations = pending.filter((operation) => !ours.includes(operation));
  state.deployment.resources = adopt(state.deployment.resources ?? [], ours, options.idOf);
  await importState(pulumi, JSON.stringify(state), options.folder);
}

/** As rows name it: `Agent box-agent`. */
function titleOf({ type, urn }: ResourceState): string {
  return `${type.split(":").at(-1) ?? type} ${parseUrn(urn).name}`;
}

/**
 * Whether a state file of the file backend holds something that `settlePending` settles: the engine takes half a second to
 * say the same. A file that is not understood counts as yes, and is left to the engine.
 */
export function hasPending(state: string | undefined, idOf: SettleOptions["idOf"]): boolean {
  if (state === undefined) return false;
  const file = fileSchema.safeParse(parseJson(state));
  if (!file.success) return true;
  return (file.data.checkpoint.latest?.pending_operations ?? []).some((operation) => isOurs(operation, idOf));
}

function isOurs({ resource }: PendingOperation, idOf: SettleOptions["idOf"]): boolean {
  return idOf(resource.type, resource.inputs) !== undefined;
}

/**
 * The resources with those whose create was cut as made and unfinished, as after ErrorResourceInitFailed: the next run finishes
 * them, or removes what the program no longer wants. To forget them would leave behind what nobody knows of.
 */
function adopt(
  resources: readonly ResourceState[],
  pending: readonly PendingOperation[],
  idOf: SettleOptions["idOf"],
): ResourceState[] {
  const kept = [...resources];
  for (const { type, resource } of pending) {
    const known = kept.findIndex(({ urn }) => urn === resource.urn);
    const isPlaceholder = kept[known]?.pendingReplacement === true;
    if (type !== "creating" || (known >= 0 && !isPlaceholder)) continue;
    if (isPlaceholder) kept.splice(known, 1);
    const made = { id: idOf(resource.type, resource.inputs), outputs: resource.inputs, initErrors: [cut] };
    kept.push({ ...resource, ...made });
  }
  return kept;
}
const cut = "its create was cut short when the engine was killed";

async function importState(pulumi: PulumiCli, state: string, folder: string): Promise<void> {
  const draft = await mkdtemp(join(folder, "state-"));
  try {
    const file = join(draft, "state.json");
    await writeFile(file, state, { mode: 0o600 });
    await pulumi(["stack", "import", "--file", file]);
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}
