// Whether what npm installed is what the lock file wants.

/**
 * @typedef {object} Entry
 * @property {string} [version]
 * @property {boolean} [optional]
 * @property {boolean} [devOptional]
 * @property {boolean} [link]
 * @property {readonly string[]} [workspaces]
 * @property {Record<string, string>} [dependencies]
 * @property {Record<string, string>} [devDependencies]
 * @property {Record<string, string>} [optionalDependencies]
 * @property {Record<string, string>} [peerDependencies]
 * @property {Record<string, { optional?: boolean }>} [peerDependenciesMeta]
 */
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

/**
 * The part of a lock file that the project itself needs: what only its workspaces need is left out.
 * @param {LockFile} lock
 * @returns {LockFile}
 */
export function withoutWorkspaces({ packages }) {
  const needed = new Set([""]);
  // A set may grow while it is walked through.
  for (const path of needed) {
    for (const name of dependenciesOf(packages[path] ?? {}, path === "")) {
      const found = placeOf(packages, path, name);
      if (found !== undefined) needed.add(found);
    }
  }
  return { packages: Object.fromEntries(Object.entries(packages).filter(([path]) => needed.has(path))) };
}

/** @param {Entry} entry @param {boolean} isProject */
function dependenciesOf(entry, isProject) {
  const peers = Object.keys(entry.peerDependencies ?? {});
  return [
    ...Object.keys({
      ...entry.dependencies,
      ...entry.optionalDependencies,
      ...(isProject ? entry.devDependencies : {}),
    }),
    ...peers.filter((name) => entry.peerDependenciesMeta?.[name]?.optional !== true),
  ];
}

/**
 * Where Node finds a package: in the nearest node_modules above.
 * @param {LockFile["packages"]} packages @param {string} from @param {string} name
 */
function placeOf(packages, from, name) {
  for (let folder = from; ; folder = folder.replace(/(^|\/)node_modules\/(@[^/]+\/)?[^/]+$/, "")) {
    const path = `${folder === "" ? "" : `${folder}/`}node_modules/${name}`;
    if (path in packages) return path;
    if (folder === "") return undefined;
  }
}
