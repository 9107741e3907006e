import { StackhouseError } from "../../base/errors.ts";
import { digestOf, fingerprintOf } from "../../stackfile/fingerprint.ts";
import { own } from "../../stackfile/own.ts";
import { nearest } from "../../stackfile/stages/nearest.ts";
import { readLoadedContents } from "./contents.ts";
import type { LoadedStackFile } from "./load.ts";

/**
 * Fingerprints of services by name, sorted: over what the stack file says and what its configs and secrets hold. `wanted` are names
 * with commas between them, or `*`.
 *
 * @throws `input.invalid` for a service that is not there; `stackfile.invalid` for a config or secret that cannot be read
 */
export function hashesOf(loaded: LoadedStackFile, wanted: string): Record<string, string> {
  const { model } = loaded;
  const all = Object.keys(model.services);
  const names = wanted === "*" ? all : wanted.split(",").map((name) => name.trim());
  const contents = Object.entries(readLoadedContents(loaded));
  const digests = Object.fromEntries(contents.map(([key, bytes]) => [key, digestOf(bytes)]));
  return Object.fromEntries(
    names.toSorted().map((name) => {
      const service = own(model.services, name);
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
