import { type Fixtures, files, keys, over } from "./conformance-fixtures.ts";

export const merges: Fixtures = Object.fromEntries(
  (
    [
      ["user: a", "user: b"],
      ["user: a", "user:"],
      ["user: a", "user: [b]"],
      ["labels: { a: 1, b: 1 }", "labels: { b: 2, c: 2 }"],
      ["labels: { a: 1, b: 1 }", "labels: [b=2, c]"],
      ["labels: [a=1]", "labels: { a: }"],
      ["labels: { a: 1 }", "labels:"],
      ["environment: { A: 1 }", "environment: [B=2, A=3]"],
      ["environment: { A: 1, B: }", "environment: { B: 2, A: }"],
      ["environment: [A=1]", "environment: [A]"],
      ["environment: { A=B: c }", "environment: { D: e }"],
      ["environment: { 'A ': c }", "environment: { D: e }"],
      ["environment: { A: 1.50, B: true, C: 1e6 }", "environment: { D: 0777 }"],
      ["environment: { A: 1 }", "environment: x"],
      ["ports: ['80:80']", "ports: ['81:81']"],
      ["ports: ['80:80']", "ports: ['80:80']"],
      ["ports: ['80:80']", "ports: [{ target: 80, published: '80' }]"],
      ["ports: ['80:80']", "ports: [{ target: 80, published: 80 }]"],
      ["ports: ['80:80']", "ports: ['127.0.0.1:80:80']"],
      ["ports: ['8000-8001:80-81']", "ports: ['8001:81']"],
      ["ports: [80]", "ports: ['80']"],
      ["ports: ['80']", "ports: '81'"],
      ["ports: ['80']", "ports: { a: b }"],
      ["ports: ['80']", "ports:"],
      ["expose: [80]", "expose: ['80', 81]"],
      ["volumes: ['/x:/t', '/y:/u']", "volumes: ['/z:/t']"],
      ["volumes: ['/x:/t']", "volumes: [{ type: bind, source: /z, target: /t }]"],
      ["volumes: ['/x:/t']", "volumes: ['/z:/t/']"],
      ["tmpfs: /a", "tmpfs: [/b]"],
      ["tmpfs: [/a, '/b:size=1m']", "tmpfs: ['/b:size=2m']"],
      ["command: [a, b]", "command: c"],
      ["command: [a, b]\nentrypoint: x", "command:\nentrypoint:"],
      ["command: a", "command: []"],
      ["healthcheck: { test: a, retries: 3 }", "healthcheck: { test: [CMD, b] }"],
      ["healthcheck: { test: a, retries: 3 }", "healthcheck: { test: , interval: 5s }"],
      ["healthcheck: { test: a }", "healthcheck: { disable: true }"],
      ["healthcheck: { test: a }", "healthcheck:"],
      ["logging: { driver: x, options: { a: 1 } }", "logging: { options: { b: 2 } }"],
      ["logging: { driver: x, options: { a: 1 } }", "logging: { driver: x, options: { b: 2 } }"],
      ["logging: { driver: x, options: { a: 1 } }", "logging: { driver: y }"],
      ["logging: { options: { a: 1 } }", "logging: { driver: y }"],
      ["logging: { driver: x }", "logging:"],
      ["ulimits: { nofile: { soft: 1, hard: 2 } }", "ulimits: { nofile: 5, nproc: 6 }"],
      ["ulimits: { nofile: 5 }", "ulimits: { nofile: { soft: 1, hard: 2 } }"],
      ["ulimits: { nofile: { soft: 1, hard: 2 } }", "ulimits: { nofile: { soft: 3 } }"],
      ["cap_add: [A, B]", "cap_add: [B, C]"],
      ["security_opt: [a]", "security_opt: [b]"],
      ["security_opt: [a]", "security_opt: [a]"],
      ["group_add: [a]", "group_add: [a]"],
      ["dns: 1.1.1.1", "dns: [8.8.8.8]"],
      ["dns: 1.1.1.1", "dns: 1.1.1.1"],
      ["dns: [1.1.1.1]", "dns: ''"],
      ["dns_search: [a]", "dns_search: b"],
      ["dns_opt: [a]", "dns_opt: [b, a]"],
      ["extra_hosts: ['a:1']", "extra_hosts: ['a:2', 'a:1']"],
      ["extra_hosts: { a: '1' }", "extra_hosts: { a: '2', b: '3' }"],
      ["extra_hosts: { a: ['1', '2'] }", "extra_hosts: ['a=1']"],
      ["devices: ['/dev/a:/dev/x']", "devices: ['/dev/b:/dev/x', /dev/c]"],
      ["configs: []", "configs: []"],
      ["sysctls: { a: 1 }", "sysctls: [b=2]"],
      ["annotations: { a: 1 }", "annotations: [a=2]"],
      ["profiles: [a]", "profiles: [b, a]"],
      ["env_file: []", "env_file: []"],
      ["deploy: { replicas: 2, labels: { a: 1 } }", "deploy: { labels: [b=2], resources: { limits: { memory: 1m } } }"],
      ["deploy: { replicas: 2 }", "deploy:"],
      ["deploy: { placement: { constraints: [a] } }", "deploy: { placement: { constraints: [b, a] } }"],
      ["networks: [default]", "networks: { default: { aliases: [x] } }"],
      ["networks: { default: { aliases: [x, y] } }", "networks: { default: { aliases: [y, z] } }"],
      ["networks: { default: { aliases: [x] } }", "networks: [default]"],
      ["networks: { default: { aliases: [x] } }", "networks:"],
      ["depends_on: {}", "depends_on: []"],
      ["build: ./x", "build: { target: y }"],
      ["build: { context: ./x, args: { A: 1 } }", "build: ./y"],
      [
        "build: { args: [A=1], tags: [a], labels: { a: b } }",
        "build: { args: { A: 2, B: 3 }, tags: [b, a], labels: [c=d] }",
      ],
      ["build: { additional_contexts: { a: ./b } }", "build: { additional_contexts: [c=./d] }"],
      ["build: { extra_hosts: ['a=1'] }", "build: { extra_hosts: { b: '2' } }"],
      ["build: ./x", "build:"],
      ["models: []", "models: {}"],
      ["volumes: [{ type: volume, target: /a, volume: { labels: [a=b] } }]", "volumes: [{ type: volume, target: /b }]"],
      ["x-a: { b: 1 }", "x-a: { c: 2 }"],
      ["post_start: [{ command: a }]", "post_start: [{ command: b }]"],
      ["label_file: []", "label_file: []"],
      ["scale: 1", "scale: 2"],
      ["tty: true", "tty: false"],
      ["storage_opt: { a: b }", "storage_opt: { c: d }"],
      ["blkio_config: { weight: 5 }", "blkio_config: { device_read_bps: [{ path: a, rate: 5 }] }"],
    ] as const
  ).map(([base, above]) => [`${base} under ${above}`, over(base, above)]),
);

