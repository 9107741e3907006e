import { parseDocument } from "yaml";
import { readFileIfPresent, writeFileAtomic } from "../system/files.ts";

/** What the engine says of a salt that another passphrase made. */
export const wrongPassphrase = /incorrect passphrase/u;

function holdsSecret(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  return Object.entries(value).some(([key, inner]) => key === "secure" || holdsSecret(inner));
}

/**
 * Removes the salt that a `Pulumi.<stack>.yaml` holds from a backend that is no more, where no value in the file is encrypted
 * with it: the engine makes a new one. Tells whether it did.
 */
export async function removeUnusedSalt(path: string): Promise<boolean> {
  const text = await readFileIfPresent(path);
  if (text === undefined) return false;
  const settings = parseDocument(text);
  if (!settings.has("encryptionsalt") || holdsSecret(settings.toJS())) return false;
  settings.delete("encryptionsalt");
  await writeFileAtomic(path, settings.toString());
  return true;
}
