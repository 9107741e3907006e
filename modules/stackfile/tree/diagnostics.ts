import type { Path, Place } from "./node.ts";
import { PathSet } from "./path-set.ts";
import { shortSentence } from "./short.ts";
import { shownValue } from "./within.ts";
import type { Diagnostic } from "../types.ts";

/** A problem with a stack file, before it is given its place. */
export interface Finding {
  /** Stable, machine-readable, as in `unknown-key`. */
  readonly code: DiagnosticCode;
  readonly message: string;
  readonly hint?: string | undefined;
  /** The key or value that most likely was meant. It is the hint where there is no other. */
  readonly suggestion?: string | undefined;
  /** What it was concluded from, where that is more than what stands at its place: it says nothing where something is wrong there. */
  readonly from?: readonly Path[] | undefined;
  /** The same of a file: it says nothing where a part of that is not YAML. */
  readonly fromFile?: string | undefined;
  /** It is about a file of one service: nothing in the stack file is doubtful for it. */
  readonly isApart?: boolean | undefined;
}

/** A key that a map lacks. */
export interface Lack {
  /** Any of them would do. */
  readonly keys: readonly string[];
  readonly message: string;
}

/** Every code of a warning; some are of errors, too. */
export const warningCodes = [
  "empty-file",
  "no-services",
  "duplicate",
  "unset-variable",
  "unset-in-env-file",
  "cut-command",
  "altered-value",
  "floating-tag",
  "obsolete",
  "no-effect",
  "too-many",
] as const;

type WarningCode = (typeof warningCodes)[number];

/** What is right and may not be what was meant. */
export interface Warning extends Finding {
  readonly code: WarningCode;
}

/** Why a file that was named is not read: it is not there, or there and one of these. */
export type FileCode =
  "file-missing" | "file-is-folder" | "file-not-allowed" | "file-link-loop" | "file-not-text" | "file-unreadable";

/** Every code that the loader gives. */
export type DiagnosticCode =
  | WarningCode
  | FileCode
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

/** What is told of each variable of a text. */
const isOfVariable: ReadonlySet<DiagnosticCode> = new Set(["unset-variable", "unset-in-env-file"]);

/**
 * Collects findings while the stages run, so that a user sees several at once. One fault is one error: what follows from it is left
 * out, which is why a stage may go on with what is left of a tree.
 */
export class Diagnostics {
  readonly #found: Readonly<Record<Diagnostic["severity"], Diagnostic[]>> = { error: [], warning: [] };
  readonly #seen = new Set<string>();
  /** Kinds of findings by their places. */
  readonly #kinds = new Set<string>();
  /** The paths of errors, and of maps that lack a key. */
  readonly #wrong = new PathSet();
  /** The paths of errors alone: what is in a map that lacks something is there. */
  readonly #wrongItself = new PathSet();
  /** Files of which a part is no YAML. */
  readonly #halfRead = new Set<string>();
  /** The paths of the errors about a stretch of text. */
  readonly #wrongText = new Map<string, PathSet>();
  readonly #lacking = new Map<string, Lacking>();
  /** What the unknown keys of a map were meant for. */
  readonly #unknownKeys = new Map<string, Meant[]>();
  /** The place of the first that was left out, since there are too many. */
  readonly #leftOut: Partial<Record<Diagnostic["severity"], Place>> = {};
  #errors = 0;

