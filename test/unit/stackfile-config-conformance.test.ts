import { afterAll, describe, expect, it } from "@jest/globals";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { homeFrom } from "../../modules/system/home.ts";
import { oracleIn } from "../../tools/oracle/install.ts";
import { corpusCases, isRefusal, runConfig } from "../support/conformance-command.ts";
import { casesOf, isInShare } from "../support/conformance-fixtures.ts";
import { crashing, isListed, isRefusedCrash } from "../support/conformance-listed.ts";
import { type ConformanceCase, judge, oracleCase, type Verdict } from "../support/conformance.ts";
import * as fixtures from "../support/fixtures/index.ts";
import { testFolder } from "../support/folder.ts";
import { notRun } from "../support/not-run.ts";
import { askOracle, type OracleOutcome } from "../support/oracle.ts";
import {
  normaliseOracle,
  normalisePrinted,
  normalisePrintedYaml,
  normaliseTemplates,
} from "../support/oracle-model.ts";
import { readYaml } from "../support/read-yaml.ts";

const oracle = await oracleIn(homeFrom(process.env));

interface Format {
  readonly name: "json" | "yaml";
  readonly read: (text: string) => unknown;
  readonly normalise: (value: unknown) => unknown;
}

const json: Format = { name: "json", read: (text) => JSON.parse(text) as unknown, normalise: normalisePrinted };
const yaml: Format = { name: "yaml", read: readYaml, normalise: normalisePrintedYaml };

/** Of the fixtures, this share is compared as YAML, too; beside it, what is in YAML alone. */
const share = 6;

/** What docker compose prints as YAML and the reader of these tests reads in another way than Go: blocks that begin with an empty line, rare ends of lines, bytes. */
function isReadOtherwise(title: string): boolean {
  return /^(?:inventedYaml: block scalars|yamlOfGo: (?:binary|ls |ps ))/.test(title);
}

function has(files: ConformanceCase["files"], text: RegExp): boolean {
  return Object.values(files).some((one) => text.test(one));
}

if (!existsSync(oracle.many)) {
  notRun("config against docker compose", "docker compose is not built here; npm test builds it with Go");
} else {
  const counts = { loaded: 0, notRun: 0, refused: 0, listed: 0 };

  afterAll(() => {
    process.stdout.write(
      `conformance: config prints the JSON of docker compose 5.5.0 for ${counts.loaded} cases and files, with errors beside it for ${counts.notRun} of them; ` +
        `${counts.refused} are refused by both; ${counts.listed} listed\n`,
    );
  });

  /** Cases for which the command has no option are left to the loader. */
  const differences = async (cases: readonly ConformanceCase[], format: Format = json): Promise<readonly string[]> => {
    const asked = cases.filter(({ unchecked }) => unchecked === undefined);
    const outcomes = await askOracle(
      oracle.many,
      asked.map(oracleCase).map((one) => ({ ...one, args: [...one.args, "--format", format.name] })),
    );
    const found: string[] = [];
    for (const [index, one] of asked.entries()) {
      const outcome = outcomes[index];
      if (outcome === undefined) throw new Error(`${one.title}: there is no outcome`);
      const problem = problemOf(one, await verdictOf(one, outcome, format));
      if (problem !== undefined) found.push(`${one.title}: ${problem}`);
    }
    return found;
  };

  const verdictOf = async (one: ConformanceCase, theirs: OracleOutcome, format: Format): Promise<Verdict> => {
    const printed = await runConfig(one, ["--format", format.name]);
    const { code, stdout, stderr } = printed;
    if (stdout === "" && !isRefusal(printed)) throw new Error(`${one.title}: it is no refusal: ${stderr}`);
    if (stdout !== "" && code !== 0) {
      expect({ title: one.title, code, stderr }).toMatchObject({
        code: 2,
        stderr: expect.stringContaining("Stackhouse does not run it"),
      });
      counts.notRun += 1;
    }
    const model = stdout === "" ? undefined : format.read(stdout);
    const answer = theirs.stdout === "" ? "" : JSON.stringify(format.read(theirs.stdout));
    return judge(
      { ...theirs, stdout: answer },
      {
        model: model && (one.templates === true ? normaliseTemplates : format.normalise)(model),
        theirModel: one.templates === true ? normaliseTemplates : normaliseOracle,
        shown: stderr,
        // The class and the place are compared where the loader is.
        onRefusal: () => ({ kind: "refused", place: "unsaid" }),
      },
    );
  };

  /** Undefined where the verdict is one that may be. */
  const problemOf = (one: ConformanceCase, verdict: Verdict): string | undefined => {
    if (verdict.kind !== "different") {
      counts[verdict.kind === "loaded" ? "loaded" : "refused"] += 1;
      return undefined;
    }
    if (!isListed(verdict, one, "all") && !(crashing.includes(one.title) && isRefusedCrash(verdict)))
      return verdict.what;
    counts.listed += 1;
    return undefined;
  };

  describe("stackhouse config --format json prints what docker compose prints", () => {
    it.each(Object.entries(fixtures))(
      "of our fixtures: %s",
      async (group, ofGroup) => {
        await using folder = await testFolder();
        expect(await differences(casesOf({ [group]: ofGroup }, join(folder.path, "shop")))).toEqual([]);
      },
      600_000,
    );

    it("of our fixtures, as YAML", async () => {
      await using folder = await testFolder();
      const cases = casesOf(fixtures, join(folder.path, "shop")).filter(
        (one) =>
          one.templates === undefined &&
          (isInShare(one, share) || has(one.files, /^models:/m)) &&
          !isReadOtherwise(one.title),
      );
      expect(await differences(cases, yaml)).toEqual([]);
    }, 600_000);

    const files = corpusCases();
    if (files.length === 0) notRun("config of files in the wild", "no corpora: name a folder with STACKHOUSE_CORPORA");
    else
      it("of files that people wrote", async () => {
        expect(await differences(files)).toEqual([]);
      }, 600_000);
  });
}
