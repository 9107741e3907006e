/** What an error is about. */
export type FindingClass =
  | "yaml"
  | "empty-file"
  /** A template that is none, or a variable that must be set. */
  | "interpolation"
  /** What a template comes to does not fit its place. */
  | "cast"
  | "unknown-key"
  | "type"
  | "value"
  /** Docker compose gives one message for both. */
  | "type-or-value"
  /** It fits none of several forms: docker compose tells what the first of them lacks, and ours what the nearest does. */
  | "form"
  | "missing-key"
  /** It is missing, or of a type that docker compose does not look at. */
  | "lacking"
  | "duplicate"
  | "conflict"
  | "reference"
  | "dependency-cycle"
  | "include-cycle"
  | "extends-cycle"
  | "file-missing"
  | "env-file"
  | "name";

/** Where docker compose says that something is wrong. */
export type OraclePlace =
  /**
   * In each of these places: the paths of one place are the ways to write it that docker compose makes the same of. An index is a
   * number, or `*` where docker compose gives none; `**` is any name.
   */
  | { readonly kind: "at"; readonly places: readonly (readonly string[])[] }
  /** Somewhere below what it names. */
  | { readonly kind: "below"; readonly path: string }
  /** In lines of a file; or in a file, where it gives none. */
  | { readonly kind: "lines"; readonly file: string; readonly lines?: readonly [first: number, last: number] }
  /** These services wait for each other, the first again behind the last: in one of these places. */
  | { readonly kind: "ring"; readonly services: readonly string[]; readonly ways: readonly string[] }
  /** It quotes what is wrong, and does not say where that is. */
  | { readonly kind: "quoted"; readonly text: string }
  | { readonly kind: "unsaid" };

export interface OracleFinding {
  readonly class: FindingClass;
  readonly place: OraclePlace;
}

const codes: Readonly<Record<FindingClass, readonly string[]>> = {
  yaml: ["yaml", "yaml-alias"],
  "empty-file": ["empty-file"],
  interpolation: ["interpolation", "required-variable"],
  cast: ["wrong-type", "invalid-value"],
  // A name that its section does not allow is to docker compose a key that is none.
  "unknown-key": ["unknown-key", "invalid-value"],
  type: ["wrong-type"],
  value: ["invalid-value"],
  "type-or-value": ["wrong-type", "invalid-value"],
  form: ["wrong-type", "invalid-value", "missing-key", "duplicate"],
  "missing-key": ["missing-key"],
  lacking: ["missing-key", "wrong-type"],
  duplicate: ["duplicate"],
  conflict: ["conflict"],
  reference: ["undefined-reference"],
  "dependency-cycle": ["dependency-cycle"],
  "include-cycle": ["include-cycle"],
  "extends-cycle": ["extends-cycle"],
  "file-missing": ["file-missing", "file-is-folder", "file-not-allowed", "file-link-loop", "file-unreadable"],
  "env-file": ["env-file"],
  name: ["app-name"],
};

/** Whether a code of ours is of the class. */
export function isOfClass(code: string, about: FindingClass): boolean {
  return codes[about].includes(code);
}

type Rule = readonly [pattern: RegExp, about: FindingClass, place: (match: RegExpExecArray) => OraclePlace];

const unsaid = (): OraclePlace => ({ kind: "unsaid" });
/** One place. */
const at = (...paths: readonly string[]): OraclePlace => ({ kind: "at", places: [paths] });
/** All of these places. */
const atAll = (paths: readonly string[]): OraclePlace => ({ kind: "at", places: paths.map((path) => [path]) });
const below = (path: string): OraclePlace => ({ kind: "below", path });
const quoted = (text: string): OraclePlace => ({ kind: "quoted", text });

/** `ports.[].target`, `ports.[0].target`, `ports[0].target` and `ports.0.target` are written as one; `[a]` is a key, `.A` a field of Go. */
const dotted = (text: string): string =>
  text
    .replace(/\.[A-Z]/g, (field) => field.toLowerCase())
    .replace(/\.?\[\]/g, ".*")
    .replace(/\.?\[([^[\]]+)\]/g, ".$1")
    .replace(/^\./, "");

/** `command.[]` as `command.*`. */
const indexed = (path: string): string => path.replaceAll(".[]", ".*");

