import { hostileDocuments } from "./hostile-documents.ts";
import { mostServices, nearlyDeepest, nearlyMostValues, reached } from "./hostile-limits.ts";
import { hostileScalars } from "./hostile-scalars.ts";
import { hostileShapes } from "./hostile-shapes.ts";
import { hostileYaml } from "./hostile-yaml.ts";

/** A text that is made to harm whoever reads it. Made when it is asked for: some are large. */
export interface HostileFile {
  readonly name: string;
  readonly text: () => string;
  /** What else is beside it, by name. */
  readonly files?: () => Readonly<Record<string, string>>;
  /** What one of its findings says. Default: any, but that of a limit that hides what the file is made for. */
  readonly says?: RegExp;
}

/** Files that a loader must answer with a model or with findings, within a second: `npm run bench -- stackfile hostile` times it. */
export const hostileFiles: readonly HostileFile[] = [
  { name: "brackets without end", text: () => "[".repeat(50_000), says: reached.depth },
  ...hostileDocuments,
  ...hostileScalars,
  ...hostileShapes,
  ...hostileYaml,
  { name: "deep maps", text: () => "{a: ".repeat(5_000), says: reached.depth },
  {
    name: "deep templates",
    text: () => `services: { a: { image: '${"${A:-".repeat(3_000)}${"}".repeat(3_000)}' } }`,
    says: /template is nested more than/,
  },
  { name: "templates without end", text: () => `services: { a: { image: '${"${A".repeat(5_000)}' } }` },
  {
    name: "aliases of aliases",
    text: () => ["x-0: &a0 {k: v}", ...bomb(12), "services: { a: { image: i } }"].join("\n"),
    says: reached.aliased,
  },
  { name: "a long chain", text: () => `services:\n${chain(5_000)}  s5000: { image: i }\n` },
  { name: "every port", text: () => 'services: { a: { image: i, ports: ["1-65535:1-65535"] } }' },
  {
    name: "every port of two protocols",
    text: () => 'services: { a: { image: i, ports: ["1-65535:1-65535", "1-65535:1-65535/udp"] } }',
  },
  { name: "many documents", text: () => "---\n".repeat(5_000) },
  { name: "a byte order mark and Windows lines", text: () => "\uFEFFservices:\r\n  a:\r\n    image: i\r\n" },
  { name: "NUL", text: () => "services: { a: { image: 'i\u0000' } }" },
  { name: "half a character", text: () => 'services: { a: { image: "\\uD800" } }' },
  { name: "control characters", text: () => "services: { a: { image: 'i\u0007\u009b' } }" },
  { name: "a character that stands for bytes that are none", text: () => "services: { a: { image: i\uFFFD } }" },
  { name: "a name of 1 MB", text: () => `services: { ${"a".repeat(1_000_000)}: { image: i } }` },
  { name: "a number of 10 MB", text: () => `services: { a: { image: i, user: ${"1".repeat(10_000_000)} } }` },
  { name: "a size of 10 MB", text: () => `services: { a: { image: i, mem_limit: "${"1".repeat(10_000_000)}" } }` },
  { name: "a value of 10 MB", text: () => `services: { a: { image: "${"i".repeat(10_000_000)}" } }` },
  {
    name: "a line of 10 MB",
    text: () => `services:\n  a: { image: i, command: [${"a, ".repeat(3_300_000)}] }\n`,
    says: reached.values,
  },
  { name: "a file of 10 MB that is no YAML", text: () => "a: [\n".repeat(1_700_000), says: reached.depth },
  { name: "a file of 10 MB without a colon", text: () => "word ".repeat(2_000_000) },
  { name: "a file of 10 MB of colons", text: () => ":".repeat(10_000_000) },
  { name: "a file of 10 MB of dollar signs", text: () => `services: { a: { image: "${"$".repeat(10_000_000)}" } }` },
  { name: "a file of 10 MB of open templates", text: () => `services: { a: { image: "${"${".repeat(5_000_000)}" } }` },
  { name: "a file of 10 MB of quotes", text: () => `a: ${"'".repeat(10_000_001)}` },
  {
    name: "100,000 lines of unknown keys",
    text: () => `services:\n  a:\n${lines(100_000, (index) => `    key${index}: 1`)}`,
    says: /^unknown key "key/,
  },
  {
    name: "100,000 lines of variables",
    text: () =>
      `services:\n  a:\n    image: i\n    environment:\n${lines(100_000, (index) => `      V${index}: $X${index}`)}`,
    says: /^the variable X\d+ is not set/,
  },
  {
    name: "100,000 lines of one list",
    text: () => `services:\n  a:\n    image: i\n    ports:\n${lines(100_000, (index) => `      - "${index}"`)}`,
  },
  {
    name: "100,000 lines of one key",
    text: () => `services:\n  a:\n${lines(100_000, () => "    image: i")}`,
    says: /^the key "image" is already set/,
  },
  {
    name: "100,000 lines of indentation",
    text: () =>
      Array.from({ length: nearlyDeepest }, (_, index) => `${" ".repeat(index)}a:\n`)
        .join("")
        .repeat(200),
    says: /^the key "a" is already set/,
  },
  { name: "100,000 comments", text: () => `${"# nothing\n".repeat(100_000)}services: { a: { image: i } }\n` },
  {
    name: "100,000 anchors",
    text: () => `${lines(100_000, (index) => `x-${index}: &a${index} 1`)}services: { a: { image: i } }\n`,
  },
  {
    name: "aliases of a large anchor",
    text: () => `x-a: &a [${"1, ".repeat(10_000)}]\n${lines(1_000, (index) => `x-${index}: *a`)}`,
    says: reached.aliased,
  },
  {
    name: "merge keys of merge keys",
    text: () => [`x-0: &a0 {k: v}`, ...mergeBomb(30), "services: { a: { image: i } }"].join("\n"),
    says: reached.aliased,
  },
  {
    name: "a ring of services",
    text: () =>
      `services:\n${lines(5_000, (index) => `  s${index}: { image: i, depends_on: [s${(index + 1) % 5_000}] }`)}`,
    says: /wait for each other/,
  },
  {
    name: "many rings that share a service",
    text: () =>
      `services:\n${lines(mostServices, (index) => `  s${index}: { image: i, depends_on: [s${(index + 1) % mostServices}, s0] }`)}`,
    says: /wait for each other/,
  },
  {
    name: "services that all wait for each other",
    text: () =>
      `services:\n${lines(200, (index) => `  s${index}: { image: i, depends_on: [${Array.from({ length: 200 }, (_, to) => `s${to}`).join(", ")}] }`)}`,
    says: /wait for each other/,
  },
  {
    name: "a port range in each of many services",
    text: () => `services:\n${lines(10, (index) => `  s${index}: { image: i, ports: ["1-9999:1-9999"] }`)}`,
  },
  {
    name: "every port, many times",
    text: () =>
      `services:\n  a:\n    image: i\n    ports:\n${lines(10_000, (index) => `      - "1-${65_535 - (index % 100)}:1-${65_535 - (index % 100)}/${index % 3 === 0 ? "tcp" : "udp"}"`)}`,
  },
  {
    name: "address pools over address pools",
    text: () => {
      const pools = lines(5_000, (index) => `          - subnet: 10.${index >> 8}.${index & 255}.0/24`);
      const network = `networks:\n  n:\n    ipam:\n      config:\n${pools}`;
      return `services: { a: { image: i, networks: [n] } }\n${network}---\n${network}`;
    },
  },
  {
    name: "names that are all close to one that is not there",
    text: () =>
      `services:\n${lines(5_000, (index) => `  service-of-a-long-name-${index}: { image: i, depends_on: [service-of-a-long-name-x${index}] }`)}`,
    says: /depends on .* which is not a service$/,
  },
  {
    name: "two names of 1 MB",
    text: () =>
      `services: { a: { image: i, depends_on: [${"a".repeat(1_000_000)}b] }, ${"a".repeat(1_000_000)}: { image: i } }`,
  },
  {
    name: "thousands of variables in one text",
    text: () =>
      `services: { a: { image: "${"x".repeat(5_000_000)}${lines(5_000, (index) => `$X${index} `).replaceAll("\n", "")}" } }`,
  },
  {
    name: "thousands of resets",
    text: () =>
      `services:\n  a:\n    image: i\n    labels:\n${lines(20_000, (index) => `      l${index}: x`)}---\n` +
      `services:\n  a:\n    labels:\n${lines(20_000, (index) => `      l${index}: !reset null`)}`,
  },
  {
    name: "many services that extend one file's",
    text: () =>
      `services:\n${lines(3_000, (index) => `  s${index}: { image: i }\n  t${index}: { extends: { file: compose.yaml, service: s${index} } }`)}`,
  },
  {
    name: "links to services that are not there",
    text: () => `services:\n  a:\n    image: i\n    links:\n${lines(20_000, (index) => `      - s${index}`)}`,
    says: /links names .* which is not a service$/,
  },
  {
    name: "host addresses over host addresses",
    text: () => {
      const service = `services:\n  a:\n    image: i\n    extra_hosts:\n`;
      const hosts = (prefix: string): string =>
        lines(20_000, (index) => `      - ${prefix}${index}=10.0.${index >> 8}.${index & 255}`);
      return `${service}${hosts("a")}---\n${service}${hosts("b")}`;
    },
  },
  {
    name: "one host port on many addresses",
    text: () =>
      `services:\n  a:\n    image: i\n    ports:\n${lines(30_000, (index) => `      - "10.0.${index >> 8}.${index & 255}:80:80"`)}`,
  },
  {
    name: "a merge key with 60,000 maps",
    text: () => `x-a: &a { b: c }\nx-m:\n  <<: [${"*a, ".repeat(60_000)}]\nservices: { a: { image: i } }\n`,
  },
  {
    name: "brackets with lines in the column of their key",
    text: () => `services:\n  a:\n    image: i\n    command: [\n${"    x,\n".repeat(50_000)}    ]\n`,
  },
  {
    name: "many documents that each add a service",
    text: () =>
      lines(1_000, (index) => `---\nservices: { s${index}: { image: i, ports: ["80"], environment: { A: b } } }`),
    says: reached.merged,
  },
  {
    name: "many documents that each change one service",
    text: () => lines(10_000, (index) => `---\nservices: { a: { image: i, labels: [l${index}=x] } }`),
    says: reached.merged,
  },
  {
    name: "many documents over many services",
    text: () =>
      `services:\n${lines(8_000, (index) => `  a${index}: { image: i }`)}${lines(2_000, (index) => `---\nservices: { b${index}: { image: i } }`)}`,
    says: reached.merged,
  },
  {
    name: "many services that extend a large one",
    text: () =>
      `services:\n  a: ${large(10_000)}\n${lines(mostServices - 1, (index) => `  b${index}: { extends: a }`)}`,
    says: reached.merged,
  },
  {
    name: "services that are aliases of a large one",
    text: () => `services:\n  a: &a ${large(10_000)}\n${lines(20, (index) => `  b${index}: *a`)}`,
  },
  {
    name: "services that merge a large one",
    text: () => `x-a: &a ${large(10_000)}\nservices:\n${lines(20, (index) => `  b${index}: { <<: *a, user: x }`)}`,
  },
  {
    name: "aliases in many documents",
    text: () => `x-a: &a [${"1, ".repeat(10_000)}]\n${lines(10_000, (index) => `---\nx-${index}: *a`)}`,
    says: reached.aliased,
  },
  {
    name: "one file that is included again and again",
    text: () =>
      `include: [${"compose.yaml, ".repeat(10_000)}]\nservices:\n${lines(1_000, (index) => `  a${index}: { image: i }`)}`,
    says: /^these files include each other/,
  },
  {
    name: "one env file that many services read",
    text: () => `services:\n${lines(5_000, (index) => `  a${index}: { image: i, env_file: compose.yaml }`)}`,
  },
  {
    name: "one env file that is named again and again",
    text: () =>
      `services: { a: { image: i, env_file: [${lines(20_000, (index) => `"./${"./".repeat(index % 50)}compose.yaml",`)}] } }`,
  },
  {
    name: "half a million variables in one text",
    text: () => `services: { a: { image: "${"${A}".repeat(500_000)}" } }`,
  },
  {
    name: "brackets that stay open over a large file",
    text: () => `a: ${"[\n".repeat(99)}${"x,\n".repeat(nearlyMostValues)}`,
    says: /never closed/,
  },
  {
    name: "a secret in each of many services",
    text: () =>
      `services:\n${lines(3_000, (index) => `  a${index}: { image: i, secrets: [s${index}] }`)}secrets:\n${lines(3_000, (index) => `  s${index}: { environment: S }`)}`,
  },
  { name: "a billion replicas", text: () => "services: { a: { image: i, scale: 1000000000 } }" },
  {
    name: "every port exposed, many times",
    text: () =>
      `services:\n  a:\n    image: i\n    expose:\n${lines(10_000, (index) => `      - "1-${65_535 - index}"`)}`,
  },
  {
    name: "names that are all a little close to one that is not there",
    text: () =>
      `services:\n${lines(5_000, (index) => `  ${letters(index)}: { image: i, depends_on: [${letters(index + 7_919)}] }`)}`,
    says: /depends on .* which is not a service$/,
  },
  {
    name: "one error that an anchor repeats",
    text: () => `x-a: &a {image: i, imge: x}\nservices:\n${lines(mostServices, (index) => `  s${index}: *a`)}`,
    says: /^unknown key "imge"/,
  },
  {
    name: "a bad template that an anchor repeats",
    text: () => `x-a: &a '$\{'\nservices:\n${lines(mostServices, (index) => `  s${index}: { image: *a }`)}`,
    says: /is not a valid template$/,
  },
  {
    name: "a bad template that an anchor repeats deep in a tree",
    text: () => `x-e: &e '$\{'\nx-a: ${deep(`[${"*e, ".repeat(16_000)}]`)}`,
    says: /is not a valid template$/,
  },
  {
    name: "many errors deep in a tree",
    text: () => `x-a: ${deep(`[${"'$\{', ".repeat(1_000)}]`)}`,
    says: /is not a valid template$/,
  },
  {
    name: "many services that lack an image",
    text: () => `services:\n${lines(mostServices, (index) => `  s${index}: {}`)}`,
    says: /needs "image"/,
  },
  {
    name: "many errors below a long name",
    text: () => `services: { ${"k".repeat(100_000)}: { ${lines(1_000, (index) => `k${index}: 1,`)} } }`,
    says: /^unknown key "k/,
  },
  {
    name: "paths that climb",
    text: () => 'services: { a: { image: i, volumes: ["../../../../../../../../../x:/y"], env_file: ../../../../x } }',
  },
];

