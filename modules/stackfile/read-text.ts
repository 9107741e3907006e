import { isStackhouseError } from "../base/errors.ts";
import type { LoadPorts } from "./types.ts";

/** A file's text, or why there is none. */
export type TextRead =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "missing" }
  /** It is there. */
  | { readonly kind: "unreadable"; readonly message: string; readonly hint: string | undefined };

/** `shown` is the path as it may be shown. */
export function readText({ readFile }: LoadPorts, path: string, shown = path): TextRead {
  try {
    const text = readFile(path);
    return text === undefined ? { kind: "missing" } : { kind: "text", text };
  } catch (error) {
    if (!isStackhouseError(error)) throw error;
    return { kind: "unreadable", message: error.message.replaceAll(path, () => shown), hint: error.hint };
  }
}
