import provider from "@pulumi/pulumi/proto/provider_pb.js";
import { encode } from "./codec.ts";
import type { Checked, Diff } from "./resource.ts";
import { formatPath, type Path } from "./values.ts";

export function checkReply(checked: Checked, secrets: readonly Path[]): provider.CheckResponse {
  const reply = new provider.CheckResponse();
  reply.setInputs(encode(checked.inputs, secrets));
  for (const failure of checked.failures) {
    const entry = new provider.CheckFailure();
    entry.setProperty(failure.property);
    entry.setReason(failure.reason);
    reply.addFailures(entry);
  }
  return reply;
}

/** Says SOME or NONE, never UNKNOWN: at UNKNOWN the engine would guess. */
export function diffReply(diff: Diff): provider.DiffResponse {
  const reply = new provider.DiffResponse();
  const { DIFF_NONE, DIFF_SOME } = provider.DiffResponse.DiffChanges;
  reply.setChanges(diff.changes.length === 0 ? DIFF_NONE : DIFF_SOME);
  reply.setHasdetaileddiff(true);
  reply.setDeletebeforereplace(diff.deleteBeforeReplace);
  const topLevel = (changes: Diff["changes"]): string[] => [...new Set(changes.map(({ path }) => String(path[0])))];
  reply.setDiffsList(topLevel(diff.changes));
  reply.setReplacesList(topLevel(diff.changes.filter(({ replace }) => replace)));
  for (const change of diff.changes) {
    const entry = new provider.PropertyDiff();
    entry.setKind(kinds[change.kind][change.replace ? "replace" : "update"]);
    entry.setInputdiff(change.of === "inputs");
    reply.getDetaileddiffMap().set(formatPath(change.path), entry);
  }
  return reply;
}

const { Kind } = provider.PropertyDiff;
const kinds = {
  add: { update: Kind.ADD, replace: Kind.ADD_REPLACE },
  delete: { update: Kind.DELETE, replace: Kind.DELETE_REPLACE },
  update: { update: Kind.UPDATE, replace: Kind.UPDATE_REPLACE },
} as const;
