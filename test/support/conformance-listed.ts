import type { Fixture } from "./conformance-fixtures.ts";
import { files, keys } from "./conformance-fixtures.ts";
import type { ConformanceCase, Difference } from "./conformance.ts";
import { findingOf } from "./oracle-errors.ts";

/** A difference to docker compose that stays, with its reason. */
export interface Listed {
  /** What the difference says. */
  readonly shows: RegExp;
  readonly reason: string;
  /** How many lines docker compose's place is behind ours: at least and at most. Default: no place is compared. */
  readonly behind?: readonly [least: number, most: number];
  /** What one of the files has. */
  readonly has?: RegExp;
  /**
   * Where else it may be: where variables are not put in, in generated cases as well, or in fixtures, too. Default: in its example
   * alone.
   */
  readonly among?: "templates" | "generated" | "all";
  /** A case that has it: when it is equal one day, the entry goes. */
  readonly example: Fixture;
}

/** Cases by how they are made. */
export type Cases = NonNullable<Listed["among"]>;

/** Maps of names that docker compose does not take for such. */
const mapsOfNames =
  "annotations|additional_contexts|args|aux_addresses|driver_opts|environment|extra_hosts|labels|networks|options|ssh|storage_opt|sysctls|ulimits";

/** One name that is not there, or what docker compose prints of all of them. */
const namedAsExtension = new RegExp(
  [
    String.raw`\.(?:${mapsOfNames})\.x-[^:]*: ours .*, docker compose's undefined$`,
    String.raw`\.(?:${mapsOfNames})\.#extensions: ours undefined, docker compose's "map\[x-.*\]"$`,
    String.raw`\.(?:${mapsOfNames}): ours undefined, docker compose's \{"#extensions":"map\[x-.*\]"\}$`,
  ].join("|"),
  "s",
);

