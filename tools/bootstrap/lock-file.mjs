// Whether what npm installed is what the lock file wants.

/** @typedef {{ version?: string, optional?: boolean, devOptional?: boolean }} Entry */
/** A package-lock.json, or npm's own record of it in node_modules. @typedef {{ packages: Record<string, Entry> }} LockFile */

/**
 * The first package that is not as wanted, in words; undefined where all are. Optional ones may be missing: they are for
 * other platforms.
 * @param {LockFile} wanted
 * @param {LockFile} installed
 */
export function firstDifference(wanted, installed) {
  for (const [path, entry] of Object.entries(wanted.packages)) {
    if (path === "") continue;
    const found = installed.packages[path];
    if (found === undefined && (entry.optional || entry.devOptional)) continue;
    if (found?.version !== entry.version) return `${path} is not at ${entry.version}`;
  }
  return undefined;
}
