import { isStackhouseError, type StackhouseError } from "../../base/errors.ts";
import type { FileCode, Finding } from "./diagnostics.ts";
import type { Place } from "./node.ts";
import { UnreadSource } from "./source.ts";
import type { LoadPorts } from "../types.ts";

/** A file's text, or why there is none. */
export type TextRead = { readonly kind: "text"; readonly text: string } | Unread;

export type Unread =
  | { readonly kind: "missing" }
  /** It is there. */
  | {
      readonly kind: "unreadable";
      readonly code: FileCode;
      readonly message: string;
      readonly hint: string | undefined;
      /** What in it is no text. */
      readonly position: { readonly line: number; readonly column: number } | undefined;
    };

/** `shown` is the path as it may be shown. */
export function readText({ readFile }: LoadPorts, path: string, shown = path): TextRead {
  try {
    const text = readFile(path);
    return text === undefined ? { kind: "missing" } : { kind: "text", text };
  } catch (error) {
    if (!isStackhouseError(error)) throw error;
    const { message, hint, data } = error;
    const code = codes.get(data["reason"]) ?? "file-unreadable";
    return {
      kind: "unreadable",
      code,
      message: message.replaceAll(path, () => shown),
      hint,
      position: positionIn(data),
    };
  }
}

/** What `data.reason` of an error says. */
const codes: ReadonlyMap<unknown, FileCode> = new Map([
  ["folder", "file-is-folder"],
  ["not-allowed", "file-not-allowed"],
  ["link-loop", "file-link-loop"],
  ["not-text", "file-not-text"],
]);

function positionIn({ line, column }: StackhouseError["data"]): { line: number; column: number } | undefined {
  return typeof line === "number" && typeof column === "number" ? { line, column } : undefined;
}

/** What is to be said of a file that was not read; `missing` is that where it is not there. */
export function unreadFinding(read: Unread, missing: Pick<Finding, "message" | "hint">): Finding {
  if (read.kind === "missing") return { code: "file-missing", ...missing };
  const { code, message, hint } = read;
  return { code, message, hint };
}

/** The place in a file that was not read, for what nobody names in another file. */
export function unreadPlace(file: string, read: Unread): Place {
  const position = read.kind === "unreadable" ? read.position : undefined;
  return { source: new UnreadSource(file, position), start: 0, end: 0 };
}
