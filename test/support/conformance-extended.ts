import { type Fixture, type Fixtures, files } from "./conformance-fixtures.ts";

/** A file of which one service is extended, and what else it has. */
const extended = (text: string): Fixture =>
  files({ "compose.yaml": "services: {a: {extends: {file: c/c.yaml, service: base}}}\n", "c/c.yaml": text });

const values = ["3", "true", "s", "null", "[3]", "[null]", "[[a]]", "{}"];
const maps = ["{a: 3}", "{a: null}"];
/** A map where a list is, and a list where a map is: docker compose looks at the parts of either. */
const mixed = [...values, "[s]", "[true]", ...maps, "{a: s}", "{a: []}", "{a: [s]}", "{a: {}}", "{a: true}"];

const besides: Readonly<Record<string, readonly string[]>> = {
  ports: [...values, "{a: 3}"],
  volumes: mixed,
  devices: mixed,
  secrets: mixed,
  configs: mixed,
  depends_on: [...values, ...maps],
  env_file: [...values, ...maps],
  label_file: mixed,
  extends: ["3", "null", "[s]"],
  gpus: ["3", "null", "{a: 3}", "s"],
  networks: [...values, ...maps],
  dns: values,
  build: [
    "3",
    "null",
    "[s]",
    "{ssh: 3}",
    "{ssh: null}",
    "{additional_contexts: s}",
    "{secrets: [3]}",
    "{secrets: {a: 3}}",
    "{ulimits: [s]}",
    "{ulimits: {n: '3'}}",
  ],
  ulimits: ["[s]", "[null]", "[[a]]", "[3]", "{n: true}", "{n: null}", "{n: [3]}", "{n: {soft: true}}"],
  labels: values,
  environment: values,
  command: values,
  healthcheck: values,
};

/** In a file that others extend, what is not extended is looked at only where it has short forms. */
export const extendedFiles: Fixtures = {
  ...Object.fromEntries(
    Object.entries(besides).flatMap(([key, texts]) =>
      texts.map((text) => [
        `${key}: ${text}`,
        extended(`services: {base: {image: i}, other: {image: i, ${key}: ${text}}}\n`),
      ]),
    ),
  ),
  ...Object.fromEntries(
    ["volumes", "networks", "secrets", "configs"].flatMap((section) =>
      ["{v: 3}", "{v: null}", "{v: []}", "3"].map((text) => [
        `${section}: ${text} at the top`,
        extended(`services: {base: {image: i}}\n${section}: ${text}\n`),
      ]),
    ),
  ),
};
