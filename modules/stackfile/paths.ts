/** Paths by hand: pure rooms have no `node:path`. Both kinds of slash are read, so that Windows workstations work. */

export function isAbsolute(path: string): boolean {
  return path.startsWith("/") || path.startsWith("\\\\") || /^[a-zA-Z]:[\\/]/.test(path);
}

export function joinPath(folder: string, path: string): string {
  if (isAbsolute(path)) return path;
  const drive = /^(?:[a-zA-Z]:(?=[\\/])|)/.exec(folder)?.[0] ?? "";
  const parts = `${folder.slice(drive.length)}/${path}`.split(/[\\/]/);
  const kept: string[] = [];
  for (const part of parts) {
    if (part === "" || part === ".") continue;
    if (part === "..") kept.pop();
    else kept.push(part);
  }
  return `${drive}/${kept.join("/")}`;
}

export function folderOf(path: string): string {
  const cut = Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\"));
  return cut <= 0 ? "/" : path.slice(0, cut);
}

export function baseNameOf(path: string): string {
  return path.split(/[\\/]/).findLast((part) => part !== "") ?? "";
}
