import { printPath } from "../tree/diagnostics.ts";
import { cleanPath } from "../paths.ts";
import { isShown, mapAt, type Node, type ScalarNode, shownScalar } from "../tree/node.ts";
import { shownValue } from "../tree/within.ts";
import type { At } from "../shapes/at.ts";
import { otherItem, requiredText } from "./collections.ts";
import { isText } from "./scalars.ts";

const propagations = ["rprivate", "private", "rshared", "shared", "rslave", "slave"];

/** `[SOURCE:]TARGET[:OPTIONS]` becomes a mount. A source that is no path is the name of a volume. */
export function mountLongForm(item: Node, at: At): Node | undefined {
  if (item.kind !== "scalar" || typeof item.value !== "string") return item;
  const parts = splitMount(item.value);
  if (typeof parts === "string") {
    reportMount(item, parts, at);
    return undefined;
  }
  const { source, target, options } = parts;
  const isBind = source !== undefined && isPath(source);
  const propagation = options.findLast((option) => propagations.includes(option));
  const selinux = options.findLast((option) => option === "z" || option === "Z");
  for (const option of options) {
    if (["ro", "rw", "nocopy", "z", "Z", ...propagations].includes(option)) continue;
    at.diagnostics.warning(item.place, at.path, {
      code: "no-effect",
      message: `${printPath(at.path)}: the mount option "${shownValue(item.place, option)}" is not known and has no effect`,
      hint: `known options: ro, rw, nocopy, z, Z, ${propagations.join(", ")}`,
    });
  }
  const hasBind = isBind || propagation !== undefined || selinux !== undefined;
  const { place } = item;
  return mapAt(place, {
    type: isBind ? "bind" : "volume",
    source,
    target: target === "" ? undefined : cleanPath(target),
    read_only: options.findLast((option) => option === "ro" || option === "rw") === "ro" ? true : undefined,
    bind: hasBind ? mapAt(place, { propagation, selinux, create_host_path: isBind ? true : undefined }) : undefined,
    volume: options.includes("nocopy")
      ? mapAt(place, { nocopy: true })
      : isBind || byteLength(item.value) <= 2
        ? undefined
        : mapAt(place, {}),
  });
}

/** A mount is its place in the container. */
export function mountIdentity(item: Node, at: At): string | undefined {
  if (item.kind === "map") return requiredText(item, "target", at);
  if (item.kind !== "scalar" || !isText(item)) return otherItem;
  const parts = splitMount(String(item.value));
  if (typeof parts !== "string") return parts.target;
  reportMount(item, parts, at);
  return undefined;
}

function reportMount(item: ScalarNode, problem: string, at: At): void {
  at.diagnostics.error(item.place, at.path, {
    code: "invalid-value",
    message: `${printPath(at.path)}: ${isShown(item) ? problem : `"${shownScalar(item)}" does not give a mount`}`,
    hint: 'write "SOURCE:TARGET", as in "data:/var/lib/data" or "./site:/usr/share/site:ro"',
  });
}

/** A path on the host: absolute, relative to the project or to the home folder, or on a Windows drive. */
export function isPath(source: string): boolean {
  return /^[./~]/.test(source) || source.startsWith("\\\\") || /^\p{L}:/u.test(source);
}

interface MountParts {
  readonly source: string | undefined;
  readonly target: string;
  readonly options: readonly string[];
}

/** Source: compose-go, format/volume.go. A template in it is one piece, where variables are not put in. */
function splitMount(spec: string): MountParts | string {
  if (spec === "") return "the mount is empty";
  if (byteLength(spec) <= 2) return { source: undefined, target: spec, options: [] };
  const { sections, isMore, isOpen } = splitAtColons(spec);
  if (sections.some((section) => section === "")) return `"${spec}" has nothing between two colons`;
  const [first = "", second, options] = sections;
  if (isMore) return `"${spec}" has too many colons`;
  // As in Compose, what follows a template that is not closed is lost, and without it there is no target.
  if (isOpen) return { source: first, target: second ?? "", options: [] };
  if (second === undefined) return { source: undefined, target: first, options: [] };
  return { source: first, target: second, options: options?.split(",") ?? [] };
}

const mostSections = 3;

interface Sections {
  readonly sections: readonly string[];
  /** There are more than these. */
  readonly isMore: boolean;
  /** The last one, which is not among these, ends within a template. */
  readonly isOpen: boolean;
}

function splitAtColons(spec: string): Sections {
  const sections: string[] = [];
  let start = 0;
  let nested = 0;
  for (let at = 0; at < spec.length; at++) {
    const character = spec.charAt(at);
    if (character === "$" && spec.charAt(at + 1) === "{") nested++;
    else if (character === "}" && nested > 0) nested--;
    // A single letter before a colon is the drive of a Windows path.
    else if (character === ":" && nested === 0 && !(at - start <= 2 && /^\p{L}$/u.test(spec.slice(start, at)))) {
      sections.push(spec.slice(start, at));
      start = at + 1;
      if (sections.length === mostSections) return { sections, isMore: true, isOpen: false };
    }
  }
  const isOpen = nested > 0;
  return { sections: isOpen ? sections : [...sections, spec.slice(start)], isMore: false, isOpen };
}

/** No more than tells whether it is a short one. */
function byteLength(text: string): number {
  if (text.length > 2) return text.length;
  return Array.from(text).reduce((sum, character) => {
    const code = character.codePointAt(0) ?? 0;
    return sum + (code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4);
  }, 0);
}
