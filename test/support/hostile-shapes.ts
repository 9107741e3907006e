import type { HostileFile } from "./hostile-files.ts";
import { mostServices, nearlyDeepest, reached } from "./hostile-limits.ts";

const one = "services: { a: { image: i } }\n";
const reading = "services: { a: { image: i, env_file: a.env } }\n";

/** Files of one shape each, again and again: what is linear for ten is to be linear for a million. */
export const hostileShapes: readonly HostileFile[] = [
  { name: "a quote that is closed nowhere in 10 MB", text: () => `a: "${"x".repeat(10_000_000)}` },
  { name: "a quote that is closed nowhere in a million lines", text: () => `a: "${"xxxxxxxx y\n".repeat(900_000)}` },
  { name: "200,000 documents", text: () => one + "---\n".repeat(200_000) },
  { name: "80,000 documents that have something", text: () => one + "---\nx-a: 1\n".repeat(80_000) },
  {
    name: "50,000 documents with a service each",
    text: () => repeated(50_000, (at) => `---\nservices: {a${at}: {image: i}}\n`),
    says: reached.merged,
  },
  {
    name: "10,000 services with a misspelt key",
    text: () => services(mostServices, () => "{ imge: i }"),
    says: /^unknown key "imge"/,
  },
  {
    name: "50,000 misspelt keys of one service",
    text: () => `services:\n  a:\n    image: i\n${repeated(50_000, (at) => `    imge${at}: i\n`)}`,
  },
  {
    name: "10,000 misspelt values",
    text: () => services(mostServices, () => "{ image: i, restart: alway }"),
    says: /"alway"/,
  },
  {
    name: "10,000 misspelt dependencies",
    text: () => services(mostServices, (at) => `{ image: i, depends_on: [t${at}] }`),
    says: /depends on .* which is not a service$/,
  },
  {
    name: "10,000 services with a port",
    text: () => services(mostServices, (at) => `{ image: i, ports: ["${at + 1}:80"] }`),
  },
  {
    name: "10,000 services that extend each other",
    text: () => services(mostServices, (at) => `{ extends: s${at + 1} }`),
    says: /^more than \d+ services extend each other/,
  },
  {
    name: "10,000 services that extend what is not there",
    text: () => services(mostServices, (at) => `{ extends: t${at} }`),
    says: /extends .* which is not a service$/,
  },
  {
    name: "services that extend each other and grow",
    text: () => services(1_000, (at) => `{ extends: s${at + 1}, ports: ["${at + 1}"], environment: [E${at}=x] }`),
  },
  {
    name: "5,000 files that services extend",
    text: () => services(5_000, (at) => `{ extends: { file: f${at}.yaml, service: x } }`),
    files: () => files(5_000, () => "services: { x: { image: i } }"),
  },
  {
    name: "5,000 files that are included",
    text: () => `include: [${repeated(5_000, (at) => `f${at}.yaml, `)}]\n${one}`,
    files: () => files(5_000, (at) => `services: { s${at}: { image: i } }`),
    says: reached.merged,
  },
  {
    name: "50,000 files that are included and not there",
    text: () => `include: [${repeated(50_000, (at) => `f${at}.yaml, `)}]\n${one}`,
  },
  {
    name: "files that include the next one twice",
    text: () => `include: [f0.yaml, f0.yaml]\n${one}`,
    files: () => files(30, (at) => `include: [f${at + 1}.yaml, ./f${at + 1}.yaml]\nservices: { s${at}: { image: i } }`),
  },
  { name: "a list of 2,500,000 items", text: () => `x-a:\n${"- a\n".repeat(2_500_000)}${one}`, says: reached.values },
  { name: "a line of many maps", text: () => `x-a: [${"{a: b, c: d},".repeat(45_000)}]\n${one}` },
  { name: "a line of many keys", text: () => `x-a: {${repeated(100_000, (at) => `k${at}: 1,`)}}\n${one}` },
  {
    name: "brackets as deep as they may be",
    text: () => `x-a: [${`${"[".repeat(nearlyDeepest)}${"]".repeat(nearlyDeepest)},`.repeat(500)}]\n${one}`,
  },
  {
    name: "brackets deeper than they may be",
    text: () => `x-a: [${`${"[".repeat(990)}${"]".repeat(990)},`.repeat(1_000)}]\n${one}`,
    says: reached.depth,
  },
  { name: "100,000 keys of the user's own", text: () => `${repeated(100_000, (at) => `x-${at}: 1\n`)}${one}` },
  {
    name: "10 MB in 200,000 lines",
    text: () => `${repeated(200_000, (at) => `x-${at}: "${"v".repeat(36)}"\n`)}${one}`,
  },
  { name: "10 MB of comments", text: () => `${"# comment\n".repeat(1_000_000)}${one}` },
  { name: "comments behind values", text: () => `${repeated(60_000, (at) => `x-${at}: 1 # of a line\n`)}${one}` },
  {
    name: "10 MB of empty lines before a mistake",
    text: () => `${"\n".repeat(10_000_000)}services: { a: { imge: i } }`,
  },
  { name: "10 MB of tabs", text: () => `a:${"\t".repeat(10_000_000)}b\n${one}` },
  {
    name: "10 MB of blanks in a line that lacks a colon",
    text: () => `a:\n  b: c\nfoo${" ".repeat(9_900_000)}bar\nx: y`,
  },
  { name: "10 MB of blanks before a colon that ends no key", text: () => `a: b${" ".repeat(9_900_000)}c: d` },
  { name: "10 MB of blanks before the end of a mistake", text: () => `a: b: c${" ".repeat(9_900_000)}` },
  { name: "10 MB of # in a line of a list that is no item", text: () => `a:\n- b\nc${"#".repeat(9_900_000)}\n` },
  { name: "10 MB of lines that tabs indent", text: () => `a:\n${"\tb: c\n".repeat(1_700_000)}` },
  { name: "60,000 lines of Windows", text: () => `${repeated(60_000, (at) => `x-${at}: some value\r\n`)}${one}` },
  { name: "a block of 700,000 lines", text: () => `x-a: >\n${"  line of text\n".repeat(700_000)}${one}` },
  {
    name: "40,000 merge keys one after the other",
    text: () => `x-0: &a0 {k: v}\n${repeated(40_000, (at) => `x-${at + 1}: &a${at + 1} { <<: *a${at} }\n`)}${one}`,
    says: reached.aliased,
  },
  {
    name: "merge keys that grow",
    text: () =>
      `x-0: &a0 {k: v}\n${repeated(5_000, (at) => `x-${at + 1}: &a${at + 1} { <<: *a${at}, k${at}: x }\n`)}${one}`,
    says: reached.aliased,
  },
  {
    name: "100,000 aliases deep in a tree",
    text: () =>
      `x-a: &a x\nx-b: ${"{a: ".repeat(nearlyDeepest)}[${"*a, ".repeat(100_000)}]${"}".repeat(nearlyDeepest)}\n${one}`,
  },
  {
    name: "100,000 resets",
    text: () => `services:\n  a:\n    image: i\n    labels:\n${repeated(100_000, (at) => `      l${at}: !reset x\n`)}`,
  },
  {
    name: "a bad template that 200,000 aliases stand for",
    text: () => `x-e: &e '\${'\nx-a: [${"*e, ".repeat(200_000)}]\n${one}`,
  },
  {
    name: "100,000 variables that must be set",
    text: () => `x-a: {${repeated(100_000, (at) => `l${at}: '\${A${at}:?x}',`)}}\n${one}`,
  },
  { name: "operators in operators, 200,000 times", text: () => `x-a: '${"${A:-${B:+x}}".repeat(200_000)}'\n${one}` },
  {
    name: "operators in operators, a million deep",
    text: () => `x-a: '${"${A:-".repeat(1_000_000)}${"}".repeat(1_000_000)}'\n${one}`,
  },
  { name: "lines in quotes that go on, 5,000,000 times", text: () => `x-a: "${"\\\n".repeat(4_900_000)}"\n${one}` },
  {
    name: "a duration of 8 MB",
    text: () => `services: { a: { image: i, stop_grace_period: "${"1s".repeat(4_000_000)}" } }`,
  },
  { name: "a mount of 9 MB", text: () => `services: { a: { image: i, volumes: ["${"/a:".repeat(3_000_000)}"] } }` },
  {
    name: "a command of 4,000,000 words",
    text: () => `services: { a: { image: i, command: "${"a ".repeat(4_000_000)}" } }`,
  },
  {
    name: "100,000 profiles",
    text: () => `services: { a: { image: i, profiles: [${repeated(100_000, (at) => `p${at}, `)}] } }`,
  },
  {
    name: "60,000 address pools of a network",
    text: () =>
      `services: { a: { image: i, networks: [n] } }\nnetworks: { n: { ipam: { config: [${repeated(60_000, (at) => `{ subnet: 10.${at >> 8}.${at & 255}.0/24 },`)}] } } }`,
  },
  {
    name: "60,000 ports of a service",
    text: () => `services: { a: { image: i, ports: [${repeated(60_000, (at) => `"${at + 1}:${at + 1}",`)}] } }`,
  },
  {
    name: "an env file of 500,000 variables",
    text: () => reading,
    files: () => ({ "a.env": repeated(500_000, (at) => `V${at}=some value\n`) }),
  },
  {
    name: "an env file of 500,000 variables that is read as it is",
    text: () => "services: { a: { image: i, env_file: [{ path: a.env, format: raw }] } }\n",
    files: () => ({ "a.env": repeated(500_000, (at) => `V${at}=some value\n`) }),
  },
  {
    name: "an env file with a line of 4,500,000 variables that are not set",
    text: () => reading,
    files: () => ({ "a.env": `A=${"$B".repeat(4_500_000)}\n` }),
  },
  {
    name: "an env file of 1,800,000 lines with a variable that is not set",
    text: () => reading,
    files: () => ({ "a.env": "A=$B\n".repeat(1_800_000) }),
  },
  {
    name: "an env file with a line of 9 MB in quotes",
    text: () => reading,
    files: () => ({ "a.env": `A="${'\\"'.repeat(4_500_000)}"\n` }),
  },
  {
    name: "an env file with a quote that is never closed",
    text: () => reading,
    files: () => ({ "a.env": `A='${"x\n".repeat(4_500_000)}` }),
  },
];

function services(count: number, value: (at: number) => string): string {
  return `services:\n${repeated(count, (at) => `  s${at}: ${value(at)}\n`)}`;
}

function files(count: number, text: (at: number) => string): Readonly<Record<string, string>> {
  return Object.fromEntries(Array.from({ length: count }, (_, at) => [`f${at}.yaml`, text(at)]));
}

function repeated(count: number, text: (at: number) => string): string {
  return Array.from({ length: count }, (_, at) => text(at)).join("");
}
