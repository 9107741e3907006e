/**
 * Paths by hand: pure rooms have no `node:path`. Whose paths they are shows from the folder that they begin in: below one of
 * Windows both kinds of slash part names, below any other a backslash is a character like others.
 */

/** On a drive or a share. */
function isWindows(path: string): boolean {
  return path.startsWith("\\\\") || /^[a-zA-Z]:[\\/]/.test(path);
}

function partsOf(path: string, isOfWindows: boolean): readonly string[] {
  return path.split(isOfWindows ? /[\\/]/ : "/").filter((part) => part !== "");
}

/** Absolute on some machine: what a host of another system has. */
export function isAbsoluteAnywhere(path: string): boolean {
  return path.startsWith("/") || isWindows(path);
}

/** Whether a path is one by itself, and not one below this folder. */
export function isAbsolute(path: string, folder: string): boolean {
  return path.startsWith("/") || (isWindows(folder) && isWindows(path));
}

/** A path below a folder. The folder may be relative itself; the result is without `.`, and `..` only stands in front. */
export function joinPath(folder: string, path: string): string {
  if (isAbsolute(path, folder)) return path;
  const ofWindows = isWindows(folder);
  const drive = ofWindows ? (/^[a-zA-Z]:/.exec(folder)?.[0] ?? "") : "";
  const isRooted = ofWindows || folder.startsWith("/");
  return `${drive}${pathOf(partsOf(`${folder.slice(drive.length)}/${path}`, ofWindows), isRooted)}`;
}

/** A path of a container without `.`, `..` and repeated slashes, as Go's `path.Clean` gives it. */
export function cleanPath(path: string): string {
  return pathOf(partsOf(path, false), path.startsWith("/"));
}

/** Nothing is above a root. */
function pathOf(parts: readonly string[], isRooted: boolean): string {
  const kept: string[] = [];
  for (const part of parts) {
    if (part === ".") continue;
    if (part !== "..") kept.push(part);
    else if (kept.length > 0 && kept.at(-1) !== "..") kept.pop();
    else if (!isRooted) kept.push(part);
  }
  const joined = kept.join("/");
  return isRooted ? `/${joined}` : joined === "" ? "." : joined;
}

/** The folder of an absolute path. */
export function folderOf(path: string): string {
  const cut = Math.max(path.lastIndexOf("/"), isWindows(path) ? path.lastIndexOf("\\") : -1);
  return cut === -1 ? "." : cut === 0 ? "/" : path.slice(0, cut);
}

export function baseNameOf(path: string): string {
  return partsOf(path, isWindows(path)).at(-1) ?? "";
}

/** The way from one absolute folder to another, as in `../shared`; `.` where they are one. */
export function relativePath(from: string, to: string): string {
  const here = partsOf(from, isWindows(from));
  const there = partsOf(to, isWindows(from));
  const shared = here.findIndex((part, index) => part !== there[index]);
  const common = shared === -1 ? here.length : shared;
  const way = [...here.slice(common).map(() => ".."), ...there.slice(common)];
  return way.length === 0 ? "." : way.join("/");
}
