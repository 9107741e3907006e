import { readFileSync } from "node:fs";
import type { Content } from "../../../stackfile/contents.ts";
import type { Diagnostic } from "../../../stackfile/types.ts";
import { isUnknown } from "../../../stackfile/unknown.ts";
import { findFile } from "../../../system/text-file.ts";

/** Contents of configs and secrets by `configs/NAME` or `secrets/NAME`. */
export interface Contents {
  readonly known: Readonly<Record<string, Buffer>>;
  readonly unknown: ReadonlySet<string>;
  /** At the places of the stack file that name what cannot be had. */
  readonly failures: readonly Diagnostic[];
}

type Found<T> = { readonly kind: "found"; readonly what: T | Buffer } | { readonly kind: "unknown" } | Missing;

interface Missing {
  readonly kind: "missing";
  readonly message: string;
  readonly hint?: string;
}

/** Reads what configs and secrets hold, as far as services use them. `adviceFor` says how a variable is given a value. */
export function readContents(contents: readonly Content[], adviceFor: (variable: string) => string): Contents {
  const known: Record<string, Buffer> = {};
  const unknown = new Set<string>();
  const failures: Diagnostic[] = [];
  for (const content of usedOf(contents)) {
    const found = find(content, adviceFor, (path) => readFileSync(path));
    switch (found.kind) {
      case "found":
        known[content.key] = found.what;
        break;
      case "unknown":
        unknown.add(content.key);
        break;
      case "missing":
        failures.push(findingOf(found, content));
        break;
    }
  }
  return { known, unknown, failures };
}

/** The failures of `readContents`, without reading any file. */
export function missingContents(
  contents: readonly Content[],
  adviceFor: (variable: string) => string,
): readonly Diagnostic[] {
  return usedOf(contents).flatMap((content) => {
    const found = find(content, adviceFor, () => undefined);
    return found.kind === "missing" ? [findingOf(found, content)] : [];
  });
}

function usedOf(contents: readonly Content[]): readonly Content[] {
  return contents.filter(({ services }) => services.length > 0);
}

function findingOf({ message, hint }: Missing, { key, place }: Content): Diagnostic {
  const finding = {
    severity: "error",
    code: "content-missing",
    message: `${key.replace("/", ".")}: ${message}`,
  } as const;
  return { ...finding, ...(hint === undefined ? {} : { hint }), ...place };
}

/** `take` is what is done with a file that can be read. */
function find<T>(
  { source, held, shown }: Content,
  adviceFor: (variable: string) => string,
  take: (path: string) => T,
): Found<T> {
  switch (source.kind) {
    case "content":
      return bytesOf(source.text);
    case "file":
      return isUnknown(source.path) ? { kind: "unknown" } : takeFile(source.path, shown, take);
    case "environment":
      if (isUnknown(source.name)) return { kind: "unknown" };
      if (held !== undefined) return bytesOf(held);
      return {
        kind: "missing",
        message: `there is no variable ${shown}`,
        hint: adviceFor(shown),
      };
  }
}

function bytesOf(text: string): Found<never> {
  return isUnknown(text) ? { kind: "unknown" } : { kind: "found", what: Buffer.from(text) };
}

function takeFile<T>(path: string, shown: string, take: (path: string) => T): Found<T> {
  const found = findFile(path);
  switch (found.kind) {
    case "missing":
      return { kind: "missing", message: `there is no file ${shown}` };
    case "unreadable":
      return { kind: "missing", message: `${shown} cannot be read: ${found.why}` };
    case "file":
      return { kind: "found", what: take(path) };
  }
}
