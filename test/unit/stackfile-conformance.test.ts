import { afterAll, describe, expect, it } from "@jest/globals";
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { loadStackFile } from "../../modules/stackfile/load.ts";
import { homeFrom } from "../../modules/system/home.ts";
import { oracleIn } from "../../tools/oracle/install.ts";
import { aloneCases } from "../support/conformance-alone.ts";
import { corpusCases } from "../support/conformance-command.ts";
import { editedCases } from "../support/conformance-edited.ts";
import { casesOf } from "../support/conformance-fixtures.ts";
import { generatedCases, generatedRun } from "../support/conformance-generated.ts";
import { type Cases, crashing, isListed, isRefusedCrash, listed, mostListed } from "../support/conformance-listed.ts";
import { shapedCases } from "../support/conformance-shaped.ts";
import { compare, type ConformanceCase, oracleCase, readFile, type Verdict } from "../support/conformance.ts";
import * as fixtures from "../support/fixtures/index.ts";
import { notRun } from "../support/not-run.ts";
import { askOracle } from "../support/oracle.ts";
import { type StackFileCase, stackFileCases } from "../support/stack-file-cases/index.ts";

const oracle = await oracleIn(homeFrom(process.env));
const generated = generatedRun(process.env);

if (!existsSync(oracle.many)) {
  notRun("stack files against docker compose", "docker compose is not built here; npm test builds it with Go");
} else {
  const root = mkdtempSync(join(tmpdir(), "stackhouse-conformance-"));
  const folder = join(root, "shop");
  const counts = { files: 0, cases: 0, loaded: 0, crashed: 0, listed: 0, failed: 0, notRun: 0 };
  /** Cases that both refuse, by how precisely docker compose says where. */
  const refused = { at: 0, below: 0, lines: 0, quoted: 0, unsaid: 0 };
  const crashed: string[] = [];

  afterAll(() => {
    rmSync(root, { recursive: true, force: true });
    const both = Object.values(refused).reduce((sum, count) => sum + count);
    process.stdout.write(
      `conformance: ${counts.cases} cases and files with docker compose 5.5.0, those made up of seed ${generated.seed}, ${counts.files} of them files that people wrote: ` +
        `${counts.loaded + both} equal (${counts.loaded} loaded; ${both} refused by both, with the class of the error and ` +
        `in ${refused.at} its path, in ${refused.below} the path around it, in ${refused.lines} its file and line, ` +
        `in ${refused.quoted} the text of the fault; in ${refused.unsaid} docker compose says no place); ` +
        `${counts.listed} listed, ${counts.failed} failed; docker compose crashes on ${counts.crashed}; ` +
        `Stackhouse refuses ${counts.notRun} of the files by name\n`,
    );
  });

  const differences = async (cases: readonly ConformanceCase[], among: Cases = "all"): Promise<readonly string[]> => {
    const outcomes = await askOracle(oracle.many, cases.map(oracleCase));
    return cases.flatMap((one, index) => {
      const outcome = outcomes[index];
      if (outcome === undefined) return [`${one.title}: there is no outcome`];
      const verdict = compare(one, outcome);
      return count(one, verdict, among) ? [] : [`${one.title}: ${what(verdict)}`];
    });
  };

  /** The share of made-up cases that are listed, and the differences that are not. */
  const ofMadeUp = async (
    cases: readonly ConformanceCase[],
  ): Promise<{ readonly different: readonly string[]; readonly listedShare: number }> => {
    const before = counts.listed;
    const different = await differences(cases, "generated");
    return { different, listedShare: (counts.listed - before) / cases.length };
  };

  /** Whether the verdict is one that may be. */
  const count = (one: ConformanceCase, verdict: Verdict, among: Cases): boolean => {
    counts.cases += 1;
    switch (verdict.kind) {
      case "loaded":
        counts.loaded += 1;
        return true;
      case "refused":
        refused[verdict.place] += 1;
        return true;
      case "different": {
        const isCrash = crashing.includes(one.title) && isRefusedCrash(verdict);
        if (isCrash) crashed.push(one.title);
        const kind = isCrash ? "crashed" : isListed(verdict, one, among) ? "listed" : "failed";
        counts[kind] += 1;
        return kind !== "failed";
      }
    }
  };

  describe("a stack file means what docker compose makes of it", () => {
    it.each(Object.entries(fixtures))(
      "our fixtures: %s",
      async (group, ofGroup) => {
        expect(await differences(casesOf({ [group]: ofGroup }, folder))).toEqual([]);
      },
      600_000,
    );

    it("docker compose crashes on each fixture that is listed for it", () => {
      expect(crashed.toSorted()).toEqual(crashing.toSorted());
    });

    it.each(Object.entries(stackFileCases))(
      "what the loader's own tests expect: %s",
      async (_, cases) => {
        expect(await differences(cases.map((one) => ownCase(one, folder)))).toEqual([]);
      },
      600_000,
    );

    it(`${generated.runs} generated cases of seed ${generated.seed}`, async () => {
      const { different, listedShare } = await ofMadeUp(generatedCases(folder, generated));
      expect(different).toEqual([]);
      expect(listedShare).toBeLessThan(mostListed.generated);
    }, 600_000);

    it(`${generated.runs} cases of the key tables, of seed ${generated.seed}`, async () => {
      const { different, listedShare } = await ofMadeUp(shapedCases(folder, generated));
      expect(different).toEqual([]);
      expect(listedShare).toBeLessThan(mostListed.generated);
    }, 600_000);

    it(`${generated.runs} edited texts of seed ${generated.seed}`, async () => {
      const { different, listedShare } = await ofMadeUp(editedCases(folder, generated));
      expect(different).toEqual([]);
      expect(listedShare).toBeLessThan(mostListed.edited);
    }, 600_000);

    it("each of several errors that ours tells, with the others mended", async () => {
      const [apps, tables] = [generatedCases(folder, generated), shapedCases(folder, generated)];
      const alone = aloneCases([...casesOf(fixtures, folder), ...apps.slice(0, 1_000), ...tables.slice(0, 1_000)]);
      expect(alone.length).toBeGreaterThan(1_000);
      const { different, listedShare } = await ofMadeUp(alone);
      expect(different).toEqual([]);
      expect(listedShare).toBeLessThan(mostListed.generated);
    }, 600_000);

    const cases = corpusCases();
    if (cases.length === 0) notRun("stack files in the wild", "no corpora: name a folder with STACKHOUSE_CORPORA");
    else {
      it("files that people wrote", async () => {
        counts.files += cases.length;
        counts.notRun += cases.filter(isRefusedByName).length;
        expect(await differences(cases)).toEqual([]);
      }, 600_000);
    }
  });

  describe("a difference that stays", () => {
    it.each(Object.entries(listed))(
      "%s",
      async (title, { example, shows }) => {
        const [one] = casesOf({ listed: { [title]: example } }, folder);
        if (one === undefined) throw new Error("there is no example");
        const [outcome] = await askOracle(oracle.many, [oracleCase(one)]);
        const verdict = outcome && compare(one, outcome);
        expect(verdict).toMatchObject({ kind: "different", what: expect.stringMatching(shows) });
      },
      600_000,
    );
  });

  describe("a place that is listed", () => {
    const placed = Object.entries(listed).filter(([, { behind }]) => behind !== undefined);

    it.each(placed)("is near docker compose's: %s", async (title, { example, among = "all" }) => {
      const [one] = casesOf({ listed: { [title]: example } }, folder);
      if (one === undefined) throw new Error("there is no example");
      const [outcome] = await askOracle(oracle.many, [oracleCase(one)]);
      const verdict = outcome && compare(one, outcome);
      if (verdict?.kind !== "different") throw new Error("there is no difference");
      expect(isListed(verdict, one, among)).toBe(true);
      const moved = verdict.parts.map((part) =>
        part.replace(/(?<= at \S+:)\d+(?=: )/, (line) => String(Number(line) + 500)),
      );
      expect(isListed({ ...verdict, parts: moved }, one, among)).toBe(false);
    });
  });

  describe("the oracle for many cases", () => {
    it("says what docker compose itself says", async () => {
      const sample = casesOf(fixtures, folder).filter((_, index) => index % 60 === 0);
      const plain = sample.map(runPlain);
      const many = await askMany(sample);
      // Of several faults it names one, by the order of a Go map, which is none.
      const others = sample.filter((_, index) => !isDeepStrictEqual(many[index], plain[index]));
      const again = await askMany(others.flatMap((one) => Array.from({ length: oftenEnough }, () => one)));
      const said = new Map(
        others.map((one, index) => [one, again.slice(index * oftenEnough, (index + 1) * oftenEnough)]),
      );
      const strange = sample.flatMap((one, index) => {
        const outcomes = said.get(one);
        const isSaid = outcomes?.some((outcome) => isDeepStrictEqual(outcome, plain[index])) !== false;
        return isSaid ? [] : [{ title: one.title, plain: plain[index], many: many[index] }];
      });
      expect(strange).toEqual([]);
    }, 600_000);
  });

  const askMany = async (cases: readonly ConformanceCase[]): Promise<readonly PlainOutcome[]> =>
    (await askOracle(oracle.many, cases.map(oracleCase))).map(({ exit, stdout, error }) => ({
      accepted: exit === 0,
      stdout,
      error: error?.trimEnd(),
    }));

  const runPlain = (one: ConformanceCase): PlainOutcome => {
    const { env, args } = oracleCase(one);
    for (const [name, text] of Object.entries(one.files)) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), text);
    }
    try {
      return {
        accepted: true,
        stdout: execFileSync(oracle.plain, args, { cwd: folder, env, encoding: "utf8", stdio: "pipe" }),
        error: undefined,
      };
    } catch (failure) {
      return { accepted: false, stdout: "", error: errorOf((failure as { readonly stderr: string }).stderr) };
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  };
}

