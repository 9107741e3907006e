import { StackhouseError } from "../../base/errors.ts";
import type { Decoded } from "./codec.ts";
import type { EngineLog } from "./engine-log.ts";
import { RpcFailure, explainInterruption } from "./errors.ts";
import type { InFlight } from "./in-flight.ts";
import type { Call, Deadlines, Resource } from "./resource.ts";
import { parseUrn } from "../../base/urn.ts";
import { samePath, type Path } from "./values.ts";

/** One call of the engine on one resource, before it runs. */
export interface Operation {
  readonly kind: "check" | "diff" | keyof Deadlines;
  readonly urn: string;
  readonly preview?: boolean;
  /** `customTimeouts`; 0: the resource's own. */
  readonly timeoutSeconds?: number;
  /** What came in: where it was secret, the reply is too. */
  readonly sources: readonly Decoded[];
}

/** What an operation runs with. `secrets`: what must be marked in its reply. */
export interface Operating {
  readonly resource: Resource;
  readonly call: Call;
  readonly secrets: readonly Path[];
}

export type Operate = <T>(operation: Operation, work: (operating: Operating) => Promise<T>) => Promise<T>;

/** Checks and diffs look, and make nothing: they get this long, milliseconds. */
const lookDeadlineMs = 120_000;
/** A week. An agent takes no longer one for a job, and a timer of more than 24 days ends at once. */
const longestMs = 604_800_000;

/** Runs operations: each with its deadline, its row of progress, and a reply that never overtakes its messages. */
export function operator(resources: readonly Resource[], log: EngineLog, inFlight: InFlight): Operate {
  const byType = new Map(resources.map((resource) => [resource.type, resource]));

  const deadlineOf = ({ kind, timeoutSeconds = 0 }: Operation, resource: Resource): number => {
    if (timeoutSeconds > 0) return Math.min(timeoutSeconds * 1000, longestMs);
    return kind === "check" || kind === "diff" ? lookDeadlineMs : resource.deadlines[kind];
  };

  return async (operation, work) => {
    const { type } = parseUrn(operation.urn);
    const resource = byType.get(type);
    if (resource === undefined) {
      throw new StackhouseError("input.invalid", `this provider has no resource ${type}`, {
        hint: `it has ${[...byType.keys()].join(", ")}`,
      });
    }
    const given = operation.sources.flatMap((source) => source.secrets);
    const repeated = resource.repeats.filter(({ input }) => given.some((secret) => samePath(secret, input)));
    const secrets = [...resource.secrets, ...given, ...repeated.map(({ output }) => output)];
    const row = log.row(operation.urn);
    let lastStatus = "";
    const status = (text: string): void => {
      lastStatus = text;
      row.status(text);
    };
    try {
      const deadlineMs = deadlineOf(operation, resource);
      return await inFlight.run(operation.kind, deadlineMs, async (signal) => {
        const call = {
          urn: operation.urn,
          preview: operation.preview ?? false,
          deadlineMs,
          signal,
          progress: { ...row, status },
          secrets: given,
        };
        try {
          return await work({ resource, call, secrets });
        } catch (error) {
          throw new RpcFailure(explainInterruption(error, signal, lastStatus), secrets);
        }
      });
    } finally {
      await row.settled();
    }
  };
}
