import { formatDiagnostics } from "../../modules/stackfile/format.ts";
import { loadSpecification, loadStackFile } from "../../modules/stackfile/load.ts";
import { own } from "../../modules/stackfile/own.ts";
import type { Model } from "../../modules/stackfile/model.ts";
import type { LoadInput, LoadPorts, LoadResult } from "../../modules/stackfile/types.ts";

export interface StackFiles {
  /** Texts by path; a relative one lies in `/shop`. */
  readonly files: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: Partial<LoadInput>;
}

/** Loads stack files that exist in memory only. `compose.yaml` is the one to load where the input names none. */
export function load(files: string | StackFiles): LoadResult {
  return loadStackFile(...loading(files));
}

/** What the specification says that the files mean, whether or not Stackhouse runs it. */
export function loadSpecified(files: string | StackFiles): Readonly<Record<string, unknown>> {
  const { model, diagnostics } = loadSpecification(...loading(files));
  if (model === undefined) throw new Error(formatDiagnostics(diagnostics));
  return model;
}

function loading(files: string | StackFiles): [LoadInput, LoadPorts] {
  const {
    files: texts,
    env = {},
    input = {},
  } = typeof files === "string" ? { files: { "compose.yaml": files } } : files;
  const readFile = (path: string): string | undefined => own(texts, path) ?? own(texts, path.replace(/^\/shop\//, ""));
  return [
    { files: input.inline === undefined ? ["/shop/compose.yaml"] : [], ...input },
    { readFile, env },
  ];
}

/** The model of stack files that have no errors. */
export function loadModel(files: string | StackFiles): Model {
  const { model, diagnostics } = load(files);
  if (model === undefined) throw new Error(formatDiagnostics(diagnostics));
  return model;
}

/** Findings in one line each: `compose.yaml:3:5 error unknown-key: message`. */
export function findings(files: string | StackFiles): readonly string[] {
  return load(files).diagnostics.map(
    ({ file, line, column, severity, code, message }) =>
      `${file.replace(/^\/shop\//, "")}:${line}:${column} ${severity} ${code}: ${message}`,
  );
}
