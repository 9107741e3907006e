import { parseAllDocuments } from "yaml";
import type { Diagnostic } from "../../modules/stackfile/types.ts";
import { type ConformanceCase, loadCase } from "./conformance.ts";

/** More of them is a file that is wrong throughout. */
const most = 12;

/** Docker compose tells one error of several: a case for each that ours tells, with the keys of the others taken away. */
export function aloneCases(cases: readonly ConformanceCase[]): readonly ConformanceCase[] {
  return cases.filter(({ templates, files }) => templates !== true && !hasAnchors(files)).flatMap(aloneOf);
}

/** What has one is in other places, too. */
function hasAnchors(files: ConformanceCase["files"]): boolean {
  return Object.values(files).some((text) => /[\s[{,]&\w/.test(text));
}

function aloneOf(one: ConformanceCase): readonly ConformanceCase[] {
  const errors = errorsOf(one);
  if (errors.length < 2 || errors.length > most || errors.some(({ path }) => path.length === 0)) return [];
  return errors.flatMap((error) => {
    const alone = {
      ...one,
      title: `${one.title}, ${error.code} at ${error.path.join(".")} alone`,
      files: left(one, error, errors),
    };
    const [found, ...others] = errorsOf(alone);
    // Some are no errors without another, or are told in another way then.
    return found !== undefined && others.length === 0 && isSame(found, error) ? [alone] : [];
  });
}

function errorsOf(one: ConformanceCase): readonly Diagnostic[] {
  return loadCase(one).diagnostics.filter(({ severity }) => severity === "error");
}

function isSame(a: Diagnostic, b: Diagnostic): boolean {
  return a.code === b.code && a.path.join("\0") === b.path.join("\0");
}

/** The files without what else is wrong in them. */
function left({ files }: ConformanceCase, error: Diagnostic, errors: readonly Diagnostic[]): ConformanceCase["files"] {
  const others = errors.filter((other) => other !== error);
  return Object.fromEntries(
    Object.entries(files).map(([name, text]) => [name, /\.ya?ml$/.test(name) ? without(text, error, others) : text]),
  );
}

function without(text: string, error: Diagnostic, others: readonly Diagnostic[]): string {
  const documents = parseAllDocuments(text, { uniqueKeys: false, logLevel: "silent" });
  if (!Array.isArray(documents)) return text;
  for (const document of documents)
    for (const other of others) {
      const path = keyOf(other);
      const isInIt = path.every((part, index) => error.path[index] === part);
      const gone = isInIt ? other.path : path;
      if (document.hasIn(gone)) document.deleteIn(gone);
    }
  return documents.map((document) => document.toString({ lineWidth: 0 })).join("---\n");
}

/** The key of a service, or the entry of another section, that an error is in. */
function keyOf({ path }: Diagnostic): Diagnostic["path"] {
  return path.slice(0, path[0] === "services" ? 3 : 2);
}