const two = (base: string, above: string): ReturnType<typeof files> =>
  files({ "compose.yaml": base, "over.yaml": above });
const useN = "services: { a: { image: i, networks: [n] } }\n";

export const projectMerges: Fixtures = {
  "dependencies of both forms": two(
    "services: { a: { image: i, depends_on: { b: { condition: service_healthy, restart: true } } }, b: { image: i }, c: { image: i } }\n",
    "services: { a: { depends_on: [b, c] } }\n",
  ),
  "dependencies of both forms, the other way": two(
    "services: { a: { image: i, depends_on: [b, c] }, b: { image: i }, c: { image: i } }\n",
    "services: { a: { depends_on: { b: { condition: service_healthy } } } }\n",
  ),
  "pools with one subnet": two(
    `${useN}networks: { n: { ipam: { config: [{ subnet: a, gateway: b }] } } }\n`,
    "networks: { n: { ipam: { config: [{ subnet: a, gateway: c, ip_range: d }] } } }\n",
  ),
  "pools of two subnets": two(
    `${useN}networks: { n: { ipam: { config: [{ subnet: a }] } } }\n`,
    "networks: { n: { ipam: { config: [{ subnet: b }] } } }\n",
  ),
  "two pools under two": two(
    `${useN}networks: { n: { ipam: { config: [{ subnet: a, gateway: x }, { subnet: b }] } } }\n`,
    "networks: { n: { ipam: { config: [{ subnet: b, gateway: y }, { subnet: c }] } } }\n",
  ),
  "a pool under two": two(
    `${useN}networks: { n: { ipam: { config: [{ subnet: a }] } } }\n`,
    "networks: { n: { ipam: { config: [{ subnet: b }, { subnet: b, gateway: y }] } } }\n",
  ),
  "a pool under none": two(
    `${useN}networks: { n: { ipam: { config: [{ subnet: a }] } } }\n`,
    "networks: { n: { ipam: { config: [] } } }\n",
  ),
  "pools without a subnet": two(
    `${useN}networks: { n: { ipam: { config: [{ gateway: a }] } } }\n`,
    "networks: { n: { ipam: { config: [{ ip_range: b }] } } }\n",
  ),
  "a null network": two(`${useN}networks: { n: { driver: x } }\n`, "networks: { n: }\n"),
  "a network over null": two(`${useN}networks: { n: }\n`, "networks: { n: { driver: x } }\n"),
  "labels of a network": two(`${useN}networks: { n: { labels: [a=b] } }\n`, "networks: { n: { labels: { c: d } } }\n"),
  "labels of a volume": two(
    `${keys("volumes: ['v:/v']")}volumes: { v: { labels: [a=b] } }\n`,
    "volumes: { v: { labels: { c: d } } }\n",
  ),
  "the same label of a volume": two(
    `${keys("volumes: ['v:/v']")}volumes: { v: { labels: [a=b] } }\n`,
    "volumes: { v: { labels: [a=c] } }\n",
  ),
  "the same label of a volume, the same": two(
    `${keys("volumes: ['v:/v']")}volumes: { v: { labels: [a=b] } }\n`,
    "volumes: { v: { labels: [a=b] } }\n",
  ),
  "labels of a config": two(
    `${keys("configs: [c]")}configs: { c: { file: x, labels: { a: b } } }\n`,
    "configs: { c: { labels: { c: d } } }\n",
  ),
  "labels of a config of two forms": two(
    `${keys("configs: [c]")}configs: { c: { file: x, labels: { a: b } } }\n`,
    "configs: { c: { labels: [c=d] } }\n",
  ),
  "a config from elsewhere": two(
    `${keys("configs: [c]")}configs: { c: { file: x } }\n`,
    "configs: { c: { content: y } }\n",
  ),
  "uses of configs and secrets": two(
    `${keys("configs: [c]\nsecrets: [s]")}configs: { c: { file: x } }\nsecrets: { s: { file: y } }\n`,
    "services: { a: { configs: [{ source: c, target: /c }, c], secrets: [{ source: s, target: /run/secrets/s }] } }\n",
  ),
  "a new service": two(keys("user: x"), "services: { b: { image: j } }\n"),
  "a service without an image": two(keys("user: x"), "services: { b: { user: x } }\n"),
  "a base without an image": two("services: { a: { user: x } }\n", keys("hostname: h")),
  "services of another kind": two(keys("user: x"), "services: [a]\n"),
  "null services": two(keys("user: x"), "services:\n"),
  "an empty file on top": two(keys("user: x"), ""),
  "an empty file below": two("", keys("user: x")),
  "two empty files": two("", "# x\n"),
  "an error in the file on top": two(keys("user: x"), "services: { a: { foo: x } }\n"),
  "an error in the file below that the one on top mends": two("services: { a: { image: 5 } }\n", keys("user: x")),
  extensions: two(`${keys("user: x")}x-a: { b: 1, c: [1] }\n`, "x-a: { b: 2, c: [2] }\n"),
  "paths of a file elsewhere": {
    files: {
      "compose.yaml": keys("volumes: ['./x:/x']"),
      "over/more.yaml": "services: { a: { volumes: ['./y:/y'], env_file: e.env } }\n",
      "e.env": "A=1\n",
    },
    stackFiles: ["compose.yaml", "over/more.yaml"],
  },
  "the folder is that of the first file": {
    files: {
      "sub/compose.yaml": keys("volumes: ['./x:/x', '../y:/y']"),
      "over.yaml": "services: { a: { volumes: ['./z:/z'] } }\n",
    },
    stackFiles: ["sub/compose.yaml", "over.yaml"],
    name: null,
  },
};

