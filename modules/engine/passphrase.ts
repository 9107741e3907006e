import { randomBytes, randomUUID } from "node:crypto";
import { link, mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { isErrno } from "../system/files.ts";
import type { Home } from "../system/home.ts";

/**
 * The file with the passphrase of our own backend's secrets: made once, readable by its owner alone. Linked into place, so
 * that two first runs agree on one.
 */
export async function passphraseFile(home: Home): Promise<string> {
  const path = join(home.state.root, "passphrase");
  await mkdir(home.state.root, { recursive: true });
  const draft = `${path}.${randomUUID()}`;
  try {
    await writeFile(draft, randomBytes(32).toString("base64url"), { mode: 0o600, flush: true });
    await link(draft, path);
  } catch (error) {
    if (!isErrno(error, "EEXIST")) throw error;
  } finally {
    await rm(draft, { force: true });
  }
  return path;
}
