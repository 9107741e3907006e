import type { Change } from "../../../modules/provider/kit/changes.ts";
import type { Call, Diff } from "../../../modules/provider/kit/resource.ts";
import { formatPath } from "../../../modules/provider/kit/values.ts";
import { urnOf } from "./wire.ts";

export interface RecordedCall extends Call {
  /** `status waiting for ssh`, `info …`: what the call said, in order. */
  readonly said: string[];
}

/** A call of the engine on one resource, as the resource gets it. */
export function callOn(type: string, name: string, more: Partial<Call> = {}): RecordedCall {
  const said: string[] = [];
  return {
    urn: urnOf(`stackhouse:index:${type}`, name),
    preview: false,
    deadlineMs: 60_000,
    secrets: [],
    signal: new AbortController().signal,
    progress: {
      status: (text) => said.push(`status ${text}`),
      info: (text) => said.push(`info ${text}`),
      warn: (text) => said.push(`warn ${text}`),
    },
    ...more,
    said,
  };
}

/** `update cpus`, `replace hostname`. */
export function linesOf({ changes }: Diff): readonly string[] {
  return changes.map((change: Change & { replace: boolean }) => {
    const { kind, path, replace } = change;
    return `${replace ? "replace" : kind} ${formatPath(path)}`;
  });
}