export const names: Fixtures = Object.fromEntries(
  [
    ...[
      "name: shop",
      "name: My App.v2",
      "name: _x",
      "name: My_App",
      "name: ''",
      "name: '--'",
      "name: 5",
      "name: true",
      "name: [a]",
    ],
    ...[
      "name: ${FOO}",
      "name: ${UNSET}",
      "name: ${UNSET:-x}-y",
      "name: ${",
      "name:",
      "name: { a: b }",
      "name: é",
      "user: x",
    ],
  ].map((text) => [
    text,
    files(
      {
        "compose.yaml": text.startsWith("name")
          ? `${text}\n${keys("hostname: $COMPOSE_PROJECT_NAME")}`
          : keys("hostname: $COMPOSE_PROJECT_NAME"),
      },
      { name: null, env: { FOO: "bar" } },
    ),
  ]),
);

export const givenNames: Fixtures = {
  ...Object.fromEntries(
    ["mine", "My", "a.b", "_a", "-a", "0", ""].map((name) => [
      `COMPOSE_PROJECT_NAME=${name}`,
      files(
        { "compose.yaml": `name: shop\n${keys("hostname: $COMPOSE_PROJECT_NAME")}` },
        { name: null, env: { COMPOSE_PROJECT_NAME: name } },
      ),
    ]),
  ),
  ...Object.fromEntries(
    ["mine", "My", "a b"].map((name) => [
      `-p ${name}`,
      files({ "compose.yaml": `name: shop\n${keys("user: x")}` }, { name }),
    ]),
  ),
  "the last file's": files(
    { "compose.yaml": `name: one\n${keys("user: x")}`, "over.yaml": "name: two\n" },
    { name: null },
  ),
  "a later document's": files({ "compose.yaml": `name: one\n${keys("user: x")}---\nname: two\n` }, { name: null }),
  "in .env": files({ "compose.yaml": keys("user: x"), ".env": "COMPOSE_PROJECT_NAME=dot\n" }, { name: null }),
  "of the folder": {
    files: { "My App.v2/compose.yaml": keys("user: x") },
    stackFiles: ["My App.v2/compose.yaml"],
    name: null,
  },
  "of a folder without letters": {
    files: { "___/compose.yaml": keys("user: x") },
    stackFiles: ["___/compose.yaml"],
    name: null,
  },
};

const dotenv = (text: string): ReturnType<typeof files> =>
  files({ "compose.yaml": keys("environment: [A, B, C, D]"), ".env": text }, { env: { D: "caller", CALLER: "yes" } });

export const dotenvFiles: Fixtures = Object.fromEntries(
  [
    ...[
      "A=1",
      "A = 1",
      "A: 1",
      "export A=1",
      "export  A=1",
      "exportA=1",
      "A=",
      "A",
      "D",
      "A=1\nB=$A",
      "A=1\nB=${A}x",
      "A='$D'",
      'A="$D"',
    ],
    ...[
      "A=$D",
      "D=file\nA=$D",
      "A=1 # c",
      "A=1#c",
      "A='1' # c",
      'A="a # b"',
      "A='it\\'s'",
      'A="a\\nb"',
      "A='a\\nb'",
      'A="a\\tb\\$c\\\\"',
    ],
    ...[
      'A="x\ny"',
      "A='x\ny'",
      'A="x',
      "A='x",
      "#A=1\nB=2",
      "  A=1",
      "A=1  ",
      "A=1\r\nB=2\r\n",
      "\uFEFFA=1",
      "A=1\n\n\nB=2",
      "A B=1",
    ],
    ...[
      "=1",
      "A-B=1",
      "A.B=1",
      "1A=1",
      "A[0]=1",
      "A!=1",
      "A=${UNSET:-x}",
      "A=${UNSET:?e}",
      "A=${",
      "A=$$x",
      'A="\\101"',
      'A="\\0101"',
    ],
    ...[
      "A=a=b",
      "A=a:b",
      "A:b=c",
      "A=\\x",
      'A="a\\"b"',
      'A="a"b',
      "A='a'b",
      'A="a" B=2',
      "A=é",
      "É=1",
      "A=1\nA=2",
      "A=\t1",
      "A\t=1",
    ],
    ...[
      "export A",
      "A=`x`",
      "A=(x)",
      "A=\\\nB=2",
      "A=${B:-${D}}",
      "A='${D}'\nB=$A",
      "A",
      "",
      "# only",
      'A="\\a\\b\\f\\v\\c"',
      "export\nA=1",
    ],
  ].map((text) => [JSON.stringify(text), dotenv(text)]),
);

