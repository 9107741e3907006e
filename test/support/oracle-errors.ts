/** What an error is about. `content`: a value or a key by itself, or together with others of its service. */
export type FindingClass = "yaml" | "interpolation" | "content" | "reference" | "cycle" | "file" | "name";

/** The classes that a code of ours may stand for. */
export function classOf(code: string): readonly FindingClass[] {
  return classes[code] ?? [];
}

const classes: Readonly<Record<string, readonly FindingClass[]>> = {
  yaml: ["yaml"],
  "yaml-alias": ["yaml"],
  "empty-file": ["yaml", "content"],
  interpolation: ["interpolation"],
  "required-variable": ["interpolation"],
  "unknown-key": ["content"],
  "wrong-type": ["content", "interpolation"],
  "invalid-value": ["content", "interpolation"],
  "missing-key": ["content"],
  conflict: ["content"],
  duplicate: ["content"],
  "undefined-reference": ["reference"],
  "dependency-cycle": ["cycle"],
  "include-cycle": ["cycle"],
  "extends-cycle": ["cycle"],
  "file-missing": ["file"],
  "env-file": ["file", "interpolation"],
  "app-name": ["name"],
};

export interface OracleFinding {
  readonly class: FindingClass;
  /** Dotted, with any index as `*`. */
  readonly path?: string;
}

type Rule = readonly [pattern: RegExp, about: FindingClass, path?: (match: RegExpExecArray) => string];

/** `ports.[].target`, `ports[0].target` and `ports.0.target` are one. */
const dotted = (text: string): string =>
  text
    .split(".")
    .map((part) => (/^(?:\[\d*\]|\d+)$/.test(part) ? "*" : part.replace(/\[\d*\]$/, ".*")))
    .join(".");
const service = ([, name = ""]: RegExpExecArray): string => `services.${name}`;

/** The messages of docker compose and of compose-go, by their class. The first that fits holds. */
const rules: readonly Rule[] = [
  [/cannot construct !!(?:seq|map) into string/, "content"],
  [/^failed to parse env_file/, "file"],
  [/^(?:failed to parse |yaml: |go-yaml|load errors)/, "yaml"],
  [/\bline \d+: mapping key .* already defined/, "yaml"],
  [/^(?:non-string key|empty compose file|cycle detected: node)/, "yaml"],
  [/^top-level object must be a mapping/, "content"],
  [/exceeds maximum node visit limit|unknown anchor|unsupported value(?! map\[)/, "yaml"],
  [/^json: unsupported value/, "yaml"],
  [/^invalid interpolation format for (\S+)\.\n/, "interpolation", ([, path = ""]) => dotted(path)],
  [/^error while interpolating (\S+): /, "interpolation", ([, path = ""]) => dotted(path)],
  [/^validating .*?: {2}additional properties/s, "content"],
  [/^validating .*?: (\S+) /s, "content", ([, path = ""]) => dotted(path)],
  [/include cycle detected|dependency cycle detected|^Circular reference/, "cycle"],
  [
    /^service "(.*?)" (?:refers to undefined|depends on (?:undefined|unknown) service|declares (?:unknown|non-buildable))/,
    "reference",
    service,
  ],
  [/^service ".*?" is required by "(.*?)" but is disabled/, "reference", service],
  [/^service ".*?" not found for network_mode|^no such service/, "reference"],
  // Nothing that names a service was given.
  [/^cannot extend service .*: service "" not found/, "content"],
  [/^cannot extend service "(.*?)" in /, "reference", service],
  [
    /^(?:env|label) file .* not found|^couldn't find env file|^stat |^open |^read |is a directory|is not a file/,
    "file",
  ],
  [/^failed to read /, "file"],
  [/^unsupported env_file format|^environment path attribute .* is missing/, "content"],
  [/^invalid project name|^project name must not be empty|^project name can't be empty/, "name"],
  [/^(?:decoding failed|.*error\(s\) decoding)/s, "content"],
  [/^cannot override (\S+)/, "content", ([, path = ""]) => dotted(path)],
  // Their paths are not those of the fault, or those of another file.
  [/^services\.\S+: invalid type \S+ for /, "content"],
  [/^services\.\S+: (?:can't set container_name|container name .* is already in use)/, "content"],
  [
    /^(services\.\S+?|volumes\.\S+?|networks\.\S+?|secrets\.\S+?|configs\.\S+?): /,
    "content",
    ([, path = ""]) => dotted(path),
  ],
  [/^service "?(.*?)"? (?:has neither|declares mutual)/, "content", service],
  [/^(?:secret|config) "/, "content"],
  [
    /invalid (?:spec|proto|containerPort|hostPort|IP address|ranges|empty volume|mount config|type|ssh)|no port specified|confusing device|missing a (?:mount target|target port)|must start either by|bad host name|missing IP|unexpected type|unexpected value type|unsupported (?:expose value|value|type)|is declared with a trailing space|invalid command line string|MUST include|must be a (?:mapping|list)|conflict; only use name|invalid (?:size|suffix|duration)|is required|can't set distinct/,
    "content",
  ],
];

/** The class and the path of an error of docker compose; undefined where the message is of no known kind. */
export function findingOf(message: string): OracleFinding | undefined {
  for (const [pattern, found, path] of rules) {
    const match = pattern.exec(message);
    if (match === null) continue;
    return { class: found, ...(path === undefined ? {} : { path: path(match) }) };
  }
  return undefined;
}
