import fc from "fast-check";
import { Document, isScalar, visit } from "yaml";
import { catalogue, invalidValues, resourceValues } from "./conformance-catalogue.ts";
import type { ConformanceCase } from "./conformance.ts";

type Json = Record<string, unknown>;

/** Marks a key whose value gets the tag. */
const tags = { "@reset": "!reset", "@override": "!override" } as const;

const names = ["web", "api", "db", "x-job", "my_cache"];

/** A service: keys of the catalogue, each in one of its forms; now and then a value that does not fit. */
const service: fc.Arbitrary<Json> = fc
  .record({
    image: fc.constantFrom<unknown>(
      "busybox",
      "busybox:1.36",
      "${REGISTRY:-local}/app:${TAG}",
      "repo/app@sha256:0",
      "$IMAGE",
      undefined,
    ),
    keys: fc.uniqueArray(fc.constantFrom(...Object.keys(catalogue)), { minLength: 0, maxLength: 6 }),
    picks: fc.array(fc.nat(1_000), { minLength: 6, maxLength: 6 }),
    isBroken: fc.integer({ min: 0, max: 24 }),
    broken: fc.constantFrom(...invalidValues),
  })
  .map(({ image, keys, picks, isBroken, broken }) => {
    const chosen = keys.map((key, index): [string, unknown] => {
      const forms = catalogue[key] ?? [];
      return [key, forms[(picks[index] ?? 0) % forms.length]];
    });
    const value = Object.fromEntries(chosen);
    if (isBroken === 0 && keys[0] !== undefined) value[keys[0]] = broken;
    return image === undefined ? value : { image, ...value };
  });

const services = fc
  .uniqueArray(fc.constantFrom(...names), { minLength: 1, maxLength: 4 })
  .chain((chosen) => fc.tuple(...chosen.map((name) => service.map((value): [string, Json] => [name, value]))))
  .map((entries) => Object.fromEntries(entries));

const resources = fc.record(
  Object.fromEntries(
    Object.entries(resourceValues).map(([section, entries]) => [
      section,
      fc.record(
        Object.fromEntries(Object.entries(entries).map(([name, forms]) => [name, fc.constantFrom<unknown>(...forms)])),
        {
          requiredKeys:
            section === "secrets" || section === "configs" ? [] : ["data", "front"].filter((name) => name in entries),
        },
      ),
    ]),
  ),
);

/** How a file is cut into several, and what else is done to it. */
const shape = fc.record({
  split: fc.constantFrom("none", "keys", "services", "documents", "extends", "include"),
  anchors: fc.constantFrom("none", "value", "merge"),
  override: services,
  tag: fc.constantFrom<keyof typeof tags | "">("", "", "@reset", "@override"),
  flow: fc.boolean(),
  profile: fc.constantFrom<unknown>(undefined, ["debug"], ["debug", "test"], []),
  active: fc.constantFrom<readonly string[]>([], ["debug"], ["*"], ["other"]),
  cut: fc.nat(5),
});

/** How many cases of which seed: a nightly run has more of them, and others each time, unless it is told the seed of an earlier one. */
export function generatedRun(env: NodeJS.ProcessEnv): { readonly runs: number; readonly seed: number } {
  const random = env["STACKHOUSE_RANDOM_CASES"];
  return {
    runs: Number(random ?? 2_000),
    seed: Number(env["STACKHOUSE_RANDOM_SEED"] ?? (random === undefined ? 1 : Date.now() % 2 ** 31)),
  };
}

/** Apps that nobody wrote: services in short and long forms, split, merged, extended, included, with anchors and variables. */
export function generatedCases(
  folder: string,
  { runs, seed }: { runs: number; seed: number },
): readonly ConformanceCase[] {
  const cases = fc.sample(generatedCase(folder), { numRuns: runs, seed });
  return cases.map((one, index) => ({ ...one, title: `generated ${index} of seed ${seed}` }));
}

const generatedCase = (folder: string): fc.Arbitrary<ConformanceCase> =>
  fc.tuple(services, resources, shape).map(([apps, rest, how]): ConformanceCase => {
    const withProfiles = addProfile(apps, how.profile);
    const anchored = addAnchors(withProfiles, how.anchors);
    const files = cutInto(anchored, dropEmpty(rest), how);
    return {
      title: "generated",
      folder,
      files: {
        ...Object.fromEntries(Object.entries(files).map(([name, value]) => [name, print(value, how.flow)])),
        ...beside,
      },
      stackFiles: Object.keys(files).filter((name) => !name.includes("/")),
      env: { TAG: "1.2", IMAGE: "from/env", PORT: "8080", N: "2", FLAG: "true", EMPTY: "", WORD: "w" },
      profiles: how.active,
    };
  });

const beside = {
  "one.env": "A=1\nB=$A-$WORD\n# c\nexport C='x y'\n",
  "two.env": 'B=two\nD="a\\nb"\n',
  "labels.txt": "from.file=1\na=file\n",
};