const envFile = (text: string, more: Readonly<Record<string, string>>, env = {}): ReturnType<typeof files> =>
  files({ "compose.yaml": keys(text), ...more }, { env });

export const envFiles: Fixtures = {
  one: envFile("env_file: a.env", { "a.env": "A=1\n" }),
  "a list, the later wins": envFile("env_file: [a.env, b.env]", { "a.env": "A=1\nB=1\n", "b.env": "B=2\nC=$A$B\n" }),
  "environment wins": envFile("env_file: a.env\nenvironment: { A: own, B: '' }", { "a.env": "A=1\nB=1\nC=1\n" }),
  "null masks": envFile("env_file: a.env\nenvironment: { A: , B: }", { "a.env": "A=1\nB=1\n" }, { B: "caller" }),
  "variables of the caller, then of the service, then earlier": envFile(
    "env_file: a.env\nenvironment: { B: service }",
    { "a.env": "A=file\nB=file\nC=$A\nD=$B\nE=$F\n" },
    { A: "caller", F: "caller" },
  ),
  "a missing one": envFile("env_file: none.env", {}),
  "a missing one that may be missing": envFile("env_file: [{ path: none.env, required: false }]", {}),
  "a missing one that must not be": envFile("env_file: [{ path: none.env, required: true }]", {}),
  "a word for a flag": envFile("env_file: [{ path: none.env, required: 'no' }]", {}),
  "a bad flag": envFile("env_file: [{ path: none.env, required: x }]", {}),
  raw: envFile("env_file: [{ path: a.env, format: raw }]", { "a.env": "A='x' # y\nB=$C\n  C=1 \n#D=1\nE\nHOME\n" }),
  "raw with a space in a name": envFile("env_file: [{ path: a.env, format: raw }]", { "a.env": "A B=1\n" }),
  "raw without a name": envFile("env_file: [{ path: a.env, format: raw }]", { "a.env": "=1\n" }),
  "another format": envFile("env_file: [{ path: a.env, format: x }]", { "a.env": "A=1\n" }),
  "an unknown key": envFile("env_file: [{ path: a.env, foo: x }]", { "a.env": "A=1\n" }),
  "without a path": envFile("env_file: [{ required: false }]", {}),
  "a broken one": envFile("env_file: a.env", { "a.env": "A B=1\n" }),
  "one twice": envFile("env_file: [a.env, b.env, a.env]", { "a.env": "A=1\n", "b.env": "A=2\n" }),
  "a number": envFile("env_file: 5", {}),
  null: envFile("env_file:", {}),
  "two forms over each other": files({
    "compose.yaml": keys("env_file: a.env"),
    "over.yaml": "services: { a: { env_file: [{ path: b.env, required: false }, a.env] } }\n",
    "a.env": "A=1\n",
  }),
  "a variable in a path": envFile("env_file: ${X}.env", { "a.env": "A=1\n" }, { X: "a" }),
  "a label file": envFile("label_file: a.lab\nlabels: { b: own }", { "a.lab": "a=1\nb=2\nc=$a$HOME\n" }),
  "label files": envFile("label_file: [a.lab, b.lab]", { "a.lab": "a=1\n", "b.lab": "a=2\nb=$a\n" }),
  "a missing label file": envFile("label_file: none.lab", {}),
  "a label file with a bare name": envFile("label_file: a.lab", { "a.lab": "a\nHOME\nb=\n" }),
  "--env-file": files(
    { "compose.yaml": keys("environment: [A, B]"), ".env": "A=dot\n", "x.env": "B=x\n" },
    { envFiles: ["x.env"] },
  ),
  "two of --env-file": files(
    { "compose.yaml": keys("environment: [A, B]"), "x.env": "A=x\nB=x\n", "y.env": "B=y$A\n" },
    { envFiles: ["x.env", "y.env"] },
  ),
  "a missing --env-file": files({ "compose.yaml": keys("user: x") }, { envFiles: ["none.env"] }),
  "of a service of no active profile": files({
    "compose.yaml": "services: { a: { image: i }, b: { image: i, profiles: [x], env_file: none.env } }\n",
  }),
};

const skip = (text: string, skips: NonNullable<Parameters<typeof files>[1]>["skips"]): ReturnType<typeof files> =>
  files({ "compose.yaml": text, "e.env": "A=1\n" }, { ...(skips === undefined ? {} : { skips }) });

const rich =
  "services:\n  a: { image: i, volumes: ['./x:/x', '~/y:/y', 'v:/v'], env_file: e.env, build: ./b, configs: [c], depends_on: [b] }\n" +
  "  b: { image: i, links: [a], pull_policy: if_not_present, networks: [] }\nvolumes: { v: }\nconfigs: { c: { file: ./c } }\n";
const mild = rich.replace(", links: [a]", "");

