import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { messageOf } from "../base/errors.ts";

/** Reads a file of the workstation that a program names, maybe in the folder of the one who runs it: `~/.ssh/id_ed25519`. */
export function readSecretFile(
  file: string,
  refused: (reason: string) => never,
): { readonly path: string; readonly text: string } {
  const path = file.startsWith("~/") ? join(homedir(), file.slice(2)) : file;
  try {
    return { path, text: readFileSync(path, "utf8") };
  } catch (error) {
    return refused(`cannot be read: ${messageOf(error)}`);
  }
}