/** `'a', 'b\'c'` as Go quotes them. Of a backslash at the end of a name docker compose leaves out one half. */
const names = (list: string): readonly string[] =>
  [...list.replace(/(?<!\\)((?:\\\\)*)\\'(?=, '|$)/g, String.raw`$1\\'`).matchAll(/'((?:[^'\\]|\\.)*)'/g)].map(
    ([, name = ""]) => unquoted(name),
  );

const escapes: Readonly<Record<string, string>> = { n: "\n", t: "\t", r: "\r", a: "\x07", b: "\b", f: "\f", v: "\v" };

/** Go's escapes undone. */
const unquoted = (text: string): string =>
  text.replace(/\\(?:x([0-9a-f]{2})|u([0-9a-f]{4})|U([0-9a-f]{8})|(.))/gi, (_, byte, short, long, one: string) => {
    const code = (byte ?? short ?? long) as string | undefined;
    return code === undefined ? (escapes[one] ?? one) : String.fromCodePoint(parseInt(code, 16));
  });

const linesOf = (file = "", first?: string, last = first): OraclePlace => ({
  kind: "lines",
  file,
  ...(first === undefined ? {} : { lines: [Number(first), Number(last)] as const }),
});

/** Docker compose makes dependencies of what names a service, and tells of them as such. */
const dependency = (name: string | undefined, other: string | undefined): readonly string[] =>
  [`depends_on.${other}`, "links.*", "volumes_from.*", "network_mode", "ipc", "pid", "uts"].map(
    (key) => `services.${name}.${key}`,
  );

const ring = (text: string): OraclePlace => {
  const services = text.split(" -> ");
  const ways = services.slice(1).flatMap((other, index) => dependency(services[index], other));
  return { kind: "ring", services, ways };
};