const asWritten = (text: string): ReturnType<typeof files> =>
  files({ "compose.yaml": text, "e.env": "A=1\n" }, { templates: true, env: { WORD: "w" } });

export const templatesAsWritten: Fixtures = {
  rich: asWritten(mild),
  "variables everywhere": asWritten(
    keys(
      "environment: [A=$A, WORD, 'B=${B:-c}']\nlabels: { a: $$b }\nscale: ${N}\ntty: ${T}\nmem_limit: ${M}\n" +
        "command: run ${X}\nstop_grace_period: ${D}\nextra_hosts: ['a:${H}']",
    ),
  ),
  "ports and mounts": asWritten(keys("ports: ['${P}:80', '81']\nvolumes: ['${V}:/v', './x:/x', '${W:-/a:b}:/c:ro']")),
  "a port that is not one yet": asWritten(keys("ports: ['${P}', '80']")),
  "a mount that is not one yet": asWritten(keys("volumes: ['/a:/b']\ntmpfs: ${T}")),
  "a map of variables": asWritten(keys("environment: { A: , WORD: , B: 1, C: 1.50, D: true }")),
  "a build": asWritten(keys("build: { context: ./x, args: [A, WORD, B=1], shm_size: ${S} }")),
  "a build with a map": asWritten(keys("build: { args: { A: , WORD: , B: 1 }, additional_contexts: { a: '${X}' } }")),
  "external resources": asWritten(
    `${keys("networks: [n]\nvolumes: ['v:/v']")}networks: { n: { external: '\${E}' } }\nvolumes: { v: { external: true }, w: }\n`,
  ),
  profiles: asWritten(
    "services: { a: { image: i, profiles: [x] }, b: { image: $I, depends_on: [a], networks: [] } }\n",
  ),
  "configs and secrets": asWritten(
    `${keys("configs: [c]\nsecrets: [s]")}configs: { c: { file: $F } }\nsecrets: { s: { file: ./s } }\n`,
  ),
  extensions: asWritten(`${keys("x-a: $A\ndeploy: { x-b: 1, replicas: ${N} }")}x-c: { d: $D }\n`),
  "two files": files(
    {
      "compose.yaml": keys("environment: { A: $A }"),
      "over.yaml": "services: { a: { environment: [B=$B], user: $U } }\n",
    },
    { templates: true },
  ),
  "a name": files({ "compose.yaml": `name: $N\n${keys("user: x")}` }, { templates: true, name: null }),
  "a broken template": asWritten(keys("user: ${")),
  "a wrong type": asWritten(keys("user: [a]")),
};

export const modes: Fixtures = {
  "no consistency": skip(rich, { consistency: true }),
  "no consistency, undefined things": skip(
    keys("networks: [n]\nvolumes: ['v:/v']\ndepends_on: [x]\nscale: 2\ncontainer_name: aa"),
    { consistency: true },
  ),
  "no paths": skip(mild, { paths: true }),
  "no normalisation": skip(mild, { normalisation: true }),
  "no env resolution": skip(mild, { environment: true }),
  "no paths, no normalisation": skip(mild, { paths: true, normalisation: true }),
  "all of them": skip(mild, { paths: true, normalisation: true, consistency: true, environment: true }),
};

const e = (compose: string, base: string, more: Readonly<Record<string, string>> = {}): ReturnType<typeof files> =>
  files({ "compose.yaml": compose, "sub/base.yaml": base, ...more });
const fromSub = (more = ""): string =>
  `services:\n  a:\n    extends: { file: sub/base.yaml, service: b }\n${more === "" ? "" : `    ${more.replaceAll("\n", "\n    ")}\n`}`;

