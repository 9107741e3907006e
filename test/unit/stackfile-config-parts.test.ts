import { afterAll, describe, expect, it } from "@jest/globals";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { canonicalJson } from "../../modules/stackfile/canonical-json.ts";
import { homeFrom } from "../../modules/system/home.ts";
import { oracleIn } from "../../tools/oracle/install.ts";
import { corpusCases, isRefusal, runConfig } from "../support/conformance-command.ts";
import { casesOf, isInShare } from "../support/conformance-fixtures.ts";
import { crashing } from "../support/conformance-listed.ts";
import { type Part, parts } from "../support/conformance-parts.ts";
import { type ConformanceCase, globalOptions, oracleCase } from "../support/conformance.ts";
import * as fixtures from "../support/fixtures/index.ts";
import { testFolder } from "../support/folder.ts";
import { notRun } from "../support/not-run.ts";
import { askOracle, type OracleOutcome } from "../support/oracle.ts";

const oracle = await oracleIn(homeFrom(process.env));

/** Each part is compared over this share of the fixtures, another one for each; corpora are compared whole. */
const share = 8;

if (!existsSync(oracle.many)) {
  notRun("parts of stack files against docker compose", "docker compose is not built here; npm test builds it with Go");
} else {
  const counts = { equal: 0, refused: 0, notRun: 0, crashed: 0 };

  afterAll(() => {
    process.stdout.write(
      `conformance: names, images, variables and so on that config prints are those of docker compose 5.5.0 in ` +
        `${counts.equal} cases; ${counts.refused} are refused by both as a whole; ${counts.notRun} have no fingerprints, as Stackhouse does not run them; docker compose crashes on ${counts.crashed}\n`,
    );
  });

  describe("what config prints instead of a model is what docker compose prints", () => {
    it.each(Object.entries(parts).map(([name, part], index) => ({ name, part, index })))(
      "$name",
      async ({ part, index }) => {
        await using folder = await testFolder();
        const isChosen = (one: ConformanceCase): boolean =>
          isInShare(one, share, index) || part.listed?.[one.title] !== undefined || crashesOf(part).includes(one.title);
        const cases = [...everyCase(folder.path).filter(isChosen), ...corpusCases()];
        const asked = cases.map((one) => ({
          ...oracleCase(one),
          args: [...globalOptions(one), "config", ...part.options],
        }));
        const outcomes = await askOracle(oracle.many, asked);
        const models = await askOracle(oracle.many, cases.map(oracleCase));
        const different: unknown[] = [];
        for (const [at, one] of cases.entries()) {
          const [outcome, model] = [outcomes[at], models[at]];
          if (outcome === undefined || model === undefined) throw new Error(`${one.title}: there is no outcome`);
          const verdict = await compare(one, part, outcome, model);
          const isListed = part.listed?.[one.title] !== undefined;
          if (isListed !== (verdict !== undefined)) different.push({ title: one.title, isListed, verdict });
        }
        expect(different).toEqual([]);
        const crashed = cases.filter((_, at) => outcomes[at]?.crashed === true).map(({ title }) => title);
        expect(crashed.filter((title) => !crashing.includes(title))).toEqual(crashesOf(part));
      },
      600_000,
    );
  });

  /** Undefined where both say the same. */
  const compare = async (
    one: ConformanceCase,
    part: Part,
    theirs: OracleOutcome,
    model: OracleOutcome,
  ): Promise<unknown> => {
    const ours = await runConfig(one, [
      ...part.options,
      ...(part.options.includes("json") ? [] : ["--format", "json"]),
    ]);
    if (theirs.crashed === true) {
      if (ours.stdout === "" && !isRefusal(ours)) return { is: "no refusal", ours };
      counts.crashed += 1;
      return undefined;
    }
    if (theirs.exit !== 0) {
      if (ours.stdout !== "") return { only: "docker compose refuses it", error: theirs.error };
      if (!isRefusal(ours)) return { is: "no refusal", ours };
      counts.refused += 1;
      return undefined;
    }
    if (ours.stdout === "") {
      if (!isRefusal(ours)) return { is: "no refusal", ours };
      // A list of names is made of a whole model here: docker compose leaves out some of its checks.
      const isWrong = model.exit !== 0;
      const isNotRun = part.ofWhatRuns === true && (await runConfig(one, ["--format", "json"])).stdout !== "";
      if (!isWrong && !isNotRun) return { only: "we refuse it", ours };
      counts[isWrong ? "refused" : "notRun"] += 1;
      return undefined;
    }
    const text = textOf(one);
    const [found, expected] = [part.ours(JSON.parse(ours.stdout), text), part.theirs(theirs.stdout, text)];
    if (canonicalJson(found) !== canonicalJson(expected)) return { found, expected };
    counts.equal += 1;
    return undefined;
  };
}

function crashesOf({ crashes = [] }: Part): readonly string[] {
  return crashes;
}

function textOf({ files, folder, stackFiles }: ConformanceCase): string {
  const texts = Object.values(files);
  return (texts.length > 0 ? texts : stackFiles.map((file) => readFileSync(join(folder, file), "utf8"))).join("\n");
}

/** Groups of faults that docker compose finds at another stage for a part than for a whole model; others are looked at here. */
const ofFaults = ["brokenTemplates", "casts", "extendedFiles", "nestedTemplates", "scalarsOfGo", "templatesOfValues"];

/** Apps as people have them: what `config` itself is asked for, and nothing left out. */
function everyCase(folder: string): readonly ConformanceCase[] {
  const groups = Object.fromEntries(Object.entries(fixtures).filter(([group]) => !ofFaults.includes(group)));
  const cases = casesOf(groups, join(folder, "shop"));
  return cases.filter(
    ({ unchecked, templates, name }) => unchecked === undefined && templates === undefined && name !== null,
  );
}