export const listed: Readonly<Record<string, Listed>> = {
  "two byte order marks before a second line that is not indented": {
    shows: /^only docker compose refuses it: .*'-y' not allowed/,
    reason: "docker compose drops the first character of each line then",
    example: "\uFEFF\uFEFFservices: { a: { image: i } }\nx-y: 1\n",
  },
  "a config of an included file from a variable that is set": {
    shows:
      /^(?:only docker compose refuses it|another error: .*; docker compose): configs\.\S+: file\|environment\|content attributes are mutually exclusive$/s,
    reason: "docker compose puts the content beside the variable and then refuses that both are there",
    has: /^include:/m,
    among: "generated",
    example: files(
      {
        "compose.yaml": "include: [sub/inc.yaml]\nservices: { a: { image: i, configs: [c] } }\n",
        "sub/inc.yaml": "configs: { c: { environment: X } }\n",
      },
      { env: { X: "1" } },
    ),
  },
  "a value of a type that docker compose does not expect, which is wrong": {
    shows: /^docker compose crashes, we refuse it: interface conversion: interface \{\} is /,
    reason: "docker compose ends with a stack trace; whether it would have said the same is not known",
    among: "generated",
    example: keys("build: { context: ., ulimits: { a: { soft: '1', hard: 2 } } }"),
  },
  "a value of a type that docker compose allows and does not expect": {
    shows: /^docker compose crashes, we load it: interface conversion: interface \{\} is /,
    reason: "docker compose ends with a stack trace",
    among: "generated",
    example: keys("pid:"),
  },
  "a network whose name begins with x-, in a service": {
    shows: /^only docker compose refuses it: service "[^"]+" refers to undefined network #extensions: /,
    reason: "docker compose takes it for an extension there, and for a network where it is declared",
    example: `${keys("networks: [x-n]")}networks: { x-n: }\n`,
  },
  "a network whose name has characters that docker compose does not expect": {
    shows: /^only we refuse it: unknown-key at networks\.n x\.foo: /,
    reason: "docker compose looks at nothing of it; a typing error there is worth a line",
    example: `${keys("networks: [n x]")}networks: { n x: { foo: 1 } }\n`,
  },
  "a limit whose name has characters that docker compose does not expect": {
    shows: /^only we refuse it: (?:[\w-]+ at \S+\.ulimits\.\S+: [^;]*(?:; |$))+$/,
    reason: "docker compose looks at nothing of it; no engine has such a limit",
    among: "generated",
    example: keys("ulimits: { d.e: { a: b } }"),
  },
  "an alias inside its own anchor, as what is merged": {
    shows: /^docker compose does not end, we refuse it: (?:.*; )?yaml-alias at \S+:\d+: there is no complete anchor/,
    reason: "docker compose takes a map in that it is still at, again and again",
    has: /<</,
    among: "generated",
    example: "services:\n  a: &b\n    <<: *b\n    image: i\n",
  },
  "a name that begins with x-, in a map of a service": {
    shows: namedAsExtension,
    reason: "docker compose takes it for an extension and prints all of them as one text",
    among: "all",
    example: keys("environment: { x-a: 1 }"),
  },
  "a secret without a source": {
    shows: /^services\.[^.]+\.(?:build\.)?secrets: ours .*, docker compose's \[.*"[^"]*%!s\(<nil>\)".*\]$/,
    reason: "docker compose prints what it has of it in Go's words",
    among: "generated",
    example: {
      files: { "compose.yaml": keys("secrets: [{ uid: x }]") },
      stackFiles: ["compose.yaml"],
      unchecked: true,
    },
  },
  "a number that is too large": {
    shows: /blkio_config\.weight: ours 70000, docker compose's 4464/,
    reason: "docker compose keeps the lower bits of a number that its type has no room for",
    example: keys("blkio_config: { weight: 70000 }"),
  },
  "a number of containers below zero beside another one": {
    shows:
      /^another error: (?:.*; )?invalid-value at \S+\.(?:scale|deploy\.replicas): .* must be at least 0, not -.*; docker compose: \S+: can't set distinct values on 'scale' and 'deploy\.replicas'/s,
    reason: "ours tells what is wrong by itself, docker compose that the two differ",
    among: "generated",
    example: keys("scale: -1\ndeploy: { replicas: 1 }"),
  },
  "a name alone at the end of an env file without a line end": {
    shows:
      /^services\.[^.]+\.(?:environment|labels)(?:\.: ours .*, docker compose's ".*"|: ours undefined, docker compose's \{"":".*"\})$/,
    reason: "docker compose takes the name for the value of a variable without a name, which no engine accepts",
    has: /[^\n]$/,
    among: "generated",
    example: files({ "compose.yaml": keys("env_file: a.env"), "a.env": "A=1\nB" }),
  },
  "two names alone at the end of an env file without a line end": {
    shows: /^only we refuse it: env-file at a\.env:\d+: a variable name contains a space$/,
    reason: "docker compose takes the line for the value of a variable without a name, which no engine accepts",
    has: /[^\n]$/,
    among: "generated",
    example: files({ "compose.yaml": keys("env_file: a.env"), "a.env": "A=1\nBexport C" }),
  },
  "a value without a name in an env file": {
    shows: /^only we refuse it: (?:.*; )?env-file at \S+:\d+: a variable name is missing(?:$|;)/,
    reason: "docker compose gives it to the engine, which makes no container with it",
    among: "generated",
    example: files({ "compose.yaml": keys("env_file: a.env"), "a.env": "A=1\n=B\n" }),
  },
  "a key of include that is none": {
    shows: /^only we refuse it: unknown-key/,
    reason: "docker compose drops it; a typing error there is worth a line",
    example: files({
      "compose.yaml": "include: [{ path: sub/inc.yaml, pth: x }]\nservices: { a: { image: i } }\n",
      "sub/inc.yaml": "services: { b: { image: j } }\n",
    }),
  },
  "an SSH key of a build with a path": {
    shows: /^only docker compose refuses it: json: error calling MarshalJSON for type types\.SSHKey: /,
    reason: "docker compose cannot print it as JSON",
    among: "generated",
    example: keys("build: { context: ., ssh: [a=/k] }"),
  },
  "a file of more than 100,000 values": {
    shows: /^only docker compose refuses it: .*exceeds maximum node visit limit/,
    reason: "docker compose refuses it, to be safe from aliases of aliases; ours counts those by themselves",
    example: `services: { a: { image: i } }\nx-a:\n${"  - [a, a, a, a, a, a, a, a, a]\n".repeat(10_100)}`,
  },
  "values that are nested more than 500 deep": {
    shows: /^only we refuse it: yaml at \S+:\d+: the file is nested too deeply$/,
    reason: "stages go down a tree by calls, which have to fit on the stack; nobody nests as deep",
    example: `services: { a: { image: i } }\nx-a: ${"{ a: ".repeat(600)}b${" }".repeat(600)}\n`,
  },
  "an app of more than 10,000 services": {
    shows: /^only we refuse it: invalid-value at services\.\S+: from here on, the app has more than 10000 services$/,
    reason: "no host has room for them, and each stage would look at all of them",
    example: `services:\n${Array.from({ length: 10_001 }, (_, index) => `  s${index}: { image: i }\n`).join("")}`,
  },
  "a name of the app that is reset": {
    shows: /^name: ours "shop", docker compose's "null"$/,
    reason: "docker compose takes the value for the name, whatever its tag",
    example: files(
      { "compose.yaml": "name: !reset null\nservices: { a: { image: i, network_mode: none } }\n" },
      { name: null },
    ),
  },
  "a text that is no YAML, which docker compose reads on for some lines": {
    shows:
      /^another error: (?:.*; )?yaml at \S+:\d+: .*; docker compose: failed to parse \S+: go-yaml load error in (?:scanner|parser)/s,
    reason: "ours tells where the fault begins, docker compose where it can read no further",
    behind: [1, 20],
    among: "generated",
    example: 'services:\n  a:\n    image: i\n    user: "a\n      b"_\n    ? >x\n',
  },
  "a text that is no YAML for two reasons": {
    shows:
      /^another error: (?:.*; )?yaml at \S+:\d+: .*; docker compose: failed to parse \S+: (?:go-yaml load error in composer|yaml: construct errors)/s,
    reason: "docker compose looks up aliases and compares keys as it reads, ours when all is read",
    behind: [-20, 1],
    has: /\*|<<|^ *(\S+)(?: *):[^]*^ *\1 *:/m,
    among: "generated",
    example: "services:\n  a:\n    <<: *b\n    image: i\n   user: x\n",
  },
  "a limit that is a text, where variables are not put in": {
    shows:
      /^(?:only docker compose refuses it|another error: .*; docker compose): \S+\.ulimits\.\S+: invalid type string for external$/s,
    reason:
      "docker compose makes a number of it with its variables alone, and takes no text; a template may have one there",
    among: "templates",
    example: template(keys("ulimits: { nofile: $N }")),
  },
  "a device with a template that has colons, where variables are not put in": {
    shows: /\.devices: ours \["[^"]*"\], docker compose's \[\{"permissions":"rwm","source":"","target":""\}\]$/,
    reason: "docker compose prints nothing of it",
    among: "templates",
    example: template(keys("devices: ['${D:-/dev/a}:${E:-/dev/b}:r']")),
  },
  "a fault in an env file behind a name alone that has a blank behind it": {
    shows: /^another error: env-file at \S+:\d+: .*; docker compose: failed to read \S+: line \d+: /s,
    reason: "docker compose does not count the line of such a name",
    behind: [-3, -1],
    has: /(?:^|['"])[\w.-]+[ \t]+$/m,
    among: "generated",
    example: files({ "compose.yaml": keys("env_file: a.env"), "a.env": "A \nB=1\nC{=1\n" }),
  },
};

/** Where variables are not put in. */
function template(text: string): Fixture {
  return files({ "compose.yaml": text }, { templates: true });
}

const placesOf = {
  all: ["all"],
  generated: ["all", "generated"],
  templates: ["all", "generated", "templates"],
} as const satisfies Record<Cases, readonly Cases[]>;

/** Fixtures on which docker compose ends with a stack trace: what is wrong with each, ours says. */
export const crashing: readonly string[] = [
  "merges: logging: { driver: x } under logging:",
  ...["[3]", "[null]", "[[a]]"].flatMap((list) => [
    `extendedFiles: depends_on: ${list}`,
    `extendedFiles: networks: ${list}`,
  ]),
  ...["volumes", "networks", "secrets", "configs"].flatMap((section) => [
    `extendedFiles: ${section}: {v: 3} at the top`,
    `extendedFiles: ${section}: {v: []} at the top`,
  ]),
];

/** Whether all that is different may be among these cases. */
export function isListed({ parts }: Difference, { files }: Pick<ConformanceCase, "files">, cases: Cases): boolean {
  const places: readonly (Cases | undefined)[] = placesOf[cases];
  const entries = Object.values(listed).filter(({ among }) => places.includes(among));
  const hasText = ({ has }: Listed): boolean =>
    has === undefined || Object.values(files).some((text) => has.test(text));
  if (parts.length === 0) throw new Error("a difference has no part");
  return parts.every((part) =>
    entries.some((entry) => entry.shows.test(part) && hasText(entry) && isNear(part, entry)),
  );
}

/** Whether each of our places is as far from docker compose's as it may be. */
function isNear(part: string, { behind }: Listed): boolean {
  if (behind === undefined) return true;
  const [, ours = "", theirs = ""] = /^another error: (.*); docker compose: (.*)$/s.exec(part) ?? [];
  const place = findingOf(theirs)?.place;
  if (place?.kind !== "lines" || place.lines === undefined) return false;
  const [first, last] = place.lines;
  const [least, most] = behind;
  const lines = [...ours.matchAll(/(?:^|; )(?:yaml|yaml-alias|env-file) at \S+?:(\d+): /g)].map(([, line]) =>
    Number(line),
  );
  return lines.length > 0 && lines.every((line) => last - line >= least && first - line <= most);
}

/** More than this of the cases of one kind are no corner any more. */
export const mostListed = { generated: 0.02, templates: 0.05, edited: 0.08 } as const;

export function isRefusedCrash({ what: text }: Difference): boolean {
  return text.startsWith("docker compose crashes, we refuse it: ");
}