export const extending: Fixtures = {
  "a service of the file": "services:\n  a: { extends: b, user: x }\n  b: { image: i, user: y, ports: ['80'] }\n",
  "a service of the file, the long form": "services:\n  a: { extends: { service: b } }\n  b: { image: i }\n",
  "a chain":
    "services:\n  a: { extends: b, hostname: h }\n  b: { extends: c, user: x }\n  c: { image: i, user: y, hostname: z }\n",
  "lists append":
    "services:\n  a: { extends: b, ports: ['81:81'], cap_add: [B] }\n  b: { image: i, ports: ['80:80'], cap_add: [A, B] }\n",
  "a cycle": "services:\n  a: { extends: b }\n  b: { extends: a, image: i }\n",
  oneself: "services:\n  a: { extends: a, image: i }\n",
  "an unknown service": "services:\n  a: { extends: b, image: i }\n",
  "no service": "services:\n  a: { extends: { file: x.yaml }, image: i }\n",
  "an unknown key": "services:\n  a: { extends: { service: b, foo: x } }\n  b: { image: i }\n",
  "a number": "services:\n  a: { extends: 5, image: i }\n",
  null: "services:\n  a: { extends: , image: i }\n",
  "a null service": "services:\n  a: { extends: b, image: i }\n  b:\n",
  "a base with a profile": "services:\n  a: { extends: b }\n  b: { image: i, profiles: [x] }\n",
  "a base with dependencies":
    "services:\n  a: { extends: b, depends_on: [d] }\n  b: { image: i, depends_on: [c] }\n  c: { image: i }\n  d: { image: i }\n",
  "a command": "services:\n  a: { extends: b, command: }\n  b: { image: i, command: [x], entrypoint: y }\n",
  "environment of both forms":
    "services:\n  a: { extends: b, environment: [A=2, C] }\n  b: { image: i, environment: { A: 1, B: 2 } }\n",
  "a reset":
    "services:\n  a: { extends: b, ports: !reset [], user: !reset null }\n  b: { image: i, ports: ['80'], user: x }\n",
  "an override": "services:\n  a: { extends: b, ports: !override ['81'] }\n  b: { image: i, ports: ['80'] }\n",
  "a reset below":
    "services:\n  a: { extends: b, environment: { A: !reset null } }\n  b: { image: i, environment: { A: 1, B: 2 } }\n",
  "another file": e(fromSub(), "services: { b: { image: i, user: x } }\n"),
  "paths of another file": e(
    fromSub("volumes: ['./z:/z']"),
    "services: { b: { image: i, volumes: ['./x:/x', '../y:/y', '/w:/w'], env_file: e.env, build: { context: ./c }, label_file: ./l } }\n",
    { "sub/e.env": "A=1\n", "sub/l": "a=b\n" },
  ),
  "a chain over files": e(fromSub(), "services: { b: { extends: { file: deep/base.yaml, service: c }, user: x } }\n", {
    "sub/deep/base.yaml": "services: { c: { image: i, volumes: ['./x:/x'], user: y } }\n",
  }),
  "a chain in another file": e(fromSub(), "services: { b: { extends: c, user: x }, c: { image: i, hostname: h } }\n"),
  "back to the first file": files({
    "compose.yaml": "services:\n  a: { extends: { file: other.yml, service: b } }\n  c: { image: i }\n",
    _: "",
    "sub/x": "",
  }),
  "a cycle over files": files({
    "compose.yaml": "services:\n  a: { extends: { file: _other.yaml, service: a }, image: i }\n",
    "_other.yaml": "services:\n  a: { extends: { file: compose.yaml, service: a } }\n",
  }),
  "a missing file": files({ "compose.yaml": fromSub() }),
  "an unknown service of another file": e(fromSub(), "services: { c: { image: i } }\n"),
  "a file without services": e(fromSub(), "volumes: { v: }\n"),
  "an empty file": e(fromSub(), ""),
  "a broken file": e(fromSub(), "services: { b: { image: i }\n"),
  "a file with an unknown key": e(fromSub(), "services: { b: { image: i, foo: x } }\n"),
  "a file with an unknown key in another service": e(fromSub(), "services: { b: { image: i }, c: { foo: x } }\n"),
  "a file with a wrong type": e(fromSub(), "services: { b: { image: i, ports: 80 } }\n"),
  "a file with a bad port": e(fromSub(), "services: { b: { image: i, ports: ['x'] } }\n"),
  "variables of another file": files({
    "compose.yaml": fromSub(),
    "sub/base.yaml": "services: { b: { image: 'i:${TAG}' } }\n",
    "sub/.env": "TAG=sub\n",
    ".env": "TAG=top\n",
  }),
  "networks of another file": e(fromSub(), "services: { b: { image: i, networks: [n] } }\nnetworks: { n: }\n"),
  "networks that are declared": e(
    `${fromSub()}networks: { n: }\n`,
    "services: { b: { image: i, networks: [n], volumes: ['d:/d'] } }\nnetworks: { n: }\n",
  ),
  "volumes that are declared": e(
    `${fromSub()}volumes: { d: { driver: x } }\n`,
    "services: { b: { image: i, volumes: ['d:/d'] } }\nvolumes: { d: }\n",
  ),
  "a dependency that is not there": e(fromSub(), "services: { b: { image: i, depends_on: [c] }, c: { image: i } }\n"),
  "documents of another file": e(
    fromSub(),
    "services: { b: { image: i, ports: ['80'], user: x } }\n---\nservices: { b: { ports: !reset [], user: y } }\n",
  ),
  "includes of another file": e(fromSub(), "include: [none.yaml]\nservices: { b: { image: i } }\n"),
  "a reset of another file's": e(fromSub("ports: !reset []"), "services: { b: { image: i, ports: ['80'] } }\n"),
  "two of one file": e(
    "services:\n  a: { extends: { file: sub/base.yaml, service: b } }\n  c: { extends: { file: ./sub/base.yaml, service: d } }\n",
    "services: { b: { image: i, extends: d }, d: { image: j, user: x } }\n",
  ),
  "in an override": files({
    "compose.yaml": "services:\n  a: { image: i, user: x }\n  b: { image: j, hostname: h }\n",
    "over.yaml": "services:\n  a: { extends: { file: compose.yaml, service: b } }\n",
  }),
  "of a service of the file below": files({
    "compose.yaml": "services:\n  a: { image: i }\n  b: { image: j, hostname: h }\n",
    "over.yaml": "services:\n  a: { extends: b }\n",
  }),
  "a variable in a file": withEnvFiles(
    {
      "compose.yaml": "services:\n  a: { extends: { file: '${F}', service: b } }\n",
      "_b.yaml": "services: { b: { image: i } }\n",
    },
    { F: "_b.yaml" },
  ),
  "namespaces and links": e(fromSub(), "services: { b: { image: i, network_mode: 'service:c' } }\n"),
};

function withEnvFiles(
  texts: Readonly<Record<string, string>>,
  env: Readonly<Record<string, string>>,
): ReturnType<typeof files> {
  return files(texts, { env });
}

const i = (compose: string, more: Readonly<Record<string, string>>): ReturnType<typeof files> =>
  files({ "compose.yaml": compose, ...more });
const including = (entry: string, rest = "services: { a: { image: i } }\n"): string =>
  `include:\n  - ${entry}\n${rest}`;

