import { describe, expect, it } from "@jest/globals";
import { stringify } from "yaml";
import { canonicalJson } from "../../modules/stackfile/canonical-json.ts";
import { fingerprintsOf } from "../../modules/stackfile/fingerprint.ts";
import { networkV1, type Part, type Parts, serviceV1, volumeV1 } from "../../modules/stackfile/fingerprint-v1.ts";
import { service } from "../../modules/stackfile/keys/service.ts";
import { stackFile } from "../../modules/stackfile/keys/top.ts";
import { type Key, mapping, type MappingShape, type Shape, string } from "../../modules/stackfile/shapes/shape.ts";
import { leavesOf, outcomeOf } from "../support/key-effects.ts";
import { appWith, filesBeside, tellingValues } from "../support/key-values.ts";
import { loadModel } from "../support/stack-files.ts";

/** What is to be done where a key works and version 1 does not say what a change of it means. */
const undecided =
  "works, and version 1 of the fingerprint does not decide on it. If it worked for nobody until now, or a change of it needs " +
  "no new container, add it to modules/stackfile/fingerprint-v1.ts, as taken or left. If containers have it already and are " +
  "to be recreated for a change of it, make a version 2: modules/stackfile/fingerprint.ts, olderRules";
/** What is to be done where a key is gone of which there are fingerprints. */
const unknown =
  "is in version 1 of the fingerprint and in no key table. Fingerprints on hosts have it: it stays there for as long as " +
  "stored models may have it; was the key renamed, version 1 needs both names";

function works(key: Key): boolean {
  const states = key.state === "depends" ? [key.alone, key.beside] : [key];
  return states.some(({ state }) => state === "implemented");
}

/** The keys that are known by their names; for a list, or a map with names of the user's choice, those of what is in it. */
function keysBelow(shape: Shape): MappingShape["keys"] | undefined {
  if (shape.kind === "mapping") return shape.keys;
  return (shape.kind === "list" || shape.kind === "dictionary") && shape.of.kind === "mapping"
    ? shape.of.keys
    : undefined;
}

/** The keys of each entry of a section of the stack file. */
function keysOfEach(section: "networks" | "volumes"): MappingShape["keys"] {
  const key = stackFile.keys[section];
  return (key && keysBelow(key.shape)) ?? {};
}

function partsBelow(part: Part | undefined): Parts | undefined {
  return part?.kind === "map" || part?.kind === "each" ? part.keys : undefined;
}

/** What is to be decided, a line each. */
function openQuestions(keys: MappingShape["keys"], parts: Parts, above: string): readonly string[] {
  const gone = Object.keys(parts).filter((name) => keys[name] === undefined);
  return [
    ...gone.map((name) => `${above}${name} ${unknown}`),
    ...Object.entries(keys).flatMap(([name, key]): readonly string[] => {
      const part = parts[name];
      const below = keysBelow(key.shape);
      const partsOfIt = partsBelow(part);
      if (below !== undefined && partsOfIt !== undefined) return openQuestions(below, partsOfIt, `${above}${name}.`);
      const isDecided = part !== undefined && (part.kind !== "taken" || below === undefined);
      return isDecided || !works(key) ? [] : [`${above}${name} ${undecided}`];
    }),
  ];
}

describe("version 1 of the fingerprint", () => {
  it.each([
    ["service", service.keys, serviceV1],
    ["network", keysOfEach("networks"), networkV1],
    ["volume", keysOfEach("volumes"), volumeV1],
  ])("decides on every key of a %s that works", (_, keys, parts) => {
    expect(openQuestions(keys, parts, "")).toEqual([]);
  });

  it.each<[string, Readonly<Record<string, Key | Shape>>, string]>([
    ["a new key", { ...service.keys, brand_new: string() }, `brand_new ${undecided}`],
    [
      "a new key below another one",
      { ...service.keys, logging: mapping({ driver: string(), options: string(), more: string() }) },
      `logging.more ${undecided}`,
    ],
    ["keys below one that had none", { ...service.keys, user: mapping({ name: string() }) }, `user ${undecided}`],
    ["an old key that works now", { ...service.keys, develop: string() }, `develop ${undecided}`],
  ])("has to decide on %s", (_, keys, question) => {
    expect(openQuestions(mapping(keys).keys, serviceV1, "")).toEqual([question]);
  });

  it("keeps a key that the tables lose", () => {
    const keys = Object.fromEntries(Object.entries(service.keys).filter(([name]) => name !== "user"));
    expect(openQuestions(keys, serviceV1, "")).toEqual([`user ${unknown}`]);
  });
});

/** The create call changes with the value, and nothing needs a new container: each with the reason. */
const noNewContainer: Readonly<Record<string, string>> = {
  "services.*.depends_on.*.condition": "a label has it for docker compose's own commands",
  "services.*.depends_on.*.restart": "a label has it for docker compose's own commands",
  "services.*.volumes[].consistency": "the engine takes it, and does nothing with it on Linux",
};

/** The container is another one, and its create call does not show it: each with the reason. */
const unseen: Readonly<Record<string, string>> = {
  "services.*.container_name": "the plan gives the container its name",
  "services.*.configs[].source": "it has another content",
  "services.*.secrets[].source": "it has another content",
};

/** A value of it is an error. */
const deciding = "services.*.env_file[].required";

const kinds = ["services", "networks", "volumes"] as const;
type Kind = (typeof kinds)[number];

/** The one of each kind that the values are tried in. */
const tried = { services: "web", networks: "front", volumes: "data" } as const;

const leaves = kinds.flatMap((kind) =>
  leavesOf(kind, stackFile.keys[kind]!, ["implemented", "accepted"])
    .filter(({ path }) => path !== deciding)
    .map((leaf) => ({ ...leaf, kind })),
);

function outcome(kind: Kind, path: string, value: unknown): { readonly fingerprint: string; readonly call: string } {
  const files = { ...filesBeside, "compose.yaml": stringify(appWith(path, value)) };
  const model = loadModel({ files, env: { KEY: "x" }, input: { profiles: ["*"] } });
  const { containers, networks, volumes } = outcomeOf(model) as Record<string, readonly unknown[]>;
  const calls = { services: containers, networks, volumes }[kind] ?? [];
  const { [kind]: fingerprints } = fingerprintsOf(model, {});
  return {
    fingerprint: fingerprints[tried[kind]]!,
    call: canonicalJson(calls[Object.keys(model[kind] ?? {}).indexOf(tried[kind])]),
  };
}

describe("a fingerprint changes with a key just where the create call does", () => {
  it.each(leaves)("$path", ({ kind, path, values: usual }) => {
    const [one, other] = (tellingValues[path] ?? usual ?? ["a", "b"]).map((v) => outcome(kind, path, v));
    const isOther = { call: one?.call !== other?.call, fingerprint: one?.fingerprint !== other?.fingerprint };
    if (noNewContainer[path] !== undefined) expect(isOther).toEqual({ call: true, fingerprint: false });
    else if (unseen[path] !== undefined) expect(isOther).toEqual({ call: false, fingerprint: true });
    else expect(isOther.fingerprint).toBe(isOther.call);
  });
});