type Shape = typeof shape extends fc.Arbitrary<infer T> ? T : never;

function addProfile(apps: Json, profile: unknown): Json {
  const [first] = Object.keys(apps);
  if (profile === undefined || first === undefined) return apps;
  return { ...apps, [first]: { ...(apps[first] as Json), profiles: profile } };
}

/** One object in two places is printed as an anchor and an alias. */
function addAnchors(apps: Json, kind: Shape["anchors"]): Json {
  const [first, second] = Object.keys(apps);
  if (kind === "none" || first === undefined || second === undefined) return apps;
  if (kind === "value") {
    const shared = apps[first] as Json;
    const key = Object.keys(shared).find((name) => typeof shared[name] === "object" && shared[name] !== null);
    if (key === undefined) return apps;
    return { ...apps, [second]: { ...(apps[second] as Json), [key]: shared[key] } };
  }
  return { ...apps, [second]: { "<<": apps[first], ...(apps[second] as Json) } };
}

function dropEmpty(value: Json): Json {
  return Object.fromEntries(
    Object.entries(value).filter(
      ([, below]) => typeof below === "object" && below !== null && Object.keys(below).length > 0,
    ),
  );
}

/** The files by name; those in folders are taken in by others. */
function cutInto(apps: Json, rest: Json, how: Shape): Readonly<Record<string, unknown>> {
  const whole = { services: apps, ...rest };
  const entries = Object.entries(apps);
  const [first] = entries;
  switch (how.split) {
    case "none":
      return { "compose.yaml": whole };
    case "keys":
      return { "compose.yaml": whole, "override.yaml": { services: tagged(onlyKnown(how.override, apps), how.tag) } };
    case "services":
      return {
        "compose.yaml": { services: Object.fromEntries(entries.slice(0, how.cut)), ...rest },
        "override.yaml": { services: Object.fromEntries(entries.slice(how.cut)) },
      };
    case "documents":
      return { "compose.yaml": [whole, { services: tagged(onlyKnown(how.override, apps), how.tag) }] };
    case "extends":
      return {
        "compose.yaml": {
          services: {
            ...apps,
            extra: { ...(Object.values(how.override)[0] as Json), extends: extendsOf(first?.[0] ?? "", how) },
          },
          ...rest,
        },
        "sub/base.yaml": { services: Object.fromEntries([[first?.[0] ?? "web", first?.[1]]]) },
      };
    case "include":
      return {
        "compose.yaml": {
          include: how.cut % 2 === 0 ? ["sub/inc.yaml"] : [{ path: "sub/inc.yaml" }],
          services: how.cut === 0 ? (how.flow ? taggedWhole(apps, how.tag) : tagged(apps, how.tag)) : apps,
          ...rest,
        },
        "sub/inc.yaml": {
          services: how.cut === 0 ? onlyKnown(how.override, apps) : { included: Object.values(how.override)[0] },
          ...rest,
        },
      };
  }
}

function extendsOf(name: string, { cut }: Shape): unknown {
  return [name, { service: name }, { service: name, file: "sub/base.yaml" }][cut % 3];
}

/** What may go over these services: without an image now and then. */
function onlyKnown(over: Json, apps: Json): Json {
  const known = Object.keys(apps);
  return Object.fromEntries(Object.values(over).map((value, index) => [known[index % known.length] ?? "web", value]));
}

function tagged(apps: Json, tag: Shape["tag"]): Json {
  const [first] = Object.entries(apps);
  const key = Object.keys(first?.[1] ?? {}).at(-1);
  if (tag === "" || first === undefined || key === undefined) return apps;
  const { [key]: value, ...others } = first[1] as Json;
  return { ...apps, [first[0]]: { ...others, [`${key}${tag}`]: value } };
}

/** The tag stands at the first service, and not at a key of it. */
function taggedWhole(apps: Json, tag: Shape["tag"]): Json {
  const [first, ...others] = Object.entries(apps);
  return first === undefined ? apps : Object.fromEntries([[`${first[0]}${tag}`, first[1]], ...others]);
}

function print(value: unknown, flow: boolean): string {
  return (Array.isArray(value) ? value : [value]).map((one) => printDocument(one, flow)).join("---\n");
}

function printDocument(value: unknown, flow: boolean): string {
  const document = new Document(value, { merge: true, version: "1.2" });
  visit(document, {
    Pair(_, pair) {
      const { key } = pair;
      if (!isScalar(key)) return;
      for (const [mark, tag] of Object.entries(tags)) {
        if (typeof key.value !== "string" || !key.value.endsWith(mark)) continue;
        key.value = key.value.slice(0, -mark.length);
        if (typeof pair.value === "object" && pair.value !== null) Object.assign(pair.value, { tag });
      }
    },
    Collection(_, collection, path) {
      if (flow && path.length > 6) collection.flow = true;
    },
  });
  return document.toString({ lineWidth: 0 });
}
