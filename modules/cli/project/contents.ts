import { readContents } from "../../provider/resources/app/contents.ts";
import type { LoadedStackFile } from "./load.ts";

/**
 * What the configs and secrets of a stack file hold, as far as services use them.
 *
 * @throws `stackfile.invalid` with the place of each that cannot be had
 */
export function readLoadedContents({ contents, refuse }: LoadedStackFile): Readonly<Record<string, Buffer>> {
  const { known, failures } = readContents(
    contents,
    (name) => `set it in the shell, in .env or an env file, or with --set ${name}=…`,
  );
  if (failures.length > 0) throw refuse(failures);
  return known;
}