export const includes: Fixtures = {
  ...Object.fromEntries(
    ["null", "{}", "''", "{ env_file: none }", "{ path: [], env_file: [none] }", "{ path: [null] }"].map((entry) => [
      `no file: ${entry}`,
      i(`include: [${entry}]\nservices: { a: { image: i } }\n`, {}),
    ]),
  ),
  "a file": i(including("sub/inc.yaml"), {
    "sub/inc.yaml": "services: { b: { image: j, volumes: ['./x:/x', 'd:/d'] } }\nvolumes: { d: }\n",
  }),
  "a map": i(including("{ path: sub/inc.yaml }"), { "sub/inc.yaml": "services: { b: { image: j } }\n" }),
  "a list of files": i(including("{ path: [sub/inc.yaml, sub/more.yaml] }"), {
    "sub/inc.yaml": "services: { b: { image: j, ports: ['80'] } }\n",
    "sub/more.yaml": "services: { b: { ports: !reset [], user: x } }\n",
  }),
  two: i("include: [one/inc.yaml, two/inc.yaml]\nservices: { a: { image: i, depends_on: [b, c] } }\n", {
    "one/inc.yaml": "services: { b: { image: j } }\n",
    "two/inc.yaml": "services: { c: { image: k } }\n",
  }),
  "nothing else": i("include: [sub/inc.yaml]\n", { "sub/inc.yaml": "services: { b: { image: j } }\n" }),
  "its own .env": i(including("sub/inc.yaml"), {
    "sub/inc.yaml": "services: { b: { image: 'j:${TAG}', environment: [TAG, TOP], labels: { a: '$TOP' } } }\n",
    "sub/.env": "TAG=sub\nTOP=sub\n",
    ".env": "TOP=top\n",
  }),
  "its own .env and a map of variables": i(including("sub/inc.yaml"), {
    "sub/inc.yaml": "services: { b: { image: j, environment: { TAG: , TOP: } } }\n",
    "sub/.env": "TAG=sub\nTOP=sub\n",
    ".env": "TOP=top\n",
  }),
  "another env file": i(including("{ path: sub/inc.yaml, env_file: other.env }"), {
    "sub/inc.yaml": "services: { b: { image: 'j:${TAG}' } }\n",
    "sub/.env": "TAG=sub\n",
    "other.env": "TAG=other\n",
  }),
  "two env files": i(including("{ path: sub/inc.yaml, env_file: [one.env, two.env] }"), {
    "sub/inc.yaml": "services: { b: { image: 'j:${TAG}-${X}' } }\n",
    "one.env": "TAG=one\nX=1\n",
    "two.env": "TAG=two\n",
  }),
  "no env file": i(including("{ path: sub/inc.yaml, env_file: /dev/null }"), {
    "sub/inc.yaml": "services: { b: { image: 'j:${TAG:-none}' } }\n",
    "sub/.env": "TAG=sub\n",
  }),
  "a missing env file": i(including("{ path: sub/inc.yaml, env_file: none.env }"), {
    "sub/inc.yaml": "services: { b: { image: j } }\n",
  }),
  "an env file of a service": i(including("sub/inc.yaml"), {
    "sub/inc.yaml": "services: { b: { image: j, env_file: e.env } }\n",
    "sub/e.env": "A=$TAG\n",
    "sub/.env": "TAG=sub\n",
  }),
  "a project directory": i(including("{ path: sub/inc.yaml, project_directory: . }"), {
    "sub/inc.yaml": "services: { b: { image: j, volumes: ['./x:/x'], build: ./y } }\n",
  }),
  "another project directory": i(including("{ path: sub/inc.yaml, project_directory: other }"), {
    "sub/inc.yaml": "services: { b: { image: 'j:${TAG}', volumes: ['./x:/x'] } }\n",
    "other/.env": "TAG=other\n",
  }),
  "a name of its own": i(including("sub/inc.yaml"), {
    "sub/inc.yaml": "name: other\nservices: { b: { image: j } }\nvolumes: { v: }\n",
  }),
  resources: i(
    including(
      "sub/inc.yaml",
      "services: { a: { image: i, networks: [n], volumes: ['v:/v'], configs: [c], secrets: [s] } }\n",
    ),
    {
      "sub/inc.yaml":
        "networks: { n: }\nvolumes: { v: }\nconfigs: { c: { file: ./c } }\nsecrets: { s: { file: ./s } }\n",
    },
  ),
  "one service in both": i(including("sub/inc.yaml", "services: { a: { image: i, ports: ['81:81'] } }\n"), {
    "sub/inc.yaml": "services: { a: { image: j, user: x, ports: ['80:80'] } }\n",
  }),
  "one service in both, a reset": i(including("sub/inc.yaml", "services: { a: { image: i, ports: !reset [] } }\n"), {
    "sub/inc.yaml": "services: { a: { image: j, user: x, ports: ['80:80'] } }\n",
  }),
  "one service in both, an override of it": i(
    including("sub/inc.yaml", "services: { a: !override { image: i, ports: ['81:81'] } }\n"),
    { "sub/inc.yaml": "services: { a: { image: j, user: x, ports: ['80:80'] } }\n" },
  ),
  "one service in both, an override of all services": i(
    including("sub/inc.yaml", "services: !override { a: { image: i, ports: ['81:81'] } }\n"),
    { "sub/inc.yaml": "services: { a: { image: j, user: x, ports: ['80:80'] } }\n" },
  ),
  "one service in both, an override of a key": i(
    including("sub/inc.yaml", "services: { a: { image: i, ports: !override ['81:81'] } }\n"),
    { "sub/inc.yaml": "services: { a: { image: j, user: x, ports: ['80:80'] } }\n" },
  ),
  "one service in both, a reset of it": i(including("sub/inc.yaml", "services: { a: !reset { image: i } }\n"), {
    "sub/inc.yaml": "services: { a: { image: j, user: x } }\n",
  }),
  "one volume in both, an override of it": i(
    including(
      "sub/inc.yaml",
      "services: { a: { image: i, volumes: ['v:/v'] } }\nvolumes: { v: !override { driver: x } }\n",
    ),
    { "sub/inc.yaml": "volumes: { v: { name: y, driver: z } }\n" },
  ),
  "one volume in both": i(
    including("sub/inc.yaml", "services: { a: { image: i, volumes: ['v:/v'] } }\nvolumes: { v: { driver: x } }\n"),
    {
      "sub/inc.yaml": "volumes: { v: { name: y, driver: z } }\n",
    },
  ),
  "one null volume in both": i(
    including("sub/inc.yaml", "services: { a: { image: i, volumes: ['v:/v'] } }\nvolumes: { v: }\n"),
    {
      "sub/inc.yaml": "volumes: { v: { driver: z } }\n",
    },
  ),
  "one service in two": i("include: [one.yml, two.yml]\n", {
    "one.yml": "services: { a: { image: i } }\n",
    "two.yml": "services: { a: { image: j, user: x } }\n",
  }) && {
    files: {
      "compose.yaml": "include: [one.yml, two.yml]\n",
      "one.yml": "services: { a: { image: i } }\n",
      "two.yml": "services: { a: { image: j, user: x } }\n",
    },
    stackFiles: ["compose.yaml"],
  },
  "an include in an include": i(including("sub/inc.yaml"), {
    "sub/inc.yaml": "include: [deep/inc.yaml]\nservices: { b: { image: j, volumes: ['./x:/x'] } }\n",
    "sub/deep/inc.yaml": "services: { c: { image: 'k:${TAG}-${SUB}', volumes: ['./y:/y'] } }\n",
    "sub/deep/.env": "TAG=deep\n",
    "sub/.env": "SUB=sub\n",
  }),
  "an extends in an include": i(including("sub/inc.yaml"), {
    "sub/inc.yaml": "services: { b: { extends: { file: ../other/base.yaml, service: x } } }\n",
    "other/base.yaml": "services: { x: { image: j, volumes: ['./y:/y'] } }\n",
  }),
  "an extends of what is included": i(including("sub/inc.yaml", "services: { a: { extends: b, user: x } }\n"), {
    "sub/inc.yaml": "services: { b: { image: j, volumes: ['./y:/y'] } }\n",
  }),
  "a cycle": i(including("sub/inc.yaml"), {
    "sub/inc.yaml": "include: [../compose.yaml]\nservices: { b: { image: j } }\n",
  }),
  oneself: i(including("compose.yaml"), {}),
  "one twice": i("include: [sub/inc.yaml, sub/inc.yaml]\nservices: { a: { image: i } }\n", {
    "sub/inc.yaml": "services: { b: { image: j, ports: ['80'] } }\n",
  }),
  "a missing file": i(including("none.yaml"), {}),
  "a broken file": i(including("sub/inc.yaml"), { "sub/inc.yaml": "services: { b: \n" }),
  "an unknown key in a file": i(including("sub/inc.yaml"), {
    "sub/inc.yaml": "services: { b: { image: j, foo: x } }\n",
  }),
  "an empty file": i(including("sub/inc.yaml"), { "sub/inc.yaml": "" }),
  "a service without an image": i(including("sub/inc.yaml"), { "sub/inc.yaml": "services: { b: { user: x } }\n" }),
  "a text": i("include: sub/inc.yaml\nservices: { a: { image: i } }\n", {
    "sub/inc.yaml": "services: { b: { image: j } }\n",
  }),
  null: "include:\nservices: { a: { image: i } }\n",
  "an empty list": "include: []\nservices: { a: { image: i } }\n",
  "a number": "include: [5]\nservices: { a: { image: i } }\n",
  "an absolute path of a mount": i(including("sub/inc.yaml"), {
    "sub/inc.yaml": "services: { b: { image: j, volumes: ['/x:/x', '~/y:/y'] } }\n",
  }),
  "a variable in a path": files(
    { "compose.yaml": including("${D}/inc.yaml"), "sub/inc.yaml": "services: { b: { image: j } }\n" },
    { env: { D: "sub" } },
  ),
  "a parent folder": {
    files: {
      "sub/compose.yaml": including("../inc.yaml"),
      "inc.yaml": "services: { b: { image: j, volumes: ['./x:/x'] } }\n",
    },
    stackFiles: ["sub/compose.yaml"],
  },
  "in an override": {
    files: {
      "compose.yaml": keys("user: x"),
      "over.yaml": "include: [sub/inc.yaml]\n",
      "sub/inc.yaml": "services: { b: { image: j } }\n",
    },
    stackFiles: ["compose.yaml", "over.yaml"],
  },
  "no paths": {
    files: {
      "compose.yaml": including("sub/inc.yaml"),
      "sub/inc.yaml": "services: { b: { image: j, volumes: ['./x:/x'] } }\n",
    },
    stackFiles: ["compose.yaml"],
    skips: { paths: true },
  },
};
