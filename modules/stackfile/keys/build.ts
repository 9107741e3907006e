import { contextPairs, nameBeforeEquals, printed, sshKeys, stringAs } from "../forms/collections.ts";
import { buildSecret, buildUlimits, labels, someName, stringOrStrings, strings, variables } from "./common.ts";
import { boolean, dictionary, hosts, list, mapping, string, text, wholeBytes } from "../shapes/shape.ts";

const attestation = text({ accepts: ["string", "boolean"], longForm: printed });

/** `services.*.build` */
export const build = mapping(
  {
    context: string({ path: "context", keepsZero: true }),
    dockerfile: string({ keepsZero: true }),
    dockerfile_inline: string({ keepsZero: true }),
    entitlements: strings,
    args: variables,
    ssh: dictionary(text({ nullAs: "empty", keepsZero: true, path: "host" }), {
      asList: "pairs",
      listed: true,
      names: someName,
      longForm: sshKeys,
    }),
    labels,
    cache_from: strings,
    cache_to: strings,
    no_cache: boolean(),
    no_cache_filter: stringOrStrings,
    additional_contexts: dictionary(text({ nullAs: "empty", keepsZero: true, path: "context" }), {
      asList: "pairs",
      names: someName,
      longForm: contextPairs,
      unique: true,
      merge: "pairs",
    }),
    network: string(),
    provenance: attestation,
    sbom: attestation,
    pull: boolean(),
    target: string(),
    shm_size: wholeBytes(),
    extra_hosts: hosts,
    isolation: string(),
    privileged: boolean(),
    secrets: list(buildSecret),
    tags: list(string({ keepsZero: true }), { identity: nameBeforeEquals }),
    ulimits: buildUlimits,
    platforms: strings,
  },
  {
    or: ["string"],
    longForm: stringAs("context"),
    merge: "build",
    defaults: { context: "." },
    expected: "a path or a map",
  },
);