interface PlainOutcome {
  readonly accepted: boolean;
  readonly stdout: string;
  readonly error?: string | undefined;
}

/** Of two faults each comes up once in so many runs, but for one time in a billion. */
const oftenEnough = 30;

/** What it ends with, behind its warnings. */
function errorOf(stderr: string): string {
  const lines = stderr.split("\n");
  return lines
    .slice(lines.findLastIndex((line) => line.startsWith("time=")) + 1)
    .join("\n")
    .trimEnd();
}

function ownCase(
  { title, files, beside = {}, env = {}, profiles = [] }: StackFileCase,
  folder: string,
): ConformanceCase {
  const texts = typeof files === "string" ? { "compose.yaml": files } : files;
  return { title, folder, files: { ...texts, ...beside }, stackFiles: Object.keys(texts), env, profiles };
}

function what(verdict: Verdict): string {
  return verdict.kind === "different" ? verdict.what : verdict.kind;
}

const refusals = ["not-supported", "known-later", "local-mount"];

/** Whether Stackhouse does not run a file that docker compose loads, for keys that it names. */
function isRefusedByName({ title, folder, stackFiles }: ConformanceCase): boolean {
  const files = stackFiles.map((file) => resolve(folder, file));
  const { model, diagnostics } = loadStackFile({ files, name: "p" }, { readFile, env: { HOME: "/root" } });
  if (model !== undefined) return false;
  const errors = diagnostics.filter(({ severity }) => severity === "error");
  expect({ title, others: errors.filter(({ code }) => !refusals.includes(code)) }).toEqual({ title, others: [] });
  return true;
}
