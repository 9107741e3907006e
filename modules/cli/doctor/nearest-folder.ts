import { stat } from "node:fs/promises";
import { dirname } from "node:path";

/** The folder itself, or its nearest ancestor that exists. */
export async function nearestFolder(path: string): Promise<string> {
  try {
    if ((await stat(path)).isDirectory()) return path;
  } catch {
    // Not there yet: its parent tells.
  }
  const parent = dirname(path);
  return parent === path ? path : nearestFolder(parent);
}
