import { afterAll, describe, expect, it } from "@jest/globals";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { homeFrom } from "../../modules/system/home.ts";
import { oracleIn } from "../../tools/oracle/install.ts";
import { corpusCases, isRefusal, runConfig } from "../support/conformance-command.ts";
import { casesOf, isInShare } from "../support/conformance-fixtures.ts";
import { generatedCases, generatedRun } from "../support/conformance-generated.ts";
import { isListed, mostListed } from "../support/conformance-listed.ts";
import { shapedCases } from "../support/conformance-shaped.ts";
import { compare, type ConformanceCase, judge, oracleCase, type Verdict } from "../support/conformance.ts";
import * as fixtures from "../support/fixtures/index.ts";
import { testFolder } from "../support/folder.ts";
import { leaveOut, notRun } from "../support/not-run.ts";
import { askOracle, type OracleOutcome } from "../support/oracle.ts";
import { normaliseTemplates } from "../support/oracle-model.ts";
import { readYaml } from "../support/read-yaml.ts";

const oracle = await oracleIn(homeFrom(process.env));
const { runs, seed } = generatedRun(process.env);
/** What is made up is the same as where variables are put in, and printed twice. */
const generated = { runs: Math.ceil(runs / 2), seed };

/** The command itself is asked for this share of the fixtures: it prints what the loader gives. */
const share = 12;

if (!existsSync(oracle.many)) {
  notRun(
    "config --no-interpolate against docker compose",
    "docker compose is not built here; npm test builds it with Go",
  );
} else {
  const counts = { loaded: 0, refused: 0, listed: 0 };

  afterAll(() => {
    process.stdout.write(
      `conformance: config --no-interpolate prints the YAML and the JSON of docker compose 5.5.0 for ${counts.loaded} cases and files, ` +
        `those made up of seed ${generated.seed}; ${counts.refused} are refused by both; ${counts.listed} listed\n`,
    );
  });

  const differences = async (
    cases: readonly ConformanceCase[],
    verdictOf: (one: ConformanceCase, theirs: OracleOutcome) => Verdict | Promise<Verdict> = compare,
    options: readonly string[] = [],
  ): Promise<readonly string[]> => {
    const templates = cases.map((one): ConformanceCase => ({ ...one, templates: true }));
    const asked = templates.map(oracleCase).map((one) => ({ ...one, args: [...one.args, ...options] }));
    const outcomes = await askOracle(oracle.many, asked);
    const found: string[] = [];
    for (const [index, one] of templates.entries()) {
      const outcome = outcomes[index];
      if (outcome === undefined) throw new Error(`${one.title}: there is no outcome`);
      const problem = problemOf(one, await verdictOf(one, outcome));
      if (problem !== undefined) found.push(`${one.title}: ${problem}`);
    }
    return found;
  };

  /** Undefined where the verdict is one that may be. */
  const problemOf = (one: ConformanceCase, verdict: Verdict): string | undefined => {
    if (verdict.kind === "different" && !isListed(verdict, one, "templates")) return verdict.what;
    counts[verdict.kind === "loaded" ? "loaded" : verdict.kind === "different" ? "listed" : "refused"] += 1;
    return undefined;
  };

  const expectFewListed = async (cases: readonly ConformanceCase[]): Promise<void> => {
    const before = counts.listed;
    expect(await differences(cases)).toEqual([]);
    expect((counts.listed - before) / cases.length).toBeLessThan(mostListed.templates);
  };

  describe("without interpolation, a stack file is printed as docker compose prints it", () => {
    it("of our fixtures", async () => {
      await using folder = await testFolder();
      expect(await differences(casesOf(fixtures, join(folder.path, "shop")))).toEqual([]);
    }, 600_000);

    it(`${generated.runs} generated cases of seed ${generated.seed}`, async () => {
      await using folder = await testFolder();
      await expectFewListed(generatedCases(join(folder.path, "shop"), generated));
    }, 600_000);

    it(`${generated.runs} cases of the key tables, of seed ${generated.seed}`, async () => {
      await using folder = await testFolder();
      await expectFewListed(shapedCases(join(folder.path, "shop"), generated));
    }, 600_000);

    const files = corpusCases();
    if (files.length === 0) leaveOut("templates in the wild", "no corpora: name a folder with STACKHOUSE_CORPORA");
    else
      it("files that people wrote", async () => {
        expect(await differences(files)).toEqual([]);
      }, 600_000);
  });

  describe("stackhouse config --no-interpolate prints what docker compose prints", () => {
    it.each([
      ["json", (text: string): unknown => JSON.parse(text)],
      ["yaml", readYaml],
    ] as const)(
      "as %s",
      async (format, read) => {
        await using folder = await testFolder();
        const chosen = casesOf(fixtures, join(folder.path, "shop")).filter((one) => isInShare(one, share));
        const printed = async (one: ConformanceCase, theirs: OracleOutcome): Promise<Verdict> => {
          const ran = await runConfig(one, ["--format", format]);
          const { stdout, stderr } = ran;
          if (stdout === "" && !isRefusal(ran)) throw new Error(`${one.title}: it is no refusal: ${stderr}`);
          return judge(
            { ...theirs, stdout: theirs.stdout === "" ? "" : JSON.stringify(read(theirs.stdout)) },
            {
              model: stdout === "" ? undefined : normaliseTemplates(read(stdout)),
              theirModel: normaliseTemplates,
              shown: stderr,
              // The class and the place are compared where the loader is.
              onRefusal: () => ({ kind: "refused", place: "unsaid" }),
            },
          );
        };
        expect(await differences([...chosen, ...corpusCases()], printed, ["--format", format])).toEqual([]);
      },
      600_000,
    );
  });
}
