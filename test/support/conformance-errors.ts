import type { Diagnostic } from "../../modules/stackfile/types.ts";
import { isOfClass, type OracleFinding, type OraclePlace } from "./oracle-errors.ts";

/** What is said of the places of errors. */
export interface Circumstances {
  /** Whether an error is where a path leads: a value may have several of them, and what is wrong with it is told once. */
  readonly standsAt: (error: Diagnostic, path: string, where: "there" | "below") => boolean;
  /** The text of a file, where it is no other than the case's. */
  readonly textOf: (path: string) => string | undefined;
  /** Where relative paths begin. */
  readonly folder: string;
  /** A text with the values of variables. */
  readonly expanded: (text: string) => string;
  /** Whom a service waits for. */
  readonly waitsFor: (service: string) => readonly string[];
}

/** Whether our errors have one of the same class in each place that docker compose names. */
export function isFound(
  { class: about, place }: OracleFinding,
  errors: readonly Diagnostic[],
  circumstances: Circumstances,
): boolean {
  const alike = errors.filter((error) => isOfClass(error.code, about) || isMeantFor(error, about, place));
  if (place.kind !== "at") return alike.some((error) => isIn(error, place, circumstances));
  return place.places.every((ways) =>
    alike.some((error) => isMeantFor(error, about, place) || ways.some((path) => isAt(error, path, circumstances))),
  );
}

/** An unknown key stands for the one that is lacking in its map: one fault is told once. */
function isMeantFor({ code, path }: Diagnostic, about: OracleFinding["class"], place: OraclePlace): boolean {
  if (code !== "unknown-key" || !["missing-key", "lacking"].includes(about)) return false;
  const map = path.slice(0, -1).join(".");
  return place.kind === "below"
    ? map === place.path
    : place.kind === "at" && place.places.some((ways) => ways.some((way) => patternOf(way).test(map)));
}

function isIn(error: Diagnostic, place: Exclude<OraclePlace, { kind: "at" }>, circumstances: Circumstances): boolean {
  switch (place.kind) {
    case "below":
      return isBelow(error, place.path, circumstances);
    case "lines":
      return (
        isFile(error.file, place.file) && (place.lines === undefined || overlaps(place.lines, error, circumstances))
      );
    case "ring":
      return (
        place.ways.some((path) => isAt(error, path, circumstances)) ||
        isRingBeside(pathText(error), place.services, circumstances)
      );
    case "quoted":
      return error.file === place.text || quotes(error, place.text, circumstances);
    case "unsaid":
      return true;
  }
}

/** What a variable holds is not shown, and a path with one is as it was written. */
function quotes({ message }: Diagnostic, text: string, { expanded, folder }: Circumstances): boolean {
  const known = expanded(message);
  const inFolder = text.startsWith(`${folder}/`) ? [text, ` file ${text.slice(folder.length + 1)} `] : [text];
  return inFolder.some((part) => message.includes(part) || known.includes(part));
}

/**
 * Of several rings of services that all wait for each other either tells one: docker compose the first that it comes upon, in the order of a Go
 * map, which is none.
 */
function isRingBeside(ours: string, ring: readonly string[], { waitsFor }: Circumstances): boolean {
  const isRing = ring.every((name, index) => index === 0 || waitsFor(ring[index - 1] ?? "").includes(name));
  const [, service = "", , other = ""] = /^services\.([^.]+)\.(depends_on)\.([^.]+)$/.exec(ours) ?? [];
  const [first = ""] = ring;
  return (
    isRing && waitsFor(service).includes(other) && reaches(first, service, waitsFor) && reaches(other, first, waitsFor)
  );
}

function reaches(from: string, to: string, waitsFor: Circumstances["waitsFor"]): boolean {
  const seen = new Set([from]);
  // What is added on the way is visited, too.
  for (const name of seen) for (const next of waitsFor(name)) seen.add(next);
  return seen.has(to);
}

/** What either finds may be of several lines. To docker compose a value begins with its anchor and its tag, to ours behind them. */
function overlaps([first, last]: readonly [number, number], error: Diagnostic, { textOf }: Circumstances): boolean {
  const lines = textOf(error.file)?.split("\n") ?? [];
  const text = lines.slice(error.line - 1).join("\n");
  const found = text.slice(error.column - 1, error.column - 1 + error.length);
  const before = [...lines.slice(0, error.line - 1), text.slice(0, error.column - 1)].join("\n");
  const [properties = ""] = /(?:[&!]\S*\s+)*$/.exec(before) ?? [];
  return first <= error.line + breaksIn(found) && error.line - breaksIn(properties) <= last;
}

function breaksIn(text: string): number {
  return text.split("\n").length - 1;
}

function isBelow(error: Diagnostic, theirs: string, { standsAt }: Circumstances): boolean {
  const ours = pathText(error);
  return ours === theirs || ours.startsWith(`${theirs}.`) || standsAt(error, theirs, "below");
}

function isAt(error: Diagnostic, path: string, { standsAt }: Circumstances): boolean {
  return patternOf(path).test(pathText(error)) || isTemplateOf(error, path) || standsAt(error, path, "there");
}

/** Our path has the template of a key that was an item of a list, and docker compose's has what variables made of it. */
function isTemplateOf({ path: ours }: Diagnostic, path: string): boolean {
  const parts = ours.map(String);
  if (!parts.some((part) => part.includes("$"))) return false;
  const anyKey = parts.map((part) => (part.includes("$") ? ".+" : escaped(part)));
  return new RegExp(`^${anyKey.join(String.raw`\.`)}$`, "u").test(path);
}

/** `*` is any index, `**` any name. */
function patternOf(path: string): RegExp {
  const parts = path.split(".").map((part) => wildcards[part] ?? escaped(part));
  return new RegExp(`^${parts.join(String.raw`\.`)}$`, "u");
}

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, String.raw`\$&`);
}

const wildcards: Readonly<Record<string, string>> = { "*": String.raw`\d+`, "**": ".+" };

function pathText({ path }: Diagnostic): string {
  return path.join(".");
}

/** Docker compose names a file as it was given, or absolute. */
function isFile(ours: string, theirs: string): boolean {
  return ours === theirs || ours.endsWith(`/${theirs.replace(/^\.\//, "")}`);
}