  error(place: Place, path: Path, finding: Finding): void {
    const { from = [], fromFile = "" } = finding;
    if (from.some((other) => this.isDoubtful(other)) || this.#halfRead.has(fromFile)) return;
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
    const lacking = [...this.#lacking.values()].flatMap((lacking) => this.#told(lacking) ?? []);
    const errors = sorted([...lacking, ...this.#found.error]);
    return [
      ...errors.slice(0, most),
      ...this.#more("error", errors[most]),
      ...sorted(this.#found.warning),
      ...this.#more("warning"),
    ];
  }

  /** True when nobody will read any more of them. They still count. */
  isFull(severity: Diagnostic["severity"]): boolean {
    return this.#found[severity].length >= most;
  }

  /** False when there are so many errors that nobody looks at what may have been meant; guessing costs more than finding. */
  get takesGuesses(): boolean {
    return this.#errors < mostGuesses;
  }

  /** Reports that a map lacks a key. */
  missing(place: Place, path: Path, key: string): void {
    this.lacks(place, path, { keys: [key], message: needs(path, [key]) });
  }

  /**
   * Reports that a map has none of some keys. One that was given and is wrong was reported, and is lacking for that; one that is unknown
   * may have been meant for what is lacking.
   */
  lacks(place: Place, path: Path, lack: Lack): void {
    if (lack.keys.some((key) => this.hasErrorAt([...path, key]))) return;
    if (this.isFull("error") || this.#lacking.size >= most) {
      this.#leaveOut("error", place);
      return;
    }
    const identity = identityOf(place, [joined(path)]);
    const known = this.#lacking.get(identity);
    if (known?.lacks.some(({ message }) => message === lack.message) === true) return;
    this.#wrong.add(path);
    if (known === undefined) this.#errors++;
    this.#lacking.set(identity, { place, path, lacks: [...(known?.lacks ?? []), lack] });
  }

  /** Whether something of this kind was said of a place, by whatever path that was. */
  hasTold(place: Place, code: DiagnosticCode): boolean {
    return this.#kinds.has(identityOf(place, [code]));
  }

  /** Whether something is wrong at a path, or below it. */
  hasErrorAt(path: Path): boolean {
    return this.#wrong.around(path).isAtOrAbove;
  }

  /** Whether something is wrong at a path, below it, or with what it lies in: then it may be there, or be another one. */
  isDoubtful(path: Path): boolean {
    return this.hasErrorAt(path) || this.#wrongItself.around(path).isBelow;
  }

  #add(severity: Diagnostic["severity"], place: Place, path: Path, finding: Finding): void {
    if (this.isFull(severity)) {
      this.#leaveOut(severity, place);
      return;
    }
    const { code, message, suggestion } = finding;
    // One anchor used for ten services is one finding, and for two keys of each two; a text that names two variables without a value is two.
    const identity = identityOf(place, [code, isOfVariable.has(code) ? message : "", ...keysBelow(path)]);
    this.#kinds.add(identityOf(place, [code]));
    if (severity === "error") {
      if (this.#isFollowOn(place, path)) return;
      if (finding.isApart !== true) {
        this.#wrong.add(path);
        this.#wrongItself.add(path);
      }
      if (code === "yaml" || code === "yaml-alias") this.#halfRead.add(place.source.file);
      if (code === "unknown-key") this.#noteUnknownKey(path, suggestion);
    }
    if (this.#seen.has(identity)) return;
    this.#seen.add(identity);
    if (severity === "error") this.#errors++;
    this.#found[severity].push(diagnosticOf(severity, place, path, finding));
  }

  /** What was said of a text first is what is wrong with it: a later stage sees but what is left of it. */
  #isFollowOn(place: Place, path: Path): boolean {
    const text = [place.source.file, place.start, place.end].join("\0");
    const earlier = this.#wrongText.get(text) ?? new PathSet();
    const { isBelow, isAtOrAbove } = earlier.around(path);
    if (isBelow || isAtOrAbove) return true;
    earlier.add(path);
    this.#wrongText.set(text, earlier);
    return false;
  }

  #noteUnknownKey(path: Path, suggestion: string | undefined): void {
    const map = joined(path.slice(0, -1));
    const meant =
      suggestion === undefined
        ? ({ kind: this.takesGuesses ? "none" : "not-guessed" } as const)
        : ({ kind: "key", key: suggestion } as const);
    const others = this.#unknownKeys.get(map);
    if (others === undefined) this.#unknownKeys.set(map, [meant]);
    else others.push(meant);
  }

  #told({ place, path, lacks }: Lacking): Diagnostic | undefined {
    const unknown = this.#unknownKeys.get(joined(path)) ?? [];
    const [first, ...others] = lacks.filter((lack) => !unknown.some((meant) => mayBe(meant, lack)));
    if (first === undefined) return undefined;
    const message =
      others.length === 0
        ? first.message
        : needs(
            path,
            [first, ...others].map(({ keys }) => keys.join(" or ")),
          );
    return diagnosticOf("error", place, path, { code: "missing-key", message });
  }

  #leaveOut(severity: Diagnostic["severity"], place: Place): void {
    this.#leftOut[severity] ??= place;
    if (severity === "error") this.#errors++;
  }

  /** `beyond` is what was noted, and is one too many. */
  #more(severity: Diagnostic["severity"], beyond?: Diagnostic): readonly Diagnostic[] {
    const place = this.#leftOut[severity];
    const message = `there are more than ${most} ${severity}s: this is the place of the first that is not told`;
    const hint = "mend those that are told, then look again";
    const finding = { code: "too-many", message, hint } as const;
    if (beyond !== undefined) {
      const { file, line, column, length } = beyond;
      return [{ severity, ...finding, file, line, column, length, path: [] }];
    }
    return place === undefined ? [] : [diagnosticOf(severity, place, [], finding)];
  }
}

/** What one map lacks. */
interface Lacking {
  readonly place: Place;
  readonly path: Path;
  readonly lacks: readonly Lack[];
}

/** What an unknown key was meant for: another one, or none that is near to it. */
type Meant = { readonly kind: "key"; readonly key: string } | { readonly kind: "none" | "not-guessed" };

/** Whether an unknown key stands for what a map lacks, so that both are one fault. */
function mayBe(meant: Meant, { keys }: Lack): boolean {
  switch (meant.kind) {
    case "key":
      return keys.includes(meant.key);
    case "none":
      // Where any of several keys would do, it is taken for one more of them. A key that is needed by its name is lacking all the same.
      return keys.length > 1;
    case "not-guessed":
      return true;
  }
}

function diagnosticOf(
  severity: Diagnostic["severity"],
  place: Place,
  path: Path,
  { code, message, hint: given, suggestion }: Finding,
): Diagnostic {
  const { line, column } = place.source.position(place.start);
  const subject = path.reduce<number>((length, part) => length + String(part).length + 1, 0);
  const hint = given ?? (suggestion === undefined ? undefined : `did you mean "${suggestion}"?`);
  return {
    severity,
    code,
    message: shortSentence(message, subject),
    ...(hint === undefined ? {} : { hint: shortSentence(hint, subject) }),
    ...(suggestion === undefined ? {} : { suggestion }),
    file: place.source.file,
    line,
    column,
    length: Math.max(1, place.end - place.start),
    path: shownPath(place, path),
  };
}

/** A key that was an item of a list is a value, which people are not always shown. */
function shownPath(place: Place, path: Path): Path {
  const at = place.key === undefined ? -1 : path.lastIndexOf(place.key);
  return at === -1 || place.key === undefined ? path : path.with(at, shownValue(place, place.key));
}

function needs(path: Path, keys: readonly string[]): string {
  return `${printPath(path)} needs ${keys.map((key) => `"${key}"`).join(" and ")}`;
}

/** The keys of a path below an entry of a section, which anchors are used for again and again. */
function keysBelow(path: Path): readonly string[] {
  return path.slice(2).filter((part) => typeof part === "string");
}

function joined(path: Path): string {
  return path.join("\0");
}

function identityOf({ source, start }: Place, parts: readonly string[]): string {
  return [source.file, start, ...parts].join("\0");
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Paths of Compose's own keys are shorter; what is longer is in values of one's own. */
const mostParts = 20;

const longestPart = 80;

/** A path as people write it: `services.web.ports[0]`. Of one that fills a screen, its ends. */
export function printPath(path: Path): string {
  const end = mostParts / 2;
  const shown = path.length > mostParts ? [...path.slice(0, end), "…", ...path.slice(-end)] : path;
  return shown.reduce<string>((text, part) => {
    if (typeof part === "number") return `${text}[${part}]`;
    const name = part.length > longestPart ? `${part.slice(0, longestPart)}…` : part;
    return text === "" ? name : `${text}.${name}`;
  }, "");
}
