import { Source } from "./tree/source.ts";
import type { Diagnostic } from "./types.ts";

/** Texts of the files that were read, by the names that diagnostics use. A missing one costs the quoted line only. */
export type SourceTexts = Readonly<Record<string, string>>;

const mostShown = 10;

/** Findings about files whose lines may be secrets: none of them is quoted. */
const quotesNothing: ReadonlySet<string> = new Set(["env-file", "unset-in-env-file"]);

/**
 * Diagnostics as people read them, on one screen:
 * ```text
 * compose.yaml:3:5 error unknown key "imge" in services.web
 *   3 |     imge: nginx
 *     |     ^^^^
 *   → did you mean "image"?
 * ```
 */
export function formatDiagnostics(diagnostics: readonly Diagnostic[], sources: SourceTexts = {}): string {
  const groups = sameAtSeveralPlaces(diagnostics);
  const texts = new Map(Object.entries(sources).map(([file, text]) => [file, new Source(file, text)]));
  const shown = groups.slice(0, mostShown);
  const left = groups.slice(mostShown).flat().length;
  const had = diagnostics.some(({ code }) => code === "too-many") ? "these, and not those beyond" : "all";
  return [
    ...shown.map((group) => formatGroup(group, texts)),
    ...(left > 0 ? [`… and ${left} more: stackhouse config --quiet --json has ${had}`] : []),
  ].join("\n");
}

type Group = readonly [Diagnostic, ...Diagnostic[]];

function sameAtSeveralPlaces(diagnostics: readonly Diagnostic[]): readonly Group[] {
  const groups = new Map<string, [Diagnostic, ...Diagnostic[]]>();
  for (const diagnostic of diagnostics) {
    const { severity, code, message, hint = "" } = diagnostic;
    const same = [severity, code, message, hint].join("\0");
    const group = groups.get(same);
    if (group === undefined) groups.set(same, [diagnostic]);
    else group.push(diagnostic);
  }
  return [...groups.values()];
}

const mostPlaces = 5;

/** The first in full; of the others where they are. */
function formatGroup([first, ...others]: Group, texts: ReadonlyMap<string, Source>): string {
  const shown = formatOne(first, texts.get(first.file));
  if (others.length === 0) return shown;
  const places = others
    .slice(0, mostPlaces)
    .map(({ file, line, column }) => `${file === first.file ? "" : `${printable(file)}:`}${line}:${column}`);
  const left = others.length - places.length;
  return `${shown}\n  also at ${places.join(", ")}${left > 0 ? ` and ${left} more` : ""}`;
}

function formatOne(diagnostic: Diagnostic, text: Source | undefined): string {
  const { file, line, column, severity, code, message, hint } = diagnostic;
  const lines = [`${printable(file)}:${line}:${column} ${severity} ${printable(message)}`];
  const source = quotesNothing.has(code) ? undefined : text?.line(line);
  if (source !== undefined && source.trim() !== "") lines.push(...quote(source, diagnostic));
  if (hint !== undefined) lines.push(`  → ${printable(hint)}`);
  return lines.join("\n");
}

/** What moves the cursor, begins a line or turns the direction of what follows. */
const steering = /[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu;

/** What a file says must not steer the terminal. */
export function printable(text: string): string {
  return text.replaceAll(steering, (character) => {
    const code = character.charCodeAt(0).toString(16);
    return code.length > 2 ? `\\u${code.padStart(4, "0")}` : `\\x${code.padStart(2, "0")}`;
  });
}

const widest = 160;

function quote(source: string, { line, column, length }: Diagnostic): readonly string[] {
  // Of a long line, the part around the finding.
  const from = column > widest - 20 ? column - 20 : 0;
  const visible = source.slice(from, from + widest).replaceAll(steering, " ");
  const gutter = String(line);
  const marks = "^".repeat(Math.max(1, Math.min(length, visible.length - (column - 1 - from))));
  return [
    `  ${gutter} | ${visible}`.trimEnd(),
    `  ${" ".repeat(gutter.length)} | ${" ".repeat(Math.max(0, column - 1 - from))}${marks}`,
  ];
}
