import type { Draft, Reporting } from "../stages/draft.ts";
import { nearest } from "../stages/nearest.ts";
import type { Finding, Lack, Warning } from "../tree/diagnostics.ts";
import type { EntryPart, Path } from "../tree/node.ts";
import { shownValue } from "../tree/within.ts";

/** A place to report to, with the model around it. */
export interface Check {
  /** The services of the active profiles. */
  readonly draft: Draft;
  /** The services of all profiles. */
  readonly all: Draft;
  readonly error: (path: Path, finding: Finding) => void;
  readonly lacks: (path: Path, lack: Lack) => void;
  readonly warning: (path: Path, finding: Warning) => void;
  /** The value at a path as it may be shown. */
  readonly shown: (path: Path, value: string) => string;
  /** The hint which of the declared names may have been meant. */
  readonly guess: (name: string, declared: Readonly<Record<string, unknown>> | undefined) => string | undefined;
}

export function checkOf(draft: Draft, all: Draft, at: Reporting): Check {
  return {
    draft,
    all,
    error: (path, finding) => at.diagnostics.error(at.locate(path, partOf(finding)), path, finding),
    lacks: (path, lack) => at.diagnostics.lacks(at.locate(path), path, lack),
    warning: (path, finding) => at.diagnostics.warning(at.locate(path, partOf(finding)), path, finding),
    shown: (path, value) => shownValue(at.locate(path, "value"), value),
    guess: (name, declared = {}) => {
      const found = at.diagnostics.takesGuesses ? nearest(name, Object.keys(declared)) : undefined;
      return found === undefined ? undefined : `did you mean "${found}"?`;
    },
  };
}

/** Where something is declared, if not in a file that could not be included: it may be there where one of these is wrong. */
export function declaredAt(section: string, name: string): readonly Path[] {
  return [[section, name], ["include"]];
}

/** A value is wrong where it stands, a key where it is named. */
function partOf({ code }: Finding): EntryPart {
  return code === "invalid-value" || code === "floating-tag" ? "value" : "key";
}
