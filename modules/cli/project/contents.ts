import { missingContents, readContents } from "../../provider/resources/app/contents.ts";
import type { LoadedStackFile } from "./load.ts";

/**
 * What the configs and secrets of a stack file hold, as far as services use them.
 *
 * @throws `stackfile.invalid` with the place of each that cannot be had
 */
export function readLoadedContents({ contents, refuse }: LoadedStackFile): Readonly<Record<string, Buffer>> {
  const { known, failures } = readContents(contents, advice);
  if (failures.length > 0) throw refuse(failures);
  return known;
}

/** The warnings of a stack file, with those of what its configs and secrets hold and cannot be had: `up` would refuse it. */
export function warningsWithContents(loaded: LoadedStackFile): Pick<LoadedStackFile, "warnings" | "diagnostics"> {
  const missing = missingContents(loaded.contents, advice);
  return missing.length === 0 ? loaded : loaded.warn(missing);
}

function advice(name: string): string {
  return `set it in the shell, in .env or an env file, or with --set ${name}=…`;
}
