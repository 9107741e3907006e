import { describe, expect, it } from "@jest/globals";
import Ajv from "ajv";
import { parse, parseAllDocuments } from "yaml";
import { jsonSchemaOf } from "../../modules/stackfile/json-schema.ts";
import { stackFile } from "../../modules/stackfile/keys/top.ts";
import { loadStackFile } from "../../modules/stackfile/load.ts";
import { own } from "../../modules/stackfile/own.ts";
import type { Diagnostic } from "../../modules/stackfile/types.ts";
import { casesOf } from "../support/conformance-fixtures.ts";
import * as fixtures from "../support/fixtures/index.ts";

const validate = new Ajv().compile(jsonSchemaOf(stackFile));

interface Outcome {
  readonly title: string;
  readonly text: string;
  readonly errors: readonly Diagnostic[];
  readonly isValid: boolean;
  readonly because: string;
}

/** Fixtures of one file with one document: a schema is about no more. */
const outcomes = casesOf(fixtures, "/shop").flatMap((one): readonly Outcome[] => {
  const [name = "", ...more] = one.stackFiles;
  const text = own<unknown>(one.files, name);
  if (more.length > 0 || typeof text !== "string") return [];
  const read = readAsEditor(text);
  if (read === undefined) return [];
  const readFile = (path: string): string | undefined => {
    const file = own<unknown>(one.files, path.replace("/shop/", ""));
    return typeof file === "string" ? file : undefined;
  };
  const input = { files: [`/shop/${name}`], name: "p", profiles: ["*"] };
  const { diagnostics } = loadStackFile(input, { readFile, env: one.env ?? {} });
  const errors = diagnostics.filter(({ severity }) => severity === "error");
  const isValid = validate(read.value) as boolean;
  const because = (validate.errors ?? []).map(({ dataPath, message }) => `${dataPath} ${message ?? ""}`).join("; ");
  return [{ title: one.title, text, errors, isValid, because }];
});

/** Undefined where an editor says that it is no YAML, or no one document. */
function readAsEditor(text: string): { readonly value: unknown } | undefined {
  const options = { merge: true, logLevel: "silent" } as const;
  if (parseAllDocuments(text, options).length !== 1) return undefined;
  try {
    return { value: parse(text, options) };
  } catch {
    return undefined;
  }
}

/** What the loader takes and the schema does not, by what their titles and texts have in common. */
const tooStrict: Readonly<Record<string, (outcome: Outcome) => boolean>> = {
  "editors read tags, signs and marks of YAML in another way than Go": ({ title, text }) =>
    /^(?:signs|yamlOfGo|documents|quotes|whiteSpace|inventedYaml): /.test(title) ||
    text.includes("!!timestamp") ||
    /: [\d-]{10}\n/.test(text),
  "mistakes in what extends leave with it, and an editor may say so": ({ text }) =>
    /extends: \{.*(?:foo|x-a|file: \})/.test(text),
  "of items that are neither texts nor maps the last one stays": ({ title }) => title.startsWith("otherItems: "),
  "a number that only Go reads as one stands where there is a string, too": ({ text }) => /\b(?:0b11|1_0)\b/.test(text),
};

/** Findings about the shape of one file that no schema has, by reason. */
const silent: Readonly<Record<string, (finding: Diagnostic, outcome: Outcome) => boolean>> = {
  "the value comes from a variable": (_, { text }) => text.includes("$"),
  "it is wrong in another file": ({ file }) => file !== "/shop/compose.yaml",
  "it does not fit what another file has": ({ message }) => message.includes("they cannot be merged"),
  "JSON has one kind of number, and editors read some that Go does not": (_, { title, text }) =>
    /^(?:scalarsOfGo|casts|yamlForms|keysOfMaps): /.test(title) || /\b\d+\.\d+\b|: '0700'/.test(text),
  "64 bits have no room for it": (_, { text }) => /\d{7,}/.test(text),
  "another file may give what is missing": ({ message }) =>
    /needs (?:"image"|exactly one of)|watch\[\d\] needs|without a source/.test(message),
  "a short form is taken apart by the loader alone": ({ path, message }, { text }) =>
    path.includes("ports") &&
    /needs "target"$|no container has a port 0$/.test(message) &&
    !/\{ *(?:published|\})/.test(text),
  "what a driver's option is, is known where it is read": ({ path }) => path.includes("storage_opt"),
  "digits are separated in a text": (_, { text }) => text.includes("_m"),
};

const isShape = ({ code }: Diagnostic): boolean => ["unknown-key", "wrong-type", "missing-key"].includes(code);
const reasonsOf = <Of extends readonly unknown[]>(
  reasons: Readonly<Record<string, (...of: Of) => boolean>>,
  ...of: Of
): readonly string[] => Object.entries(reasons).flatMap(([reason, applies]) => (applies(...of) ? [reason] : []));

const refusedTaken = outcomes.filter(({ errors, isValid }) => errors.length === 0 && !isValid);
const silentOnes = outcomes.flatMap((outcome) => {
  const found = outcome.errors.filter(isShape);
  return outcome.isValid && found.length === outcome.errors.length
    ? found.map((finding) => ({ finding, outcome }))
    : [];
});

describe("of the fixtures, the JSON Schema", () => {
  it("knows more than a thousand of either kind", () => {
    const count = (isRight: boolean): number =>
      outcomes.filter(({ errors, isValid }) => (errors.length === 0) === isRight && isValid === isRight).length;
    expect(count(true)).toBeGreaterThan(900);
    expect(count(false)).toBeGreaterThan(500);
  });

  it("accepts what the loader takes", () => {
    const unlisted = refusedTaken.filter((outcome) => reasonsOf(tooStrict, outcome).length === 0);
    expect(unlisted.map(({ title, because }) => `${title}: ${because}`)).toEqual([]);
  });

  it("refuses what the loader refuses for its shape", () => {
    const unlisted = silentOnes.filter(({ finding, outcome }) => reasonsOf(silent, finding, outcome).length === 0);
    expect(unlisted.map(({ finding, outcome }) => `${outcome.title}: ${finding.message}`)).toEqual([]);
  });

  it.each(Object.entries(tooStrict))("is too strict where %s", (_, applies) => {
    expect(refusedTaken.filter(applies)).not.toEqual([]);
  });

  it.each(Object.entries(silent))("is silent where %s", (_, applies) => {
    expect(silentOnes.filter(({ finding, outcome }) => applies(finding, outcome))).not.toEqual([]);
  });
});
