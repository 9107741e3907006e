import { isStackhouseError } from "../base/errors.ts";
import { serviceNamesOf } from "../stackfile/names.ts";
import { readTextFile } from "../system/text-file.ts";

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

/** A file that is missing, or is no text, has no services; the provider's check tells what is wrong, and where it was looked for. */
function readText(path: string): string {
  try {
    return readTextFile(path) ?? "";
  } catch (error) {
    if (isStackhouseError(error)) return "";
    throw error;
  }
}
