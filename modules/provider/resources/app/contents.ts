import { readFileSync } from "node:fs";
import type { Content } from "../../../stackfile/contents.ts";
import type { Diagnostic } from "../../../stackfile/types.ts";
import { isUnknown } from "../../../stackfile/unknown.ts";
import { isErrno } from "../../../system/files.ts";

/** Contents of configs and secrets by `configs/NAME` or `secrets/NAME`. */
export interface Contents {
  readonly known: Readonly<Record<string, Buffer>>;
  readonly unknown: ReadonlySet<string>;
  /** At the places of the stack file that name what cannot be had. */
  readonly failures: readonly Diagnostic[];
}

type Found =
  | { readonly kind: "bytes"; readonly bytes: Buffer }
  | { readonly kind: "unknown" }
  | { readonly kind: "missing"; readonly message: string; readonly hint?: string };

/** Reads what configs and secrets hold, as far as services use them. `adviceFor` says how a variable is given a value. */
export function readContents(contents: readonly Content[], adviceFor: (variable: string) => string): Contents {
  const known: Record<string, Buffer> = {};
  const unknown = new Set<string>();
  const failures: Diagnostic[] = [];
  for (const content of contents) {
    if (content.services.length === 0) continue;
    const found = read(content, adviceFor);
    switch (found.kind) {
      case "bytes":
        known[content.key] = found.bytes;
        break;
      case "unknown":
        unknown.add(content.key);
        break;
      case "missing": {
        const { message, hint } = found;
        const subject = content.key.replace("/", ".");
        const finding = { severity: "error", code: "content-missing", message: `${subject}: ${message}` } as const;
        failures.push({ ...finding, ...(hint === undefined ? {} : { hint }), ...content.place });
        break;
      }
    }
  }
  return { known, unknown, failures };
}

function read({ source, held, shown }: Content, adviceFor: (variable: string) => string): Found {
  switch (source.kind) {
    case "content":
      return bytesOf(source.text);
    case "file":
      return isUnknown(source.path) ? { kind: "unknown" } : readBytes(source.path, shown);
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

function bytesOf(text: string): Found {
  return isUnknown(text) ? { kind: "unknown" } : { kind: "bytes", bytes: Buffer.from(text) };
}

function readBytes(path: string, shown: string): Found {
  try {
    return { kind: "bytes", bytes: readFileSync(path) };
  } catch (error) {
    if (isErrno(error, "ENOENT")) return { kind: "missing", message: `there is no file ${shown}` };
    if (isErrno(error, "EISDIR")) return { kind: "missing", message: `${shown} is a folder` };
    if (isErrno(error, "EACCES")) return { kind: "missing", message: `${shown} cannot be read by this user` };
    throw error;
  }
}
