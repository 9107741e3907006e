import type { Path, Place } from "../tree/node.ts";
import { shownValue } from "../tree/within.ts";
import type { Load } from "./context.ts";

/** Files of other machines, as Compose names them: Git repositories and OCI artifacts. */
export function isRemote(path: string): boolean {
  return /^(?:oci:\/\/|git:\/\/|ssh:\/\/|https?:\/\/|git@|github\.com\/)/.test(path);
}

export function reportRemote(path: string, place: Place, at: Path, { diagnostics }: Load): void {
  diagnostics.error(place, at, {
    code: "not-supported",
    message: `"${shownValue(place, path)}" is not supported: a stack file can only take in files of this machine`,
    hint: "copy it here",
  });
}
