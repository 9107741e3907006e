import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { builtinSettingsSchema, type BuiltinSettings } from "../../builtin-program/settings.ts";
import { isErrno, readFileIfPresent, writeFileAtomic } from "../../system/files.ts";
import type { Home } from "../../system/home.ts";

/** An app of the built-in program and the Pulumi stack that it is in. */
export interface BuiltinId {
  readonly app: string;
  readonly stack: string;
}

/** The folder of the built-in program's settings and Pulumi project for an app. */
export function builtinFolder(home: Home, app: string): string {
  return join(home.state.projects, app);
}

const suffix = ".settings.json";
/** All of an app lie side by side: the slashes of `acme/dev` lead to no folder of its own. */
const settingsFile = (home: Home, { app, stack }: BuiltinId): string =>
  join(builtinFolder(home, app), `${encodeURIComponent(stack)}${suffix}`);

/** What the last `up` was told; undefined where there was none, or its record is damaged. */
export async function readSettings(home: Home, id: BuiltinId): Promise<BuiltinSettings | undefined> {
  const text = await readFileIfPresent(settingsFile(home, id));
  if (text === undefined) return undefined;
  try {
    return builtinSettingsSchema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

export async function writeSettings(home: Home, id: BuiltinId, settings: BuiltinSettings): Promise<void> {
  await writeFileAtomic(settingsFile(home, id), `${JSON.stringify(settings, undefined, 2)}\n`, 0o600);
}

/** Forgets an app, and its folder when no other Pulumi stack has it. */
export async function removeSettings(home: Home, id: BuiltinId): Promise<void> {
  await rm(settingsFile(home, id), { force: true });
  const folder = builtinFolder(home, id.app);
  const left = await readdir(folder).catch(() => []);
  if (!left.some((name) => name.endsWith(suffix))) await rm(folder, { recursive: true, force: true });
}

/** An app that some `up` made, and what that was told. */
export interface RememberedApp {
  readonly app: string;
  readonly settings: BuiltinSettings;
}

/** Apps that some `up` made of exactly these stack files, in this Pulumi stack. */
export async function appsOf(home: Home, files: readonly string[], stack: string): Promise<readonly RememberedApp[]> {
  const found: RememberedApp[] = [];
  for (const app of await folders(home.state.projects)) {
    const settings = await readSettings(home, { app, stack });
    if (settings !== undefined && settings.files.join("\0") === files.join("\0")) found.push({ app, settings });
  }
  return found.sort((a, b) => (a.app < b.app ? -1 : 1));
}

async function folders(parent: string): Promise<readonly string[]> {
  try {
    const entries = await readdir(parent, { withFileTypes: true });
    return entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  } catch (error) {
    if (isErrno(error, "ENOENT")) return [];
    throw error;
  }
}
