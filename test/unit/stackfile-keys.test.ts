import { execFileSync } from "node:child_process";
import { describe, expect, it } from "@jest/globals";
import { stringify } from "yaml";
import { canonicalJson } from "../../modules/stackfile/canonical-json.ts";
import type { Key, Shape } from "../../modules/stackfile/shapes/shape.ts";
import { stackFile } from "../../modules/stackfile/keys/top.ts";
import { modelSchema } from "../../modules/stackfile/model.ts";
import { homeFrom } from "../../modules/system/home.ts";
import { oracleIn } from "../../tools/oracle/install.ts";
import { leavesOf, outcomeOf } from "../support/key-effects.ts";
import {
  app,
  appWith,
  filesBeside,
  isMap,
  mapOr,
  partsOf,
  put,
  tellingValues,
  type Values,
} from "../support/key-values.ts";
import { notRun } from "../support/not-run.ts";
import { isThere } from "../support/oracle.ts";
import { load } from "../support/stack-files.ts";

/** Two values of these come to the same on one host, or are told apart by what observes it: each with the reason. */
const elsewhere: Readonly<Record<string, string>> = {
  "services.*.ports[].mode": "one host publishes a port the same way in both modes",
};

const leaves = Object.entries(stackFile.keys).flatMap(([name, key]) => leavesOf(name, key, ["implemented"]));
const loaded = Object.entries(stackFile.keys).flatMap(([name, key]) =>
  leavesOf(name, key, ["implemented", "accepted"]),
);

/** What the host is asked for, or what is wrong with the file. */
function outcome(path: string, value: unknown): { readonly loads: boolean; readonly text: string } {
  const text = stringify(appWith(path, value));
  const { model, diagnostics } = load({ files: { ...filesBeside, "compose.yaml": text }, env: { KEY: "x" } });
  const errors = diagnostics.filter(({ severity }) => severity === "error").map(({ message }) => message);
  return {
    loads: model !== undefined,
    text: model === undefined ? errors.join("\n") : canonicalJson(outcomeOf(model)),
  };
}

/** Keys with a value, the first of two, that makes the file of the test a wrong one. */
const deciding = ["services.*.depends_on.*.required", "services.*.env_file[].required"];

describe("a key that works changes what the host is asked for", () => {
  it.each(leaves.filter(({ path }) => elsewhere[path] === undefined))("$path", ({ path, values: usual }) => {
    const [one, other] = (tellingValues[path] ?? usual ?? ["a", "b"]).map((value) => outcome(path, value));
    expect(one?.text).not.toBe(other?.text);
    if (deciding.includes(path)) expect(one?.loads).not.toBe(other?.loads);
    else
      expect({ one: one?.loads || one?.text, other: other?.loads || other?.text }).toEqual({ one: true, other: true });
  });

  it("but for those that are listed with their reason", () => {
    const known = new Set(loaded.map(({ path }) => path));
    expect(
      [...Object.keys({ ...tellingValues, ...elsewhere }), ...deciding].filter((path) => !known.has(path)),
    ).toEqual([]);
  });
});

describe("the schema of the model", () => {
  it.each(loaded)("has $path", ({ path, values: usual }) => {
    const [first, second] = tellingValues[path] ?? usual ?? ["a"];
    const value = deciding.includes(path) ? second : first;
    const { model, diagnostics } = load({
      files: { ...filesBeside, "compose.yaml": stringify(appWith(path, value)) },
      env: { KEY: "x" },
    });
    expect(diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
    expect(modelSchema.parse(model)).toEqual(model);
  });

  it.each(["", "services.*", "networks.*", "volumes.*", "configs.*", "secrets.*"])(
    "has keys of one's own, and no others, in %s",
    (path) => {
      const { model } = load({ files: { ...filesBeside, "compose.yaml": stringify(app) }, env: { KEY: "x" } });
      const withKey = (key: string): unknown => put(model, [...partsOf(path), key].filter(Boolean), () => 1);
      expect(modelSchema.safeParse(withKey("x-own")).success).toBe(true);
      expect(modelSchema.safeParse(withKey("prots")).success).toBe(false);
    },
  );
});

/** The path of every key of the specification, as its JSON Schema has them. */
function specified(path: string, schema: Values, all: Values): readonly string[] {
  const reference = schema["$ref"];
  if (typeof reference === "string") {
    const [, ...parts] = reference.split("/");
    const found = parts.reduce<unknown>((value, part) => mapOr(value)[part], all);
    // What names itself would have no end: there is none in what the paths are of.
    return specified(path, mapOr(found), all);
  }
  const below = (key: string, separator: string): readonly string[] =>
    Object.entries(mapOr(schema[key])).flatMap(([name, value]) => {
      const here = `${path}${path === "" ? "" : separator}${key === "properties" ? name : "*"}`;
      return [...(key === "properties" ? [here] : []), ...specified(here, mapOr(value), all)];
    });
  const forms = ["anyOf", "oneOf", "allOf"].flatMap((key) => (schema[key] ?? []) as readonly Values[]);
  return [
    ...below("properties", "."),
    ...below("patternProperties", "."),
    ...forms.flatMap((form) => specified(path, form, all)),
    ...(isMap(schema["items"]) ? specified(`${path}[]`, schema["items"], all) : []),
    ...(isMap(schema["additionalProperties"]) ? specified(`${path}.*`, schema["additionalProperties"], all) : []),
  ];
}

/** The path of every key of the tables, whatever its state. */
function tabled(path: string, shape: Shape): readonly string[] {
  switch (shape.kind) {
    case "mapping":
      return Object.entries(shape.keys).flatMap(([name, { shape: below }]: readonly [string, Key]) => {
        const here = path === "" ? name : `${path}.${name}`;
        return [here, ...tabled(here, below)];
      });
    case "dictionary":
      return tabled(`${path}.*`, shape.of);
    case "list":
      return tabled(`${path}[]`, shape.of);
    case "hosts":
    case "scalar":
    case "free":
      return [];
  }
}

const { many: oracle } = await oracleIn(homeFrom(process.env));
if (!isThere(oracle)) {
  notRun("the keys of the Compose Specification", "docker compose is not built here; npm test builds it with Go");
} else {
  describe("the tables of keys", () => {
    const schema = JSON.parse(execFileSync(oracle, ["schema"], { encoding: "utf8" })) as Values;
    const wanted = new Set(specified("", schema, schema));
    const known = new Set(tabled("", stackFile));

    it("have every key of the Compose Specification", () => {
      expect(wanted.size).toBeGreaterThan(300);
      expect([...wanted].filter((path) => !known.has(path))).toEqual([]);
    });

    it("have no other key", () => {
      expect([...known].filter((path) => !wanted.has(path))).toEqual([]);
    });
  });
}
