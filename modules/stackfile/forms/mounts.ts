import { isUnknown } from "../unknown.ts";
import { mapAt, type Node, scalarAt } from "../tree/node.ts";
import { type At, type LongForm, reading, string } from "../keys/shape.ts";

const propagations = ["rprivate", "private", "rshared", "shared", "rslave", "slave"];

/** `[SOURCE:]TARGET[:OPTIONS]` becomes a mount. A source that is no path is the name of a volume. */
export const mountLongForm: LongForm = reading([string()], (item, at) => {
  if (item.kind !== "scalar" || typeof item.value !== "string") return item;
  if (isUnknown(item.value)) {
    at.leaveOut(item.place, at.path);
    return undefined;
  }
  const parts = splitMount(item.value);
  if (typeof parts === "string") {
    at.diagnostics.error(item.place, at.path, {
      code: "invalid-value",
      message: item.template === undefined ? parts : `"${item.template}" does not give a mount`,
      hint: 'write "SOURCE:TARGET", as in "data:/var/lib/data" or "./site:/usr/share/site:ro"',
    });
    return undefined;
  }
  const { source, target, options } = parts;
  if (item.template === undefined) warnOfDrive(item.value, item, at);
  const isBind = source !== undefined && isPath(source);
  const propagation = options.findLast((option) => propagations.includes(option));
  const selinux = options.findLast((option) => option === "z" || option === "Z");
  for (const option of options) {
    if (["ro", "rw", "nocopy", "z", "Z", ...propagations].includes(option)) continue;
    at.diagnostics.warning(item.place, at.path, {
      code: "no-effect",
      message: `the mount option "${option}" is not known and has no effect`,
      hint: `known options: ro, rw, nocopy, z, Z, ${propagations.join(", ")}`,
    });
  }
  const hasBind = isBind || propagation !== undefined || selinux !== undefined;
  const { place } = item;
  return mapAt(place, {
    type: isBind ? "bind" : "volume",
    source,
    target: target === "" ? "" : cleanPath(target),
    read_only: options.findLast((option) => option === "ro" || option === "rw") === "ro" ? true : undefined,
    bind: hasBind ? mapAt(place, { propagation, selinux }) : undefined,
    volume: options.includes("nocopy")
      ? mapAt(place, { nocopy: true })
      : isBind || item.value.length <= 2
        ? undefined
        : mapAt(place, {}),
  });
});

export function mountIdentity(item: Node): string {
  return String(scalarAt(item, "target") ?? "");
}

/** A path on the host: absolute, relative to the project or to the home folder, or on a Windows drive. */
export function isPath(source: string): boolean {
  return /^[./~]/.test(source) || source.startsWith("\\\\") || /^\p{L}:/u.test(source);
}

/** Drops `.`, `..` and repeated slashes, as Go's `path.Clean` does. */
export function cleanPath(path: string): string {
  const rooted = path.startsWith("/");
  const kept: string[] = [];
  for (const part of path.split("/")) {
    if (part === "" || part === ".") continue;
    if (part !== "..") kept.push(part);
    else if (kept.length > 0 && kept.at(-1) !== "..") kept.pop();
    else if (!rooted) kept.push(part);
  }
  const joined = kept.join("/");
  return rooted ? `/${joined}` : joined === "" ? "." : joined;
}

interface MountParts {
  readonly source: string | undefined;
  readonly target: string;
  readonly options: readonly string[];
}

function splitMount(spec: string): MountParts | string {
  if (spec === "") return "the mount is empty";
  if (spec.length <= 2) return { source: undefined, target: spec, options: [] };
  const sections: string[] = [];
  for (const section of spec.split(":")) {
    const previous = sections.at(-1);
    // A single letter before a colon is the drive of a Windows path.
    if (previous !== undefined && /^\p{L}$/u.test(previous)) sections[sections.length - 1] = `${previous}:${section}`;
    else sections.push(section);
  }
  if (sections.some((section) => section === "")) return `"${spec}" has nothing between two colons`;
  const [first = "", second, options, ...more] = sections;
  if (more.length > 0) return `"${spec}" has too many colons`;
  if (second === undefined) return { source: undefined, target: first, options: [] };
  return { source: first, target: second, options: options?.split(",") ?? [] };
}

function warnOfDrive(spec: string, item: Node, at: At): void {
  const [, letter] = /^(\p{L}):\//u.exec(spec) ?? [];
  if (letter === undefined) return;
  at.diagnostics.warning(item.place, at.path, {
    code: "drive-letter",
    message: `"${spec}" is read as a path on the Windows drive ${letter}:, not as the volume "${letter}"`,
    hint: "give the volume a name of two letters or more, or use the long form",
  });
}
