import type { Path, Place } from "./node.ts";
import type { Diagnostic } from "../types.ts";

/** A problem with a stack file, before it is given its place. */
export interface Finding {
  /** Stable, machine-readable, as in `unknown-key`. */
  readonly code: DiagnosticCode;
  readonly message: string;
  readonly hint?: string | undefined;
  /** The key or value that most likely was meant. It is the hint where there is no other. */
  readonly suggestion?: string | undefined;
}

/** Every code of a warning; some are of errors, too. */
export const warningCodes = [
  "empty-file",
  "no-services",
  "duplicate",
  "unset-variable",
  "cut-command",
  "altered-value",
  "floating-tag",
  "obsolete",
  "no-effect",
] as const;

type WarningCode = (typeof warningCodes)[number];

/** What is right and may not be what was meant. */
export interface Warning extends Finding {
  readonly code: WarningCode;
}

/** Every code that the loader gives. */
export type DiagnosticCode =
  | WarningCode
  | "file-missing"
  | "yaml"
  | "yaml-alias"
  | "unknown-key"
  | "known-later"
  | "local-mount"
  | "not-supported"
  | "wrong-type"
  | "invalid-value"
  | "missing-key"
  | "conflict"
  | "interpolation"
  | "required-variable"
  | "env-file"
  | "undefined-reference"
  | "dependency-cycle"
  | "include-cycle"
  | "extends-cycle"
  | "app-name";

/** Of errors, and of warnings. Far more than fits on a screen; a broken generated file has as many as it has lines. */
const most = 1_000;

const mostGuesses = 100;

/** Findings that one place can have several of, which differ in their message. */
const severalAtOnePlace: ReadonlySet<DiagnosticCode> = new Set(["missing-key", "unset-variable"]);

/** Collects findings while the stages run, so that a user sees several at once. */
export class Diagnostics {
  readonly #found: Readonly<Record<Diagnostic["severity"], Diagnostic[]>> = { error: [], warning: [] };
  readonly #seen = new Set<string>();
  /** Beginnings of the paths of errors. */
  readonly #wrong = new Set<string>();
  #errors = 0;

  error(place: Place, path: Path, finding: Finding): void {
    this.#add("error", place, path, finding);
  }

  warning(place: Place, path: Path, finding: Warning): void {
    this.#add("warning", place, path, finding);
  }

  get errorCount(): number {
    return this.#errors;
  }

  /** In the order of the files and lines, errors before warnings. */
  all(): readonly Diagnostic[] {
    const sorted = (found: readonly Diagnostic[]): readonly Diagnostic[] =>
      found.toSorted((a, b) => compare(a.file, b.file) || a.line - b.line || a.column - b.column);
    return [...sorted(this.#found.error), ...sorted(this.#found.warning)];
  }

  /** True when nobody will read any more of them. They still count. */
  isFull(severity: Diagnostic["severity"]): boolean {
    return this.#found[severity].length >= most;
  }

  /** False when there are so many errors that nobody looks at what may have been meant; guessing costs more than finding. */
  get takesGuesses(): boolean {
    return this.#errors < mostGuesses;
  }

  /** Reports that a map lacks a key. One that was given and is wrong was reported, and is lacking for that. */
  missing(place: Place, path: Path, key: string): void {
    if (this.hasErrorAt([...path, key])) return;
    this.error(place, path, { code: "missing-key", message: `${printPath(path)} needs "${key}"` });
  }

  /** Whether something is wrong at a path, or below it. */
  hasErrorAt(path: Path): boolean {
    return this.#wrong.has(path.join("\0"));
  }

  #add(severity: Diagnostic["severity"], place: Place, path: Path, finding: Finding): void {
    if (this.isFull(severity)) return void (this.#errors += severity === "error" ? 1 : 0);
    const { line, column } = place.source.position(place.start);
    const { code, message, suggestion } = finding;
    const hint = finding.hint ?? (suggestion === undefined ? undefined : `did you mean "${suggestion}"?`);
    // One anchor used ten times is one finding; a map that lacks two keys is two.
    const told = severalAtOnePlace.has(code) ? message : "";
    if (severity === "error") path.forEach((_, index) => this.#wrong.add(path.slice(0, index + 1).join("\0")));
    const identity = [place.source.file, line, column, code, told].join("\0");
    if (this.#seen.has(identity)) return;
    this.#seen.add(identity);
    if (severity === "error") this.#errors++;
    const length = Math.max(1, place.end - place.start);
    this.#found[severity].push({
      severity,
      code,
      message,
      ...(hint === undefined ? {} : { hint }),
      ...(suggestion === undefined ? {} : { suggestion }),
      file: place.source.file,
      line,
      column,
      length,
      path,
    });
  }
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** A path as people write it: `services.web.ports[0]`. */
export function printPath(path: Path): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === "number") return `${text}[${part}]`;
    return text === "" ? part : `${text}.${part}`;
  }, "");
}
