import { StackhouseError } from "../../base/errors.ts";
import { readContents } from "../../provider/resources/app/contents.ts";
import { digestOf, fingerprintOf } from "../../stackfile/fingerprint.ts";
import type { Model } from "../../stackfile/model.ts";
import { nearest } from "../../stackfile/stages/nearest.ts";
import type { CommandContext } from "../context.ts";

export interface HashQuery {
  readonly model: Model;
  /** Names with commas between them, or `*`. */
  readonly wanted: string;
  /** Variables besides those of the shell; they win. */
  readonly variables: Readonly<Record<string, string>>;
}

/**
 * Fingerprints of services by name, sorted: over what the stack file says and what its configs and secrets hold.
 *
 * @throws `input.invalid` for a service that is not there, and for a config or secret that cannot be read
 */
export function hashesOf(context: CommandContext, { model, wanted, variables }: HashQuery): Record<string, string> {
  const all = Object.keys(model.services);
  const names = wanted === "*" ? all : wanted.split(",");
  const contents = readContents(model, { known: definedOf({ ...context.io.env, ...variables }), unknown: [] });
  if (contents.failures.length > 0) {
    throw new StackhouseError("input.invalid", "a fingerprint takes in what configs and secrets hold", {
      details: contents.failures.map(({ reason }) => reason),
    });
  }
  const digests = Object.fromEntries(Object.entries(contents.known).map(([key, bytes]) => [key, digestOf(bytes)]));
  return Object.fromEntries(
    names.toSorted().map((name) => {
      const service = model.services[name];
      if (service === undefined) throw noSuchService(name, all);
      return [name, fingerprintOf(model, service, digests)];
    }),
  );
}

function noSuchService(name: string, all: readonly string[]): StackhouseError {
  const suggestion = nearest(name, all);
  return new StackhouseError("input.invalid", `there is no service "${name}"`, {
    hint: suggestion === undefined ? `the services are ${all.join(", ")}` : `did you mean "${suggestion}"?`,
  });
}

function definedOf(env: CommandContext["io"]["env"]): Record<string, string> {
  return Object.fromEntries(Object.entries(env).filter((pair): pair is [string, string] => pair[1] !== undefined));
}
