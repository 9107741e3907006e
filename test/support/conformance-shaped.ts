import fc from "fast-check";
import { stringify } from "yaml";
import type { JsonType, ScalarType, Shape } from "../../modules/stackfile/shapes/shape.ts";
import { stackFile } from "../../modules/stackfile/keys/top.ts";
import type { ConformanceCase } from "./conformance.ts";

/** Values by what a position takes, as people write them, and a few that are not quite it. */
const texts: Readonly<Record<ScalarType, readonly unknown[]>> = {
  string: ["x", "a b", "", "${WORD}", "${NONE:-d}", "a=b", "/p/q", "./r", "service:a", "5"],
  text: ["x", "", 1, 1.5, true, null, "${WORD}", "1e3", "a=b", "$$x", 1e21, 0.1],
  integer: [0, 1, -1, 65535, "7", "${N}"],
  unsigned: [0, 1, 300, "7", "${N}"],
  single: [0, 1, 0.5, "0.25", 0.1, "${N}"],
  cpus: [0, 1, 0.5, "0.25", "${N}"],
  boolean: [true, false, "true", "yes", "${FLAG}"],
  duration: ["1s", "1m30s", "0s", "500ms", "1h", "${NONE:-5s}", "2"],
  bytes: [0, 1024, "64m", "1.5g", "${N}k", "-1", "1KB"],
  mode: [0o440, "0440", "0", 292, 755],
  count: [1, "2", "all", 0, "${N}"],
};
const odd = fc.constantFrom<unknown>(null, true, 3, 1.5, "text", "", [], {}, ["a"], { a: "b" }, [null], [1, 2], "${");
const names = ["a", "b", "default", "d.e"];

/** Some text for each position of a short form. */
const shortForms = fc.constantFrom<unknown>(
  ...["80:80", "80", "8000-8001:80-81/udp", "127.0.0.1::90", "a:/b", "./a:/b:ro", "/b", "v:/c:z,ro", "a", "b", "a=b"],
  ...["x:y", "x=::1", "/dev/a:/dev/b:r", "default", "all", "one.env", "${WORD}", ""],
);

/** Mostly what fits a position of the key tables, in any of its forms. */
function fitting(shape: Shape, depth: number): fc.Arbitrary<unknown> {
  return fc.oneof({ weight: 60, arbitrary: formOf(shape, depth) }, { weight: 1, arbitrary: odd });
}

function formOf(shape: Shape, depth: number): fc.Arbitrary<unknown> {
  const scalars = (shape.or ?? []).map(scalarOf);
  const whole = depth === 0 ? fc.constant<unknown>(null) : collectionOf(shape, depth - 1);
  return scalars.length === 0 ? whole : fc.oneof({ weight: 3, arbitrary: whole }, ...scalars);
}

function scalarOf(type: JsonType): fc.Arbitrary<unknown> {
  switch (type) {
    case "string":
      return shortForms;
    case "number":
      return fc.constantFrom<unknown>(1, 0.5);
    case "integer":
      return fc.constantFrom<unknown>(0, 1, 80);
    case "boolean":
      return fc.boolean();
    case "null":
      return fc.constant(null);
  }
}

function collectionOf(shape: Shape, depth: number): fc.Arbitrary<unknown> {
  switch (shape.kind) {
    case "scalar": {
      const values = shape.values ?? texts[shape.type];
      return fc.constantFrom<unknown>(...values);
    }
    case "mapping": {
      const keys = Object.entries(shape.keys);
      const required = shape.required ?? [];
      return fc
        .uniqueArray(fc.constantFrom(...keys.map(([name]) => name)), { maxLength: 4 })
        .chain((chosen) =>
          fc.tuple(
            ...[...new Set([...required, ...chosen])].map((name) => {
              const below = shape.keys[name]?.shape ?? stackFile;
              return fitting(below, depth).map((value): [string, unknown] => [name, value]);
            }),
          ),
        )
        .map((entries) => Object.fromEntries(entries));
    }
    case "dictionary": {
      const map = fc.dictionary(fc.constantFrom(...names), fitting(shape.of, depth), { maxKeys: 3 });
      if (shape.asList === undefined) return map;
      const items = fc.array(fc.constantFrom("a=1", "b", "c=", "d=e=f", "b=${WORD}", "WORD"), { maxLength: 3 });
      return fc.oneof(map, items);
    }
    case "list":
      return fc.array(fitting(shape.of, depth), { maxLength: 3 });
    case "hosts":
      return fc.constantFrom<unknown>(["a:1.2.3.4", "b=::1"], { a: "1.2.3.4", b: ["1.1.1.1", "2.2.2.2"] }, ["a"]);
    case "free":
      return fc.constantFrom<unknown>({ a: [1, "$WORD"] }, "x", null);
  }
}

const service = stackFile.keys["services"]?.shape;
if (service?.kind !== "dictionary" || service.of.kind !== "mapping")
  throw new Error("services are a dictionary of maps");
const serviceKeys = service.of.keys;
const withoutService = Object.keys(serviceKeys).filter((name) => !["extends", "provider"].includes(name));

/** A service with an image and some of its keys. */
const services = fc
  .uniqueArray(fc.constantFrom(...withoutService), { minLength: 1, maxLength: 3 })
  .chain((chosen) =>
    fc.tuple(
      ...chosen.map((name) =>
        fitting(serviceKeys[name]?.shape ?? stackFile, 5).map((value): [string, unknown] => [name, value]),
      ),
    ),
  )
  .map((entries) => ({ image: "i", ...Object.fromEntries(entries) }));

const sections = ["networks", "volumes", "configs", "secrets"] as const;

const file = fc.record({
  a: services,
  b: fc.option(services, { nil: undefined }),
  section: fc.option(
    fc
      .constantFrom(...sections)
      .chain((name) =>
        fitting(stackFile.keys[name]?.shape ?? stackFile, 5).map((value): [string, unknown] => [name, value]),
      ),
    { nil: undefined },
  ),
});

/** Files with any keys of the tables, short forms and long ones, one or two of them: one that fits is as likely as one that does not. */
export function shapedCases(
  folder: string,
  { runs, seed }: { readonly runs: number; readonly seed: number },
): readonly ConformanceCase[] {
  const cases = fc.sample(fc.tuple(file, fc.option(file, { nil: undefined })), { numRuns: runs, seed });
  return cases.map(([base, over], index): ConformanceCase => {
    const files = { "compose.yaml": print(base), ...(over === undefined ? {} : { "over.yaml": print(over) }) };
    return {
      title: `of the tables, ${index} of seed ${seed}`,
      folder,
      files: { ...files, "one.env": "A=1\nB=$A\n" },
      stackFiles: Object.keys(files),
      env: { WORD: "w", N: "2", FLAG: "true" },
      ...(index % 2 === 0 && !hasLabelFile(files) ? { unchecked: true } : {}),
    };
  });
}

/** Docker compose reads those also where it reads no env files. */
function hasLabelFile(files: Readonly<Record<string, string>>): boolean {
  return Object.values(files).some((text) => text.includes("label_file"));
}

type File = typeof file extends fc.Arbitrary<infer T> ? T : never;

function print({ a, b, section }: File): string {
  const resources = section === undefined ? {} : Object.fromEntries([section]);
  return stringify(
    { services: { a, ...(b === undefined ? {} : { b }) }, ...resources },
    { aliasDuplicateObjects: false },
  );
}