/** The messages of docker compose and of compose-go, by their class. The first that fits holds. */
const rules: readonly Rule[] = [
  // YAML
  [
    /^failed to parse (\S+): .*?\bline (\d+): mapping key .* already defined/s,
    "yaml",
    ([, file, line]) => linesOf(file, line),
  ],
  [/^(?:failed to parse \S+: )?.*cannot construct !!(?:seq|map) into string/s, "type", unsaid],
  [
    /^failed to parse (\S+): .*? at L(\d+)\.C\d+-L(\d+)\.C/s,
    "yaml",
    ([, file, first, last]) => linesOf(file, first, last),
  ],
  [/^failed to parse (\S+): .*? at L(\d+)\.C/s, "yaml", ([, file, line]) => linesOf(file, line)],
  [/^failed to parse (\S+): /, "yaml", ([, file]) => linesOf(file)],
  // The name is looked for before anything else, in whichever file it is.
  [/^go-yaml load error in \S+ /, "yaml", unsaid],
  [/^(?:non-string key|(?:validating .*?: )?json: unsupported value)/, "yaml", unsaid],
  [/^top-level object must be a mapping/, "type", unsaid],
  [/^empty compose file/, "empty-file", unsaid],
  // Templates
  [/^invalid interpolation format for (.+)\.\n/, "interpolation", ([, path = ""]) => at(indexed(path))],
  // Where no list may be, ours refuses the list and not what is in it.
  [
    /^error while interpolating (\S+): failed to cast/,
    "cast",
    ([, path = ""]) => at(indexed(path), indexed(path).replace(/\.\*$/, "")),
  ],
  [/^error while interpolating (\S+): /, "interpolation", ([, path = ""]) => at(indexed(path))],
  // The schema
  [
    /^validating .*?: (\S*) additional properties (.*) not allowed/s,
    "unknown-key",
    ([, path = "", list = ""]) => atAll(names(list).map((name) => (path === "" ? name : `${path}.${name}`))),
  ],
  [
    /^validating .*?: (\S+) items at \d+ and (\d+) are equal/s,
    "duplicate",
    ([, path = "", index = ""]) => at(`${path}.${index}`),
  ],
  [/^validating .*?: (\S+) missing propert(?:y|ies) /s, "missing-key", ([, path = ""]) => at(path)],
  [/^validating .*?: (.*?) must be a /s, "form", ([, path = ""]) => at(path, `${path}.*`)],
  [/^validating .*?: (\S+) /s, "value", ([, path = ""]) => at(path)],
  // Cycles
  [/include cycle detected/, "include-cycle", unsaid],
  [/^Circular reference/, "extends-cycle", unsaid],
  [/^dependency cycle detected: (.*)/, "dependency-cycle", ([, services = ""]) => ring(services)],
  // References
  [
    /^service "(.*?)" depends on (?:undefined|unknown) service "(.*?)"/,
    "reference",
    ([, name, other]) => at(...dependency(name, other)),
  ],
  [
    /^service "(.*?)" is required by "(.*?)" but is disabled/,
    "reference",
    ([, other, name]) => at(...dependency(name, other)),
  ],
  [
    /^service "(.*?)" refers to undefined (network|model) (.*): invalid/,
    "reference",
    ([, name, kind, other]) => at(`services.${name}.${kind}s.${other}`),
  ],
  [
    /^service "(.*?)" refers to undefined (volume|config|secret) (.*): invalid/,
    "reference",
    ([, name, kind]) => at(`services.${name}.${kind}s.*`, `services.${name}.${kind}s.*.source`),
  ],
  [
    /^service "(.*?)" refers to undefined build secret (.*): invalid/,
    "reference",
    ([, name]) => at(`services.${name}.build.secrets.*`, `services.${name}.build.secrets.*.source`),
  ],
  [
    /^service "(.*?)" declares (?:unknown|non-buildable) service ".*?" as additional contexts (.*)/,
    "reference",
    ([, name, key]) => at(`services.${name}.build.additional_contexts.${key}`),
  ],
  [/^service ".*?" not found for network_mode '/, "reference", () => at("services.**.network_mode")],
  [/^no such service/, "reference", unsaid],
  // Nothing that names a service was given.
  [
    /^cannot extend service "(.*?)" in .*: service "" not found/,
    "lacking",
    ([, name]) => below(`services.${name}.extends`),
  ],
  [/^cannot extend service "(.*?)" in /, "reference", ([, name]) => below(`services.${name}.extends`)],
  [/^extends\.(.*)\.service is required/, "lacking", ([, name]) => below(`services.${name}.extends`)],
  // Files
  [/^failed to parse env_file (\S+): /, "env-file", ([, file]) => linesOf(file)],
  // It counts the lines of a value in quotes for one, and tells where the file ends.
  [/^failed to read (\S+): line \d+: unterminated/, "env-file", ([, file]) => linesOf(file)],
  [/^failed to read (\S+): line (\d+): /, "env-file", ([, file, line]) => linesOf(file, line)],
  [/^failed to read (\S+): read .*: is a directory/, "file-missing", ([, file = ""]) => quoted(file)],
  [/^failed to read (\S+): /, "env-file", ([, file]) => linesOf(file)],
  [/^(?:env|label) file (.*) not found/, "file-missing", ([, file = ""]) => quoted(file)],
  [/^couldn't find env file: (.*)/, "file-missing", ([, file = ""]) => quoted(file)],
  [/^(?:stat|open|read) (.*?): /, "file-missing", ([, file = ""]) => quoted(file)],
  [/^(.*) is (?:a directory|not a file)$/, "file-missing", ([, file = ""]) => quoted(file)],
  [/^invalid project name|^project name must not be empty|^project name can't be empty/, "name", unsaid],
  // Lists whose items are known by a key
  [/^environment path attribute (\S+) is missing/, "missing-key", ([, path = ""]) => at(dotted(path))],
  [
    /^service (?:volume|device|ports) (\S+) is missing a (?:mount target|target port)/,
    "lacking",
    ([, path = ""]) => at(dotted(path), `${dotted(path)}.target`),
  ],
  [/^unsupported env_file format "(.*)"/, "value", ([, text = ""]) => quoted(text)],
  // What is decoded
  [
    /^decoding failed due to the following error\(s\):\n\n'([^']+)' (?:environment variable|invalid additional host|bad host)/s,
    "value",
    ([, path = ""]) => below(dotted(path)),
  ],
  [
    /^decoding failed due to the following error\(s\):\n\n'(\[[^']+)' /s,
    "type-or-value",
    ([, path = ""]) => below(`include.${dotted(path)}`),
  ],
  [
    /^decoding failed due to the following error\(s\):\n\n'([^']+)' /s,
    "type-or-value",
    ([, path = ""]) => at(dotted(path)),
  ],
  // Whichever service extends another one, it is called x.
  [
    /^cannot override services\.x\.(\S+)/,
    "type",
    ([, path = ""]) => at(`services.x.${dotted(path)}`, `services.**.${dotted(path)}`),
  ],
  [/^cannot override (\S+)/, "type", ([, path = ""]) => at(dotted(path))],
  // Together with others of its service
  [
    /^services\.(?:scale|deploy\.replicas): can't set container_name and (.*) as/,
    "conflict",
    ([, name]) => below(`services.${name}`),
  ],
  [/^services\..*: container name "(.*)" is already in use/, "duplicate", ([, text = ""]) => quoted(text)],
  [
    /^(\S+): can't set distinct values on '(\S+)' and '(\S+)'/,
    "conflict",
    ([, path, one, other]) => at(`${path}.${one}`, `${path}.${other}`),
  ],
  [/^(\S+): one of \S+ must be set/, "missing-key", ([, path = ""]) => at(path)],
  [/^(\S+): \S+ attributes are mutually exclusive/, "conflict", ([, path = ""]) => at(path)],
  [
    /^(\S+): conflicting parameters "external" and "(.*)" specified/,
    "conflict",
    ([, path, key]) => at(`${path}.${key}`),
  ],
  [/^(\S+): (?:"count"|name and external\.name conflict)/, "conflict", ([, path = ""]) => at(dotted(path))],
  [/^(\S+): target .* already mounted/, "duplicate", ([, path = ""]) => at(dotted(path), `${dotted(path)}.target`)],
  [/^(\S+): invalid ip address/, "value", ([, path = ""]) => at(`${dotted(path)}.host_ip`)],
  [
    /^(\S+): (?:must be greater|value can't be blank|invalid value|unsupported value)/,
    "type-or-value",
    ([, path = ""]) => at(dotted(path)),
  ],
  [/^(\S+): target is required/, "missing-key", ([, path = ""]) => at(`${path}.*`)],
  [/^(\S+): invalid type .+ for port/, "type-or-value", ([, path = ""]) => at(dotted(path), `${dotted(path)}.*`)],
  [/^(\S+): (?:invalid|unexpected|unsupported) (?:type|expose)/, "type-or-value", ([, path = ""]) => at(dotted(path))],
  [
    /^`(include)` must be a list|^(services(?:\..*)?) must be a/,
    "type-or-value",
    ([, top, path]) => at(top ?? path ?? ""),
  ],
  [/^service "(.*?)" has neither an image/, "missing-key", ([, name]) => at(`services.${name}`)],
  [/^service "(.*?)" declares mutualy/, "conflict", ([, name]) => below(`services.${name}.build`)],
  [
    /^service (.*?) declares mutually exclusive/,
    "conflict",
    ([, name]) => at(`services.${name}.network_mode`, `services.${name}.networks`),
  ],
  [/^(secret|config) "(.*?)" must declare/, "missing-key", ([, kind, name]) => at(`${kind}s.${name}`)],
  [/^healthcheck\.test must start/, "value", () => at("services.**.healthcheck.test")],
  [/^service\.build\.platforms MUST include service\.platform "(.*)"/, "conflict", ([, text = ""]) => quoted(text)],
  // Short forms
  [/^invalid spec: (.*): (?:empty section|too many)/s, "value", ([, text = ""]) => quoted(text)],
  [/^no port specified: (.*)<empty>$/s, "value", ([, text = ""]) => quoted(text)],
  [/^invalid IP address \[?(.*?)\]?: address /s, "value", ([, text = ""]) => quoted(text)],
  [
    /^(?:confusing device mapping, please use long syntax|invalid (?:containerPort|hostPort|proto|IP address)): (.*)/s,
    "value",
    ([, text = ""]) => quoted(text),
  ],
  [/^invalid ssh key "(.*)"/, "value", ([, text = ""]) => quoted(text)],
  [/^unexpected type (?:int|bool|float64|<nil>|map)/, "type", unsaid],
  [/^invalid mount config for type "bind"/, "missing-key", unsaid],
  [/^invalid (?:empty volume|ranges|ssh key type)/, "value", unsaid],
];

/** The class and the place of an error of docker compose; undefined where the message is of no known kind. */
export function findingOf(message: string): OracleFinding | undefined {
  for (const [pattern, found, place] of rules) {
    const match = pattern.exec(message);
    if (match !== null) return { class: found, place: place(match) };
  }
  return undefined;
}