/** Below nearly as many maps as a file may nest. */
function deep(value: string): string {
  return `${"{a: ".repeat(nearlyDeepest)}${value}${"}".repeat(nearlyDeepest)}`;
}

/** A service with this many labels. */
function large(labels: number): string {
  return `{ image: i, labels: { ${Array.from({ length: labels }, (_, index) => `l${index}: x`).join(", ")} } }`;
}

/** A long name of few letters, which differ from one index to the next. */
function letters(index: number): string {
  return (
    Array.from({ length: 60 }, (_, at) => "abc".charAt((index * (at + 1) * (at + 7)) % 3)).join("") + String(index)
  );
}

function lines(count: number, line: (index: number) => string): string {
  return Array.from({ length: count }, (_, index) => `${line(index)}\n`).join("");
}

function mergeBomb(levels: number): readonly string[] {
  return Array.from(
    { length: levels },
    (_, level) => `x-${level + 1}: &a${level + 1} { <<: [*a${level}, *a${level}], k${level}: *a${level} }`,
  );
}

function bomb(levels: number): readonly string[] {
  return Array.from(
    { length: levels },
    (_, level) => `x-${level + 1}: &a${level + 1} [${Array(9).fill(`*a${level}`).join(", ")}]`,
  );
}

function chain(length: number): string {
  return Array.from({ length }, (_, index) => `  s${index}: { image: i, depends_on: [s${index + 1}] }\n`).join("");
}
