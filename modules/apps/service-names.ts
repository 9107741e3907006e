import { readFileSync } from "node:fs";
import { serviceNamesOf } from "../stackfile/names.ts";
import { isErrno } from "../system/files.ts";

/** The services that a stack file names itself, known while the program runs. */
export interface KnownServices {
  readonly names: readonly string[];
  /** False where the stack file includes others, so that there may be more. */
  readonly complete: boolean;
}

export function knownServices(source: {
  /** Absolute. */
  readonly files: readonly string[] | undefined;
  readonly inline: Readonly<Record<string, unknown>> | undefined;
}): KnownServices {
  const stackFiles = source.files?.map(readText) ?? [source.inline ?? {}];
  return {
    names: [...new Set(stackFiles.flatMap((stackFile) => serviceNamesOf(stackFile)))],
    complete: !stackFiles.some(mayInclude),
  };
}

function mayInclude(stackFile: string | Readonly<Record<string, unknown>>): boolean {
  return typeof stackFile === "string" ? /^include\s*:/m.test(stackFile) : "include" in stackFile;
}

/** A file that is missing has no services; the provider's check tells that it is missing, and where it was looked for. */
function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (isErrno(error, "ENOENT") || isErrno(error, "EISDIR") || isErrno(error, "EACCES")) return "";
    throw error;
  }
}
