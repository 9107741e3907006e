import { afterAll, describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import type { Model } from "../../modules/stackfile/model.ts";
import { printModel } from "../../modules/stackfile/print.ts";
import * as fixtures from "../support/fixtures/index.ts";
import { type ConformanceCase, globalOptions, loadCase, oracleCase } from "../support/conformance.ts";
import { casesOf } from "../support/conformance-fixtures.ts";
import { homeFrom } from "../../modules/system/home.ts";
import { oracleIn } from "../../tools/oracle/install.ts";
import { notRun } from "../support/not-run.ts";
import { askOracle, type OracleCase } from "../support/oracle.ts";
import { loadModel } from "../support/stack-files.ts";

const { many } = await oracleIn(homeFrom(process.env));

/** Texts that some reader of YAML takes for something else than a text. */
const odd = [
  ..."<<|=|~|null|NULL|yes|No|true|0x1F|0o17|0777|1_000|1e3|.inf|-.5|1:30|2020-01-01|2020-01-01T00:00:00Z|- a|a: b|a #b".split(
    "|",
  ),
  ..."#|&a|*a|!t|%d|@|`|?|: |[a]|{a}|,|'|\"|\\|\\n|$|$$|${X}|...|---|a:|x-a".split("|"),
  ...[
    " ",
    "   ",
    " a",
    "a ",
    "a  b",
    "\n",
    "a\n",
    "\na",
    "a\nb",
    "a\n\nb\n\n",
    " a\n  b\n",
    "a \nb",
    "\t",
    "a\tb",
    "a\r\nb",
    "\r",
  ],
  ...[
    "\u0007",
    "\u007f",
    "\u0085",
    "a\u0085b",
    "\u00a0",
    "\u2028",
    "a \u2028 b",
    "\u2029",
    "\ufeff",
    "a\ufeff",
    "é",
    "😀",
  ],
];
const text = fc.oneof(
  fc.constantFrom(...odd),
  fc.string({ unit: "grapheme", maxLength: 8 }),
  fc.array(fc.constantFrom(...odd), { maxLength: 3 }).map((parts) => parts.join("")),
);
const name = text.filter((one) => /[^\n]/.test(one) && !one.startsWith("x-"));

/** A model with these texts in its values and keys. */
const models = fc
  .record({ labels: fc.dictionary(name, text, { maxKeys: 4 }), command: fc.array(text, { maxLength: 3 }) })
  .map(({ labels, command }): Model =>
    loadModel({
      files: {},
      input: {
        name: "p",
        inline: {
          services: {
            a: {
              image: "i",
              command: command.map(escaped),
              labels: Object.fromEntries(Object.entries(labels).map(([key, value]) => [key, escaped(value)])),
            },
          },
        },
      },
    }),
  );

function escaped(value: string): string {
  return value.replaceAll("$", "$$$$");
}

describe("a printed model", () => {
  it.each(["yaml", "json"] as const)("is a stack file that gives the same model, as %s", (format) => {
    fc.assert(
      fc.property(models, (model) => {
        expect(loadModel(printModel(model, format))).toEqual(model);
      }),
      { numRuns: 500 },
    );
  });

  if (!existsSync(many)) notRun("printed models read by docker compose", "docker compose is not built here");
  else {
    const folder = mkdtempSync(join(tmpdir(), "stackhouse-print-"));
    afterAll(() => rmSync(folder, { recursive: true, force: true }));

    it.each(["yaml", "json"] as const)(
      "means the same to docker compose, as %s",
      async (format) => {
        const printed = fc.sample(models, { numRuns: 300, seed: 1 });
        const outcomes = await askOracle(
          many,
          printed.map((model) => ({
            folder: join(folder, "p"),
            files: { "compose.yaml": printModel(model, format) },
            env: { HOME: "/root", PATH: "/usr/bin:/bin" },
            args: ["-f", "compose.yaml", "config", "--format", "json"],
          })),
        );
        outcomes.forEach(({ stdout, error }, index) => {
          expect({ error, service: serviceOf(stdout) }).toEqual({ service: wanted(printed[index]) });
        });
      },
      60_000,
    );

    it("of any fixture is read again as the same, wherever that of docker compose is", async () => {
      const changed = casesOf(fixtures, join(folder, "app")).filter((one) => one.templates !== true && isChanged(one));
      // A number of the model has no room for them, and they are printed rounded.
      const isRounded = (title: string): boolean => title.includes("9223372036854775807");
      const printed = await askOracle(many, changed.map(printing));
      const again = await askOracle(
        many,
        changed.map((one, index) => printing(readAgain(one, printed[index]?.stdout ?? ""))),
      );
      const kept = changed.filter((_one, index) => again[index]?.stdout === printed[index]?.stdout);
      expect(kept.map(({ title }) => title).filter((title) => !isRounded(title))).toEqual([]);
      expect(changed.length).toBeGreaterThan(0);
    }, 60_000);
  }
});

/** Whether what Stackhouse prints of it means something else to it: what is empty, as docker compose prints it, may. */
function isChanged(one: ConformanceCase): boolean {
  const { model } = loadCase(one);
  if (model === undefined) return false;
  return !isDeepStrictEqual(loadCase(readAgain(one, printModel(model, "yaml"))).model, model);
}

function readAgain(one: ConformanceCase, printed: string): ConformanceCase {
  return { ...one, files: { ...one.files, "_printed.yaml": printed }, stackFiles: ["_printed.yaml"] };
}

function printing(one: ConformanceCase): OracleCase {
  return { ...oracleCase(one), args: [...globalOptions(one), "config"] };
}

function serviceOf(stdout: string): unknown {
  if (stdout === "") return undefined;
  const undoubled = JSON.parse(stdout, (_, value: unknown) =>
    typeof value === "string" ? value.replaceAll("$$", "$") : value,
  ) as Model;
  const { command = null, labels = {} } = undoubled.services["a"] ?? {};
  return {
    command,
    labels: Object.fromEntries(Object.entries(labels).map(([key, value]) => [key.replaceAll("$$", "$"), value])),
  };
}

function wanted(model: Model | undefined): unknown {
  const { command = null, labels = {} } = model?.services["a"] ?? {};
  return { command, labels };
}
