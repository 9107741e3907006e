import { afterAll, describe, expect, it } from "@jest/globals";
import { execFileSync } from "node:child_process";
import { existsSync, globSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import { loadStackFile } from "../../modules/stackfile/load.ts";
import { homeFrom } from "../../modules/system/home.ts";
import { oracleIn } from "../../tools/oracle/install.ts";
import * as corners from "../support/conformance-corners.ts";
import * as extended from "../support/conformance-extended.ts";
import { casesOf, type Fixtures } from "../support/conformance-fixtures.ts";
import * as forms from "../support/conformance-forms.ts";
import { generatedCases } from "../support/conformance-generated.ts";
import { listed } from "../support/conformance-listed.ts";
import * as projects from "../support/conformance-projects.ts";
import * as publicFiles from "../support/conformance-public.ts";
import * as traps from "../support/conformance-traps.ts";
import { shapedCases } from "../support/conformance-shaped.ts";
import * as values from "../support/conformance-values.ts";
import * as yaml from "../support/conformance-yaml.ts";
import { compare, type ConformanceCase, oracleCase, readFile, type Verdict } from "../support/conformance.ts";
import { notRun } from "../support/not-run.ts";
import { askOracle } from "../support/oracle.ts";
import * as own from "../support/stack-file-cases.ts";

const oracle = await oracleIn(homeFrom(process.env));
const corpora = process.env["STACKHOUSE_CORPORA"] ?? resolve("..", "shared", "corpora");
/** A nightly run has more cases, and others each time: `STACKHOUSE_RANDOM_CASES=50000 npm test -- test/unit/stackfile-conformance` */
const random = process.env["STACKHOUSE_RANDOM_CASES"];
const generated =
  random === undefined ? { runs: 2_000, seed: 1 } : { runs: Number(random), seed: Date.now() % 2 ** 31 };

const fixtureGroups: Readonly<Record<string, Fixtures>> = {
  ...yaml,
  ...values,
  ...forms,
  ...projects,
  ...corners,
  ...extended,
  ...publicFiles,
  ...traps,
};
const ownGroups = {
  "an unquoted scalar": own.scalarCases,
  "a template": own.interpolationCases,
  "a short form": own.formCases,
  "an app": own.projectCases,
  "two files": own.mergeCases,
};

if (!existsSync(oracle.many)) {
  notRun("stack files against docker compose", "docker compose is not built here; npm test builds it with Go");
} else {
  const root = mkdtempSync(join(tmpdir(), "stackhouse-conformance-"));
  const folder = join(root, "shop");
  const counts = { files: 0, cases: 0, equal: 0, accepted: 0, listed: 0, failed: 0, refused: 0 };

  afterAll(() => {
    rmSync(root, { recursive: true, force: true });
    const { files, cases, equal, accepted, failed, refused } = counts;
    process.stdout.write(
      `conformance: ${cases} cases and files with docker compose 5.5.0, ${files} of them files that people wrote: ` +
        `${equal} equal (${accepted} loaded, ${equal - accepted} refused by both), ${counts.listed} listed, ${failed} failed; ` +
        `Stackhouse does not run ${refused} of the files yet\n`,
    );
  });

  const differences = async (cases: readonly ConformanceCase[]): Promise<readonly string[]> => {
    const outcomes = await askOracle(oracle.many, cases.map(oracleCase));
    return cases.flatMap((one, index) => {
      const outcome = outcomes[index];
      if (outcome === undefined) return [];
      const verdict = compare(one, outcome);
      count(verdict);
      return verdict.kind === "different" && !isListed(verdict) ? [`${one.title}: ${verdict.what}`] : [];
    });
  };

  const count = (verdict: Verdict): void => {
    counts.cases += 1;
    if (verdict.kind === "equal") {
      counts.equal += 1;
      if (verdict.accepted) counts.accepted += 1;
    } else if (isListed(verdict)) counts.listed += 1;
    else counts.failed += 1;
  };

  describe("a stack file means what docker compose makes of it", () => {
    it.each(Object.entries(fixtureGroups))(
      "our fixtures: %s",
      async (group, fixtures) => {
        expect(await differences(casesOf({ [group]: fixtures }, folder))).toEqual([]);
      },
      60_000,
    );

    it.each(Object.entries(ownGroups))(
      "what the loader's own tests expect: %s",
      async (_, cases) => {
        expect(await differences(cases.map((one) => ownCase(one, folder)))).toEqual([]);
      },
      60_000,
    );

    it(`${generated.runs} generated cases of seed ${generated.seed}`, async () => {
      expect(await differences(generatedCases(folder, generated))).toEqual([]);
    }, 600_000);

    it(`${generated.runs} cases of the key tables, of seed ${generated.seed}`, async () => {
      expect(await differences(shapedCases(folder, generated))).toEqual([]);
    }, 600_000);

    const files = existsSync(corpora) ? globSync("**/*compose*.{yaml,yml}", { cwd: corpora }).sort() : [];
    if (files.length === 0) notRun("stack files in the wild", "no corpora: name a folder with STACKHOUSE_CORPORA");
    else {
      it("files that people wrote", async () => {
        const cases = files.map((file): ConformanceCase => {
          const path = resolve(corpora, file);
          return { title: file, folder: dirname(path), files: {}, stackFiles: [basename(path)] };
        });
        counts.files += cases.length;
        counts.refused += cases.filter(isRefused).length;
        expect(await differences(cases)).toEqual([]);
      }, 120_000);
    }
  });

  describe("a difference that stays", () => {
    it.each(Object.entries(listed))("%s", async (title, { example, shows }) => {
      const [one] = casesOf({ listed: { [title]: example } }, folder);
      if (one === undefined) throw new Error("there is no example");
      const [outcome] = await askOracle(oracle.many, [oracleCase(one)]);
      const verdict = outcome && compare(one, outcome);
      expect(verdict).toMatchObject({ kind: "different", what: expect.stringMatching(shows) });
    });
  });

  describe("the oracle for many cases", () => {
    it("says what docker compose itself says", async () => {
      const sample = casesOf(fixtureGroups, folder).filter((_, index) => index % 60 === 0);
      const many = await askOracle(oracle.many, sample.map(oracleCase));
      const plain = sample.map((one) => runPlain(one));
      expect(many.map(({ exit, stdout }) => ({ accepted: exit === 0, stdout }))).toEqual(plain);
    }, 60_000);
  });

  const runPlain = (one: ConformanceCase): { readonly accepted: boolean; readonly stdout: string } => {
    const { env, args } = oracleCase(one);
    for (const [name, text] of Object.entries(one.files)) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), text);
    }
    try {
      return {
        accepted: true,
        stdout: execFileSync(oracle.plain, args, { cwd: folder, env, encoding: "utf8", stdio: "pipe" }),
      };
    } catch {
      return { accepted: false, stdout: "" };
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  };
}

function ownCase(
  { title, files, beside = {}, env = {}, profiles = [] }: own.StackFileCase,
  folder: string,
): ConformanceCase {
  const texts = typeof files === "string" ? { "compose.yaml": files } : files;
  return { title, folder, files: { ...texts, ...beside }, stackFiles: Object.keys(texts), env, profiles };
}

function isListed(verdict: Verdict): boolean {
  if (verdict.kind !== "different") return false;
  return Object.values(listed).some(({ shows, isGenerated }) => isGenerated === true && shows.test(verdict.what));
}

function isRefused({ folder, stackFiles }: ConformanceCase): boolean {
  const files = stackFiles.map((file) => resolve(folder, file));
  return loadStackFile({ files, name: "p" }, { readFile, env: { HOME: "/root" } }).model === undefined;
}
