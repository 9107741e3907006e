import { describe, expect, it } from "@jest/globals";
import { existsSync, globSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import Ajv from "ajv";
import { parse } from "yaml";
import { jsonSchemaOf } from "../../modules/stackfile/json-schema.ts";
import { stackFile } from "../../modules/stackfile/keys/top.ts";
import { loadStackFile } from "../../modules/stackfile/load.ts";
import { modelSchema } from "../../modules/stackfile/model.ts";
import { notRun } from "../support/not-run.ts";

// Files that people have written, kept outside the repository: their licences are their own.
const folder = process.env["STACKHOUSE_CORPORA"] ?? resolve("..", "shared", "corpora");
const files = existsSync(folder) ? globSync("**/*compose*.{yaml,yml}", { cwd: folder }).sort() : [];

/** Errors of what docker compose takes, and an app on a host cannot be. */
const isOfStackhouse: ReadonlySet<string> = new Set(["not-supported", "local-mount"]);

const fits = new Ajv().compile(jsonSchemaOf(stackFile));

if (files.length === 0) {
  notRun("stack files in the wild", `no corpora: name a folder of compose files with STACKHOUSE_CORPORA`);
} else {
  describe("a stack file in the wild", () => {
    it.each(files)("%s loads, or is refused for what does not work on a host", (file) => {
      const path = resolve(folder, file);
      const { model, diagnostics } = loadStackFile(
        { files: [path], name: "app" },
        { readFile, env: { HOME: "/root" } },
      );
      const errors = diagnostics.filter(({ severity }) => severity === "error");
      expect(errors.filter(({ code }) => !isOfStackhouse.has(code))).toEqual([]);
      expect(model === undefined).toBe(errors.length > 0);
      if (model !== undefined) expect(modelSchema.parse(model)).toEqual(model);
    });

    it.each(files)("%s is right for an editor", (file) => {
      const text = readFileSync(resolve(folder, file), "utf8");
      expect({ fits: fits(parse(text, { merge: true })), because: fits.errors }).toEqual({ fits: true, because: null });
    });
  });
}

function readFile(path: string): string | undefined {
  return existsSync(path) ? readFileSync(path, "utf8") : undefined;
}
