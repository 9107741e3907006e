/** Paths by hand: pure rooms have no `node:path`. Both kinds of slash are read, so that Windows workstations work. */

export function isAbsolute(path: string): boolean {
  return path.startsWith("/") || path.startsWith("\\\\") || /^[a-zA-Z]:[\\/]/.test(path);
}

/** A path below a folder. The folder may be relative itself; the result is without `.`, and `..` only stands in front. */
export function joinPath(folder: string, path: string): string {
  if (isAbsolute(path)) return path;
  const drive = /^(?:[a-zA-Z]:(?=[\\/])|)/.exec(folder)?.[0] ?? "";
  const rooted = isAbsolute(folder);
  const parts = `${folder.slice(drive.length)}/${path}`.split(rooted || /\\/.test(folder) ? /[\\/]/ : /\//);
  const kept: string[] = [];
  for (const part of parts) {
    if (part === "" || part === ".") continue;
    if (part !== "..") kept.push(part);
    else if (kept.length > 0 && kept.at(-1) !== "..") kept.pop();
    else if (!rooted) kept.push(part);
  }
  const joined = kept.join("/");
  return rooted ? `${drive}/${joined}` : joined === "" ? "." : joined;
}

export function folderOf(path: string): string {
  const cut = Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\"));
  return cut === -1 ? "." : cut === 0 ? "/" : path.slice(0, cut);
}

export function baseNameOf(path: string): string {
  return path.split(/[\\/]/).findLast((part) => part !== "") ?? "";
}

/** The way from one absolute folder to another, as in `../shared`; `.` where they are one. */
export function relativePath(from: string, to: string): string {
  const partsOf = (path: string): readonly string[] => path.split(/[\\/]/).filter((part) => part !== "");
  const here = partsOf(from);
  const there = partsOf(to);
  const shared = here.findIndex((part, index) => part !== there[index]);
  const common = shared === -1 ? here.length : shared;
  const way = [...here.slice(common).map(() => ".."), ...there.slice(common)];
  return way.length === 0 ? "." : way.join("/");
}
