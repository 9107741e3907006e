/** What `config` prints instead of a model: the same options for both tools. */
export interface Part {
  readonly options: readonly string[];
  /** What docker compose printed, as a value that ours can be compared with; `text` is that of the files. */
  readonly theirs: (stdout: string, text: string) => unknown;
  /** The same of what ours prints with `--format json`. */
  readonly ours: (value: unknown, text: string) => unknown;
  /** It is not printed of what Stackhouse does not run. */
  readonly ofWhatRuns?: true;
  /** Fixtures for which it is another one, with the reason. */
  readonly listed?: Readonly<Record<string, string>>;
  /** Fixtures on which docker compose ends with a stack trace here and not for the model, in their order. */
  readonly crashes?: readonly string[];
}

function linesOf(stdout: string): readonly string[] {
  return stdout.split("\n").slice(0, -1).sort();
}

/** Names, in the order of a Go map, which is none. */
const names = {
  theirs: linesOf,
  ours: (value: unknown): unknown => (Array.isArray(value) ? value.map(String).sort() : value),
};

/**
 * Of several uses of a variable docker compose shows one, the last of a list or any of a map, and ours the first that has a value: of
 * those that differ the names alone are compared. A dollar sign that is no template is a variable without a name there.
 */
function variablesOf(shown: unknown, text: string): unknown {
  const differ = (name: string): boolean =>
    new Set(text.match(new RegExp(String.raw`\$(?:\{${name}\b[^}\n]*|${name}\b)`, "gu"))?.map(withoutBrace)).size > 1;
  const uses = Object.entries(shown as object).filter(([name]) => name !== "");
  return Object.fromEntries(
    uses.map(([name, use]: [string, unknown]) => [name, differ(name) ? "different uses" : use]),
  );
}

function withoutBrace(use: string): string {
  return use.replace("{", "");
}

export const parts: Readonly<Record<string, Part>> = {
  services: { options: ["--services"], ...names },
  images: { options: ["--images"], ...names },
  volumes: { options: ["--volumes"], ...names },
  networks: { options: ["--networks"], ...names },
  profiles: { options: ["--profiles"], ...names },
  "services of templates": {
    options: ["--no-interpolate", "--services"],
    ...names,
    crashes: ["mounts: an external volume by a word", "mounts: an external volume by another word"],
  },
  variables: {
    options: ["--variables", "--format", "json"],
    theirs: (stdout, text) => variablesOf(JSON.parse(stdout), text),
    ours: variablesOf,
    crashes: [
      "emptyValues: nulls2",
      "emptyValues: nulls3",
      "emptyValues: nulls36",
      "extending: a null service",
      "extendsTraps: a null service",
      "mounts: volumes: x",
      "mounts: a volume that is a text",
      "mounts: volumes as a list",
      "mounts: null volumes",
      "namesWithDots: networks and volumes with dots in their names that an included file has, too",
      "networksOfServices: networks:",
      "networksOfServices: networks: x",
      "resources: a network []",
      "resources: a network x",
      "resources: networks as a list",
      "services: a null service",
    ],
    listed: {
      "inventedProjects: a template in every place":
        "docker compose makes a number of a limit with its variables alone, and takes no text here",
      "longMounts: { type: bind, source: /a, target: /x, bind: }":
        "docker compose takes no null here, and takes it in a model",
      "pairs: ulimits: [a]":
        "docker compose looks at the items of some lists that are to be maps, and not at those of others",
    },
  },
  // A fingerprint of ours is another one: those who have one are compared.
  hash: {
    options: ["--hash", "*"],
    ofWhatRuns: true,
    theirs: (stdout) => linesOf(stdout).map((line) => line.split(" ")[0]),
    ours: (value) => Object.keys(value as object).sort(),
  },
};
