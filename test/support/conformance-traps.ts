import { files, type Fixture, type Fixtures, keys, over, withEnv } from "./conformance-fixtures.ts";

const variables = { A: "1", E: "", B: "b b", D: "$", N: "5", T: "yes", P: "8080", Q: "8081", NL: "x\ny" };
const inUser = (template: string): Fixture => withEnv(keys(`user: ${JSON.stringify(template)}`), variables);
const byText = (texts: readonly string[], make: (text: string) => Fixture): Fixtures =>
  Object.fromEntries(texts.map((text) => [JSON.stringify(text), make(text)]));

/** Variables in operands of variables, and what looks like a template and is none. */
export const nestedTemplates: Fixtures = byText(
  [
    ..."${U:-${V:-${A}}}|${U:-${V:-${W:?no}}}|${A:+${E:-x}}|${E:+${A}}|${E+${A}}|${A+${U}}|${U+${V:?no}}".split("|"),
    ..."${A:-${U:?no}}|${E:-${A}${B}}|${U:-$}|${U:-$$}|${U-$$A}|${U:-}}|${U:-{}}|${U:-{x}}|${U:-${A}}}".split("|"),
    ..."${U:-{{}}|${U:-a}b}c|$A$B|$A$|$A$$|$$A|$$$A|$$$$A|$${A}|$$${A}|${A}${|${A}$}|${A}}|${}|$}|${A|".split("|"),
    ..."${U:-b:-c}|${U-b-c}|${U+b:-c}|${A+b:-c}|${U:?}|${U?}|${E:?x}|${E?x}|${U?$A}|${U:?${A}}|${U?a:-b}".split("|"),
    ..."${_A}|$_A|${1A}|$1A|${A.B}|${A-B}|${A B}|${A!}|${A:}|${A:x}|${A:-x:?y}|${A:+x:?y}|${U:-x?y}|${A,,}".split("|"),
    ..."${U:-a${|${U:-${V}|${U:-${V:-}|${U:-\\}}|${U:-'}'}|${ U}|${U }|${D}A|${U:-$D}{A}|$A_B|${A}_B|$A-B|é$A".split(
      "|",
    ),
    "${U:-x\ny}",
    "${U:-x\n}",
    "a\n${U:-x}\nb",
    "${NL}",
    "${U:-${NL}}",
    "${U:?a\nb}",
    "$\n{A}",
    "${A\n}",
  ],
  inUser,
);

/** Variables where something else than a text is meant. */
export const templatesOfValues: Fixtures = Object.fromEntries(
  [
    "tty: ${T}",
    "tty: '${E}'",
    "tty: ${U}",
    "privileged: ${U:-no}",
    "scale: ${E:-2}",
    "scale: ${E}",
    "scale: '+${N}'",
    "scale: 0${N}",
    "scale: ${N}.0",
    "cpus: ${E}",
    "cpus: .${N}",
    "cpus: ${N}e-1",
    "mem_limit: ${E}",
    "mem_limit: ${N}${U:-m}",
    "ports: ['${P}-${Q}:80-81']",
    "ports: ['${P}:${P}', '$P:$Q/udp']",
    "ports: ['${E}:80']",
    "ports: ['${U}']",
    "ports: [{ target: $P, published: '$Q' }]",
    "ports: [{ target: '${N}0', published: $N }]",
    "environment: ['${A}=x', '$E=y', 'C=$D']",
    "environment: { $A: x, C: $A }",
    "volumes: ['${U:-./x}:/x', '${E}:/y']",
    "volumes: ['${E}/x:/x']",
    "volumes: ['v${E}:/x:${U:-ro}']",
    "volumes: ['.${E}:/x']",
    "command: ${B} $$A '${B}'",
    "command: ['${B}', '$$A', '${E}']",
    "entrypoint: ${E}",
    "healthcheck: { test: 'x $$A ${A}', interval: ${N}s, retries: $N, disable: $T }",
    "stop_grace_period: ${E}",
    "depends_on: ['${U:-a}']",
    "profiles: ['${E}']",
    "labels: ['${A}', '${A}=$B', '$E']",
    "extra_hosts: ['h:${A}', '${U:-x}=${P}']",
    "x-a: { b: $A, $A: c, d: [$B] }",
    "x-a: ${",
    "networks: { default: { aliases: ['$A', '${U:-b}'] } }",
    "deploy: { replicas: $N, resources: { limits: { cpus: '$N', memory: ${N}m, pids: $N } } }",
    "ulimits: { nofile: $N, nproc: { soft: $N, hard: '$P' } }",
    "oom_score_adj: -${N}",
    "secrets: ['${E}']",
    "init: $T\nread_only: ${T:-x}\nstdin_open: '${U:-ON}'",
    "shm_size: $N\nmem_swappiness: '$N'\npids_limit: $N",
    "build: { context: '${E}', args: { X: $A, Y: $U }, no_cache: $T, shm_size: ${N}k }",
    "env_file: [{ path: '${U:-none}', required: ${U:-false} }]",
  ].map((text) => [text, withEnv(keys(text), variables)]),
);

const scalarTexts = [
  ..."0b11|-0b11|0x1F|0X1f|+0x1f|0o17|0O17|-0o17|017|08|0_7|+12|-12|+0|-0|-0.0|00|1_000|1__0|_1|1_|1_000.5".split("|"),
  ..."0x_1|0x1_0|0b_1|0o1_7|.5|-.5|+.5|1.|-1.|1e3|1E3|1e+3|1e-3|1.5e3|1e|e1|.e1|1.e1|1e400|-1e400|1e-400".split("|"),
  ..."~|null|Null|NULL|nULL|true|True|TRUE|tRUE|yes|Yes|on|Off|n|y|1:30|190:20:30|1:30.5|2001-1-1|2001-01-01".split(
    "|",
  ),
  ..."2001-12-14t21:59:43.10-05:00|2001-12-14 21:59:43.10 -5|2001-12-14 21:59:43.10|2001-12-15 2:59:43|2001-02-30".split(
    "|",
  ),
  ..."2001-12-14T21:59:43Z|2001-12-14 21:59:43Z|2001-12-14T21:59:43+05:30|0001-01-01|12001-01-01|2001-01-01T24:00:00Z".split(
    "|",
  ),
  ..."9223372036854775807|9223372036854775808|18446744073709551615|18446744073709551616|-9223372036854775808".split(
    "|",
  ),
  ..."-9223372036854775809|0x8000000000000000|0xFFFFFFFFFFFFFFFF|0b1111111111111111111111111111111111111111111111111111111111111111".split(
    "|",
  ),
  ..."123456789012345678901234567890|0.1|0.30000000000000004|100000|1000000|1234567.5|12345678.9|0.0001|0.00001|1.0|1.50|1e6|1e20|1e21|1e22".split(
    "|",
  ),
  ..."!!str 5|!!str 05|!!str true|!!str|!!str ~|!!int '5'|!!int 5.0|!!int 5.5|!!int x|!!int 0x10|!!float 5|!!float x|!!float 1e3".split(
    "|",
  ),
  ..."!!bool 'true'|!!bool yes|!!bool 1|!!null ''|!!null x|!!timestamp 2001-01-01|!!timestamp '2001-01-01'|!!timestamp x|!foo 5|!foo x|! 5|!<tag:yaml.org,2002:str> 5".split(
    "|",
  ),
  ...'a: b|a : b|a:b|a #b|a#b|\'a\'\'b\'|"a\\"b"|"\\x41\\u0042\\U00000043"|"\\/"|"\\q"|\'a\\nb\'|"a\\nb"|@a|`a|%a|&|*|?a|? a|-a|- a|:a|!|>a||a'.split(
    "|",
  ),
];

/** What an unquoted scalar is to go-yaml, as a variable, a label and the value of a key. */
export const scalarsOfGo: Fixtures = {
  ...byText(scalarTexts, (text) => keys(`environment: { V: x }\nlabels:\n  l: ${text}`)),
  ...Object.fromEntries(
    "0x10|0b11|0o17|017|08|1_0|+5|5.0|5e0|1e1|'5'|5m|.5|-1|2001-01-01|9223372036854775807|9223372036854775808"
      .split("|")
      .flatMap((text) => [
        [`scale: ${text}`, keys(`scale: ${text}`)],
        [`cpus: ${text}`, keys(`cpus: ${text}`)],
        [`mem_limit: ${text}`, keys(`mem_limit: ${text}`)],
        [`oom_score_adj: ${text}`, keys(`oom_score_adj: ${text}`)],
        [`pids_limit: ${text}`, keys(`pids_limit: ${text}`)],
        [`ulimits: { nofile: ${text} }`, keys(`ulimits: { nofile: ${text} }`)],
        [`ports: [${text}]`, keys(`ports: [${text}]`)],
        [`retries: ${text}`, keys(`healthcheck: { test: x, retries: ${text} }`)],
        [`expose: [${text}]`, keys(`expose: [${text}]`)],
        [`mode: ${text}`, `${keys(`configs: [{ source: c, mode: ${text} }]`)}configs: { c: { content: x } }\n`],
      ]),
  ),
};

/** Block scalars, folding, flow collections and the rest of what YAML can look like. */
export const yamlForms: Fixtures = {
  "block with an indicator": "services:\n  a:\n    image: i\n    user: |2-\n        x\n       y\n",
  "block that keeps": "services:\n  a:\n    image: i\n    user: |+\n      x\n\n\n    tty: true\n",
  "block that folds": "services:\n  a:\n    image: i\n    user: >\n      x\n      y\n\n      z\n        w\n      v\n",
  "block that folds and keeps": "services:\n  a:\n    image: i\n    user: >+\n      x\n\n      y\n\n    tty: true\n",
  "block of nothing": "services:\n  a:\n    image: i\n    user: |\n    tty: true\n",
  "block that begins with an empty line": "services:\n  a:\n    image: i\n    user: |\n\n      x\n    tty: true\n",
  "block with a comment behind":
    "services:\n  a:\n    image: i\n    user: | # c\n      x # y\n    # z\n    tty: true\n",
  "block with a tab": "services:\n  a:\n    image: i\n    user: |\n      x\ty\n      \tz\n",
  "plain over lines": "services:\n  a:\n    image: i\n    user: x\n      y\n\n      z\n",
  "double quotes over lines": 'services:\n  a:\n    image: i\n    user: "x \\\n      y\n\n      z"\n',
  "single quotes over lines": "services:\n  a:\n    image: i\n    user: 'x\n      y\n\n      z'\n",
  "explicit key": "services:\n  ? a\n  : image: i\n    ? user\n    : x\n",
  "explicit key alone": "services:\n  a:\n    image: i\n    environment:\n      ? A\n      ? B\n      : c\n",
  "list in a list": keys("command:\n  - - a\n  - b"),
  "flow set": keys("environment: {A, B: c}"),
  "flow pairs": keys("environment: [A: b]"),
  "flow json": keys('environment: {"A":b,"B":"c"}'),
  "flow json adjacent": keys('environment: {"A":"b","B":[]}'),
  "flow over lines": keys("environment: {\n    A: b,\n    # c\n    B: d\n  ,}"),
  "flow with a trailing comma": keys("command: [a, b, ]"),
  "flow with two commas": keys("command: [a,, b]"),
  "list in the column of its key": "services:\n  a:\n    image: i\n    command:\n    - a\n    - b\n    user: x\n",
  "anchor of a key": "services:\n  &k a:\n    image: i\n    hostname: *k\n",
  "alias as a key": "x-a: &k A\nservices:\n  a:\n    image: i\n    environment:\n      *k : b\n",
  "anchor defined twice": "x-a: &k A\nx-b: &k B\nservices: { a: { image: i, user: *k } }\n",
  "anchor used before": "services: { a: { image: i, user: *k } }\nx-a: &k A\n",
  "anchor of itself": "x-a: &k [*k]\nservices: { a: { image: i } }\n",
  "anchor of null": "x-a: &k\nservices: { a: { image: i, user: *k } }\n",
  "merge key behind": keys("environment: { A: 1 }\n<<: { environment: { B: 2 }, user: x }"),
  "merge keys in order": `x-a: &a { user: a, hostname: a }\nx-b: &b { user: b, domainname: b }\n${keys("<<: [*a, *b]\ndomainname: own")}`,
  "merge key twice": keys("<<: { user: x }\n<<: { hostname: y }"),
  "merge key of null": keys("<<:"),
  "merge key of a text": keys("<<: x"),
  "merge key of an empty list": keys("<<: []"),
  "merge key in quotes": keys("'<<': { user: x }"),
  "merge key nested": `x-a: &a { <<: { user: deep }, hostname: a }\n${keys("<<: *a")}`,
  "merge key that overrides an anchor": `x-a: &a { environment: { A: 1, B: 1 } }\n${keys("<<: *a\nenvironment: { B: 2 }")}`,
  "merge key at the top": "x-a: &a { name: shop }\n<<: *a\nservices: { a: { image: i } }\n",
  "merge key among services": "x-a: &a { b: { image: j } }\nservices: { <<: *a, a: { image: i } }\n",
  "merge tag": keys("!!merge <<: { user: x }"),
  "a set": keys("cap_add: !!set { A, B }"),
  "an ordered map": keys("environment: !!omap [A: b]"),
  "a tagged map": keys("environment: !!map { A: b }"),
  "a map that is tagged as a list": keys("environment: !!seq { A: b }"),
  "a tagged list": keys("command: !!seq [a]"),
  "a foreign tag on a map": keys("environment: !foo { A: b }"),
  "directive, 1.1": `%YAML 1.1\n---\n${keys("user: x")}`,
  "directive, 1.2": `%YAML 1.2\n---\n${keys("user: x")}`,
  "directive, tag": `%TAG ! tag:yaml.org,2002:\n---\n${keys("labels: { a: !str 5 }")}`,
  "directive without a mark": `%YAML 1.1\n${keys("user: x")}`,
  "end of a document": `${keys("user: x")}...\n`,
  "something behind the end": `${keys("user: x")}...\nfoo\n`,
  "comment behind a mark": `--- # x\n${keys("user: x")}`,
  "a map behind a mark": `--- {services: {a: {image: i}}}\n`,
  "a key behind a mark": `--- services:\n  a: { image: i }\n`,
  "tabs behind a colon": keys("user:\tx"),
  ...Object.fromEntries(
    [0x01, 0x0b, 0x1f, 0x7f, 0x80, 0x84, 0x85, 0x9f, 0xa0, 0xfffd, 0xfffe, 0xffff].map((code) => [
      `the character U+${code.toString(16)}`,
      keys(`user: 'a${String.fromCharCode(code)}b'`),
    ]),
  ),
  "an unprintable escape": keys('user: "\\x7f\\x01"'),
  "delete in a comment": `${keys("user: x")}# \u007f\n`,
  "private use": keys("user: 'a\ue000b'"),
  "beyond the first plane": keys("user: 'a\u{1f600}b'"),
  "a mark in the middle": keys("user: 'a\ufeffb'"),
  "two keys, one in quotes": keys("user: x\n'user': y"),
  "keys of many types": keys("labels: { 'true': a, '5': b, '': c }"),
  "a key that is true": keys("labels: { true: a }"),
  "a key that is null": keys("labels: { ~: a }"),
  "a key that is empty": keys("labels: { : a }"),
  "a key that is a float": keys("labels: { 1.5: a }"),
  "a key that is yes": keys("labels: { yes: a, on: b }"),
  "a key that is a date": keys("labels: { 2001-01-01: a }"),
  "a key of two lines": keys('"us\n  er": x'),
};

const docs = (...texts: readonly string[]): Fixture => files({ "compose.yaml": texts.join("---\n") });

export const documentTraps: Fixtures = {
  "reset, then again": docs(
    keys("labels: { a: 1 }\nuser: x"),
    "services: { a: { labels: !reset {}, user: !reset null } }\n",
    "services: { a: { labels: { b: 2 } } }\n",
  ),
  "reset of one of several": docs(keys("labels: { a: 1, b: 2 }"), "services: { a: { labels: { a: !reset null } } }\n"),
  "reset of a label in a list": docs(keys("labels: [a=1, b=2]"), "services: { a: { labels: { a: !reset null } } }\n"),
  "reset of a service that others need": docs(
    "services: { a: { image: i, depends_on: [b] }, b: { image: j } }\n",
    "services: { b: !reset null }\n",
  ),
  "reset of a service and its dependency": docs(
    "services: { a: { image: i, depends_on: [b] }, b: { image: j } }\n",
    "services: { b: !reset null, a: { depends_on: !reset [] } }\n",
  ),
  "reset in the first document": docs(keys("user: !reset x"), "services: { a: { user: y } }\n"),
  "reset of all services": docs(keys("user: x"), "services: !reset {}\n", "services: { b: { image: j } }\n"),
  "override of a list": docs(keys("ports: ['80:80', '81:81']"), "services: { a: { ports: !override ['82:82'] } }\n"),
  "override of a map": docs(keys("labels: { a: 1 }"), "services: { a: { labels: !override { b: 2 } } }\n"),
  "override of a service": docs(keys("labels: { a: 1 }\nuser: x"), "services: { a: !override { image: j } }\n"),
  "override of an item": docs(keys("ports: ['80:80']"), "services: { a: { ports: [!override '81:81'] } }\n"),
  "override within an override": docs(
    keys("deploy: { labels: { a: 1 }, replicas: 2 }"),
    "services: { a: { deploy: !override { labels: !override { b: 2 } } } }\n",
  ),
  "override by an alias": docs(
    keys("labels: { a: 1 }"),
    "x-l: &l !override { b: 2 }\nservices: { a: { labels: *l } }\n",
  ),
  "reset by an alias": docs(keys("labels: { a: 1 }"), "x-l: &l !reset { b: 2 }\nservices: { a: { labels: *l } }\n"),
  "override in a merge key": docs(
    keys("labels: { a: 1 }"),
    "x-l: &l { labels: !override { b: 2 } }\nservices: { a: { <<: *l, user: x } }\n",
  ),
  "reset in a merge key": docs(
    keys("labels: { a: 1 }\nuser: y"),
    "x-l: &l { labels: !reset { b: 2 } }\nservices: { a: { <<: *l, user: x } }\n",
  ),
  "override of nothing": docs(keys("user: x"), "services: { a: { labels: !override } }\n"),
  "override of a text": docs(keys("user: x"), "services: { a: { user: !override y } }\n"),
  "reset of a network that a service has": docs(
    `${keys("networks: [n, m]")}networks: { n: , m: }\n`,
    "networks: { n: !reset null }\n",
  ),
  "reset of a network everywhere": docs(
    `${keys("networks: { n: , m: }")}networks: { n: , m: }\n`,
    "services: { a: { networks: { n: !reset null } } }\nnetworks: { n: !reset null }\n",
  ),
  "an anchor of the document before": docs(
    `x-a: &u { user: x }\n${keys("tty: true")}`,
    "services: { a: { <<: *u } }\n",
  ),
  "an anchor of both": docs(`x-a: &u x\n${keys("user: *u")}`, "x-a: &u y\nservices: { a: { hostname: *u } }\n"),
  "a name in each": files({ "compose.yaml": `name: one\n---\nname: two\n${keys("user: x")}` }, { name: null }),
  "null between": docs(keys("user: x"), "~\n", "services: { a: { tty: true } }\n"),
  "a list between": docs(keys("user: x"), "[]\n"),
  "a text between": docs(keys("user: x"), "x\n"),
  "comments only between": docs(keys("user: x"), "# c\n", "services: { a: { tty: true } }\n"),
  "extends what is in the document before": docs(keys("user: x"), "services: { b: { extends: a, hostname: h } }\n"),
  "extends what is in the document behind": docs("services: { b: { extends: a } }\n", keys("user: x")),
  "extends, and what is extended changes": docs(
    "services: { a: { image: i, user: x }, b: { extends: a } }\n",
    "services: { a: { user: y } }\n",
  ),
  "include in the second": files({
    "compose.yaml": `${keys("user: x")}---\ninclude: [sub/i.yaml]\nservices: { a: { depends_on: [b] } }\n`,
    "sub/i.yaml": "services: { b: { image: j } }\n",
  }),
  "an error in the second alone": docs(keys("user: x"), "services: { a: { foo: x } }\n"),
  "short forms over long ones": docs(
    keys("ports: [{ target: 80, published: '80' }]\nvolumes: [{ type: bind, source: /a, target: /b }]"),
    "services: { a: { ports: ['80:80', '81:81'], volumes: ['/c:/b:ro'] } }\n",
  ),
};

/** Odd forms over odd forms. */
export const oddMerges: Fixtures = Object.fromEntries(
  (
    [
      ["environment: [A=1, A=2]", "environment: [B=1, A=3, A=4]"],
      ["environment: [A]", "environment: { A: x }"],
      ["environment: { A: x }", "environment: [A]"],
      ["environment: [A=1]", "environment: {}"],
      ["environment: [A=1]", "environment: []"],
      ["environment: []", "environment: { A: }"],
      ["labels: [a]", "labels: { a: }"],
      ["labels: ['a=b=c']", "labels: ['a=d']"],
      ["labels: ['=a']", "labels: ['=b']"],
      ["env_file: a.env", "env_file: { path: b.env }"],
      ["env_file: [a.env]", "env_file: [./a.env]"],
      ["healthcheck: { test: x, disable: true }", "healthcheck: { disable: false }"],
      ["healthcheck: { disable: true }", "healthcheck: { test: [NONE] }"],
      ["build: { context: x, dockerfile: D }", "build: y"],
      ["build: x", "build: { dockerfile: D }"],
      ["build: { context: x, args: [A=1] }", "build: { args: { A: , B: } }"],
      ["build: { context: x, args: { A: 1 } }", "build: { args: [A, B=2] }"],
      ["build: { context: x, tags: [a] }", "build: { tags: [a, b] }"],
      ["build: { context: x, ssh: [default] }", "build: { ssh: default }"],
      ["build: { context: x, cache_from: [a] }", "build: { cache_from: [a, b], cache_to: [c] }"],
      ["build: { context: x, platforms: [a] }", "build: { platforms: [b] }"],
      ["build: { context: x, secrets: [] }", "build: { secrets: [] }"],
      ["build: { context: x, extra_hosts: { a: '1' } }", "build: { extra_hosts: ['a=1', 'a=2'] }"],
      ["networks: [default]", "networks: [default, x]"],
      ["networks: { default: { aliases: [x] } }", "networks: { default: { ipv4_address: 1.2.3.4 } }"],
      ["networks: { default: }", "networks: { default: { priority: 5 } }"],
      ["ulimits: { nofile: 5 }", "ulimits: { nofile: }"],
      ["ulimits: { nofile: 5, nproc: { soft: 1, hard: 2 } }", "ulimits: { nproc: 5 }"],
      ["deploy: { resources: { limits: { cpus: '1' } } }", "deploy: { resources: { limits: { memory: 1g } } }"],
      [
        "deploy: { resources: { reservations: { devices: [{ capabilities: [gpu] }] } } }",
        "deploy: { resources: { reservations: { devices: [{ capabilities: [gpu], count: 1 }] } } }",
      ],
      [
        "deploy: { placement: { preferences: [{ spread: a }] } }",
        "deploy: { placement: { preferences: [{ spread: a }] } }",
      ],
      ["sysctls: [a=1]", "sysctls: { a: 2, b: }"],
      ["dns: [a, b]", "dns: b"],
      ["dns_search: a", "dns_search: [b, a]"],
      ["tmpfs: /a:size=1m", "tmpfs: [/a, /b]"],
      ["tmpfs: [/a]", "tmpfs:"],
      ["extra_hosts: ['a:1', 'b:2']", "extra_hosts: { a: '1', c: '3' }"],
      ["extra_hosts: ['a:1']", "extra_hosts: ['a=1']"],
      ["devices: [/dev/a]", "devices: ['/dev/b:/dev/a:r']"],
      ["devices: ['/dev/a:/dev/x']", "devices: [{ source: /dev/c, target: /dev/x }]"],
      ["expose: [80]", "expose: ['80']"],
      ["expose: ['80-81']", "expose: [80]"],
      ["cap_add: [A]", "cap_add: !override [B]"],
      ["volumes: ['/a:/t']", "volumes: ['t:/t']"],
      ["volumes: ['/a:/t', '/b:/t']", "volumes: ['/c:/t']"],
      ["volumes: [/t]", "volumes: ['/a:/t']"],
      ["volumes: ['/a:/t:ro']", "volumes: ['/a:/t']"],
      ["volumes: ['/a:/t/']", "volumes: ['/b:/t/.']"],
      ["volumes: [{ type: tmpfs, target: /t }]", "volumes: ['/a:/t']"],
      ["ports: ['80:80/tcp']", "ports: ['80:80']"],
      ["ports: ['80:80/udp']", "ports: ['80:80']"],
      ["ports: ['0.0.0.0:80:80']", "ports: ['80:80']"],
      ["ports: ['[::]:80:80']", "ports: ['80:80', '[::]:80:80']"],
      ["ports: ['080:80']", "ports: ['80:80']"],
      ["ports: [{ target: 80, name: a }]", "ports: [{ target: 80, name: b }]"],
      ["ports: [{ target: 80, mode: host }]", "ports: ['80']"],
      ["command: a b", "command: !reset null"],
      ["entrypoint: [a]", "entrypoint: ''"],
      ["command: a", "command: ~\nentrypoint: b"],
      ["logging: { driver: a, options: { x: '1' } }", "logging: { driver: b, options: { y: '2' } }"],
      ["logging: { driver: a, options: { x: '1' } }", "logging: { options: { x: } }"],
      ["logging: { driver: a }", "logging: { driver: '' }"],
      ["group_add: [5]", "group_add: ['5']"],
      ["links: [a:b]", "links: [a:c]"],
      ["external_links: [x]", "external_links: [x, y]"],
      ["storage_opt: { size: 1G }", "storage_opt: { size: }"],
      ["post_start: [{ command: x }]", "post_start: [{ command: x }]"],
      ["develop: { watch: [{ path: ., action: rebuild }] }", "develop: { watch: [{ path: ., action: restart }] }"],
      ["gpus: all", "gpus: [{ driver: x }]"],
      [
        "blkio_config: { weight: 1, device_read_bps: [{ path: a, rate: 1 }] }",
        "blkio_config: { device_read_bps: [{ path: a, rate: 2 }] }",
      ],
      ["user: 5", "user: '5'"],
      ["image: i", "image:"],
      ["image: i", "image: ''"],
      ["init: true", "init:"],
      ["scale: 2", "scale: 0"],
      ["scale: 2\ndeploy: { replicas: 2 }", "scale: 3"],
      ["mem_limit: 1g", "deploy: { resources: { limits: { memory: 1024m } } }"],
      ["mem_limit: 1g", "deploy: { resources: { limits: { cpus: '1' } } }"],
      ["network_mode: host", "networks: [default]"],
      ["network_mode: host", "network_mode: !reset null\nnetworks: [default]"],
      ["depends_on: { a: { condition: service_started } }", "user: x"],
      ["label_file: a.lab", "label_file: [b.lab, a.lab]"],
      ["annotations: [a]", "annotations: { a: b }"],
      ["attach: false", "attach: true"],
      ["x-a: [1]", "x-a: { b: 2 }"],
      ["x-a: [1]", "x-a: [1]"],
      ["x-a: x", "x-a: [1]"],
      ["deploy: { x-a: 1 }", "deploy: { x-a: { b: 1 } }"],
    ] as const
  ).map(([base, above]) => [
    `${base} under ${above}`,
    {
      ...(over(base, above) as Exclude<Fixture, string>),
      files: {
        ...(over(base, above) as Exclude<Fixture, string>).files,
        "a.env": "A=1\n",
        "b.env": "A=2\n",
        "a.lab": "a=1\n",
        "b.lab": "a=2\n",
      },
    },
  ]),
);

const portTexts =
  "[::1]:80:80/udp|::1:80:80|[::]:80|[::]:80:80|::80|:80|80:|a:80|65535|65536|0:80|80:0|0|80/TCP|80/Udp|80/tcp/udp|80/" +
  "|80:80/|0.0.0.0::80|localhost:80:80|[fe80::1%eth0]:80:80|fe80::1%eth0:80:80| 80:80|80:80 |80 :80|8080:80-81|8080-8081:80-81|8080-8082:80-81" +
  "|1-2|2-1|80-80|80-80:81-81|8000-8000:80|127.0.0.1:8000-8002:8000-8002|127.0.0.1:8000-8001:80|127.0.0.1:80|127.0.0.1:80:80:80" +
  "|127.1:80:80|127.0.0.01:80:80|256.0.0.1:80:80|1.2.3.4:80:80/sctp|080:080|+80:80|-80:80|80:-80|80:+80|+80|80-+81|+80-+81:80-81|1.2.3.4:+80:80|0x50:80|8e1:80|80.0:80" +
  "|[1.2.3.4]:80:80|[::ffff:1.2.3.4]:80:80|::ffff:1.2.3.4:80:80|[2001:db8::1]:8000-8001:80-81|[]:80:80|[::1]80:80|[::1:80:80|[[::1]]:80:80" +
  "|80:80/tcp |80:80/ tcp|80:80/xtp|80,81:80|80-:80|-80|80--81|80-81-82|http:80|80:http|1.2.3.4::|::|:|:::80|1:2:3:4:5:6:7:8:80:80|9-10|98-101";

export const shortPorts: Fixtures = byText(portTexts.split("|"), (text) => keys(`ports: [${JSON.stringify(text)}]`));

export const longPorts: Fixtures = Object.fromEntries(
  [
    "{ target: 80 }",
    "{ target: '80' }",
    "{ target: 80, published: '8000-8001' }",
    "{ target: 80, published: 8000 }",
    "{ target: 80, published: -1 }",
    "{ target: 80, published: x }",
    "{ target: 80, published: '08000' }",
    "{ target: 80, published: 0x1f }",
    "{ target: 80, published: 65536 }",
    "{ target: 80, published: 8000.5 }",
    "{ target: 80, published: true }",
    "{ target: 80, published: }",
    "{ target: 80.0 }",
    "{ target: 80.5 }",
    "{ target: 65536 }",
    "{ target: -1 }",
    "{ target: '80-81' }",
    "{ target: 80, host_ip: 127.0.0.1 }",
    "{ target: 80, host_ip: '::1', published: '80' }",
    "{ target: 80, host_ip: '[::1]', published: '80' }",
    "{ target: 80, host_ip: localhost }",
    "{ target: 80, host_ip: '' }",
    "{ target: 80, protocol: TCP }",
    "{ target: 80, protocol: x }",
    "{ target: 80, mode: x }",
    "{ target: 80, mode: host, name: n, app_protocol: http }",
    "{ target: 80, x-a: 1 }",
    "{ target: 80, foo: 1 }",
    "{ published: '80' }",
    "{ target: }",
    "{}",
    "{ target: 80, published: '80' }, '80:80'",
    "'80:80', { target: 80, published: 80 }",
    "{ target: 80, published: '80' }, { target: 80, published: '80', host_ip: 0.0.0.0 }",
    "{ target: 80 }, { target: 80 }",
    "80, '80'",
    "80, 80",
    "80.5",
    "true",
    "null",
    "[80]",
    "'3000-3002', '3001'",
    "'8000-8001:80-81', '8001:81'",
  ].map((text) => [text, keys(`ports: [${text}]`)]),
);

const mountTexts =
  ".:/x|..:/x|~:/x|~/:/x|~user/x:/y|~x:/y|/x|x|/x:/y:ro,z|x:/y:ro:z|:/x|x:|x:y|./x:y|C:/a:/b|C:\\a:/b|c:/b|/c:d:/e|./x:/y:rshared,ro|/x:/y:rw,ro|/x:/y:ro,rw" +
  "|/x:/y:cached|/x:/y:delegated|/x:/y:consistent|/x:/y:|/x:/y: ro|/x:/y:RO|./a:b:/c|/x/../z:/y|/x:/y/../z|/x//y:/z//w|//x:/y|/x/:/y/|./x/../../z:/y|.x:/y|...:/y" +
  "|/x:/y:z,Z|/x:/y:Z,shared|/x:/y:nocopy|/x:/y:ro,nocopy|/x:/y:private,rslave|/x:/y:nosuid|\\\\srv\\x:/y|a b:/y|./a b:/c d|/x:/|/:/x|/x:.|$$x:/y|./$$x:/y|é:/y|a:/y|aa:/y|/a:b";

export const shortMounts: Fixtures = {
  ...byText(mountTexts.split("|"), (text) => keys(`volumes: [${JSON.stringify(text)}]`)),
  ...byText(
    "v:/y:ro|v:/y:nocopy|v:/y:nocopy,ro|v:/y:z|v:/y:rshared|v:/y/../z|v:y|v:/y:volume-nocopy|v:./y".split("|"),
    (text) => ({
      files: { "compose.yaml": `${keys(`volumes: [${JSON.stringify(text)}]`)}volumes: { v: }\n` },
      stackFiles: ["compose.yaml"],
    }),
  ),
};

export const longMounts: Fixtures = Object.fromEntries(
  [
    "{ type: bind, source: ., target: /x }",
    "{ type: bind, source: ~/x, target: /x }",
    "{ type: bind, source: '', target: /x }",
    "{ type: bind, target: /x }",
    "{ type: bind, source: /a, target: x/../y }",
    "{ type: bind, source: /a, target: '' }",
    "{ type: bind, source: /a }",
    "{ type: bind, source: /a, target: /x, bind: { create_host_path: false, propagation: x, selinux: z } }",
    "{ type: bind, source: /a, target: /x, bind: { create_host_path: 'no' } }",
    "{ type: bind, source: /a, target: /x, bind: { selinux: y } }",
    "{ type: bind, source: /a, target: /x, bind: { recursive: enabled } }",
    "{ type: bind, source: /a, target: /x, bind: { recursive: x } }",
    "{ type: bind, source: /a, target: /x, bind: }",
    "{ type: bind, source: /a, target: /x, volume: { nocopy: true } }",
    "{ type: bind, source: /a, target: /x, read_only: 'yes' }",
    "{ type: bind, source: /a, target: /x, read_only: x }",
    "{ type: bind, source: /a, target: /x, consistency: cached }",
    "{ type: bind, source: /a, target: /x, foo: x }",
    "{ type: bind, source: /a, target: /x, x-foo: x }",
    "{ type: volume, target: /x }",
    "{ type: volume, source: none, target: /x }",
    "{ type: volume, source: ./a, target: /x }",
    "{ type: volume, target: /x, volume: { subpath: a/../b, nocopy: 'true', labels: [a=b] } }",
    "{ type: volume, target: /x, volume: { labels: { a: , b: 5 } } }",
    "{ type: tmpfs, target: /x }",
    "{ type: tmpfs, source: a, target: /x }",
    "{ type: tmpfs, target: /x, tmpfs: { size: 64m, mode: 0o1777 } }",
    "{ type: tmpfs, target: /x, tmpfs: { size: 64.5, mode: 1777 } }",
    "{ type: tmpfs, target: /x, tmpfs: { size: -1 } }",
    "{ type: tmpfs, target: /x, tmpfs: { size: '1 k', mode: '0700' } }",
    "{ type: tmpfs, target: /x, tmpfs: { mode: 0.5 } }",
    "{ type: image, source: img, target: /x, image: { subpath: a } }",
    "{ type: image, target: /x }",
    "{ type: npipe, source: a, target: /x }",
    "{ type: cluster, source: a, target: /x }",
    "{ type: x, target: /x }",
    "{ source: /a, target: /x }",
    "{}",
    "[]",
    "5",
    "true",
    "''",
    "/a:/x, { type: bind, source: /b, target: /x }",
    "{ type: tmpfs, target: /x }, /a:/x",
    "/a, /a",
  ].map((text) => [text, keys(`volumes: [${text}]`)]),
);

export const durationTraps: Fixtures = byText(
  "1h|1.5h|1m30|1m30s|90|'90'|-1s|1d|1w2d|1d12h|1_000s|.5s|5.s|1µs|1us|1ns|0|'0'|0s|+5s|' 5s'|'5s '|1S|1 s|1h1h|1s1h|1e3s|9999999h|292y|300000000h|''|s|1.|1m-30s|0.1ns|1.0000000001s|3h30m15s500ms|59m60s|24h0m0s|1ms1us|1m1ns|1h0.5us|1m0.000000001s|1s1ns|-1m1ns|2562047h47m16.854775807s|2562047h47m16.854775808s|-2562047h47m16.854775808s|0.9999999999s|0.3us|1.001us|0.29ms|2.3w|0.1234567890123456789123h|.9999999999999999999999s|106751d|15250w|1.w".split(
    "|",
  ),
  (text) => keys(`stop_grace_period: ${text}\nhealthcheck: { test: x, interval: ${text} }`),
);

export const sizeTraps: Fixtures = byText(
  "1.5gb|1KiB|'1 g'|1kB|1Kb|-1|'-1'|0x10|'0x10'|1e3|'1e3'|1_000|'1_000'|'1,5g'|1.5|'1.5'|1.5b|.5k|5.k|1pb|1eb|1zb|1b|1bb|1ki|1kib|1mib|' 1m'|'1m '|+1m|-1m|''|m|1.2.3m|0|0m|0.5|0.1b|1kk|1m1k|0777|'0777'|1TB|9007199254740993|'9007199254740993k'|NaN|inf|'1e3k'".split(
    "|",
  ),
  (text) => keys(`mem_limit: ${text}\nshm_size: ${text}`),
);

const useDefault = "networks: { default: { driver: y } }\n";
const notNormalised = (text: string): Fixture => files({ "compose.yaml": text }, { skips: { normalisation: true } });

/** Which services use the network that nobody names. */
export const defaultNetworks: Fixtures = {
  declared: keys("user: x") + useDefault,
  "not normalised": notNormalised(keys("user: x") + useDefault),
  "not normalised, named": notNormalised(keys("networks: [default]") + useDefault),
  "not normalised, an empty mode": notNormalised(keys("network_mode: ''") + useDefault),
  "an empty mode": keys("network_mode: ''") + useDefault,
  "an empty mode in the override": over("user: x", "network_mode: ''"),
  "an empty mode beside one that uses it": "services: { a: { image: i, network_mode: '' }, b: { image: i } }\n",
  "an empty mode beside one of no active profile":
    "services: { a: { image: i, network_mode: '' }, b: { image: i, profiles: [x] } }\n",
  "an empty mode and networks": `${keys("network_mode: ''\nnetworks: [n]")}networks: { n: }\n`,
  "a provider": `services: { a: { provider: { type: x } } }\n${useDefault}`,
  "a provider beside one of no active profile":
    "services: { a: { provider: { type: x } }, b: { image: i, profiles: [x] } }\n",
  "no networks in the list": keys("networks: []") + useDefault,
  "of no active profile alone": `services: { a: { image: i, profiles: [x] } }\n${useDefault}`,
};

/** Secrets and configs that may be one, by where they are mounted. */
export const mountedFiles: Fixtures = Object.fromEntries(
  [
    "[{ uid: x, source: {} }, { uid: '5' }]",
    "[{ source: {} }, { source: [] }]",
    "[{ source: }, { source: '' }]",
    "[{ source: }, {}]",
    "[{}, {}]",
    "[s, { source: s }]",
    "[s, { source: s, target: s }]",
    "[s, { source: t, target: /run/secrets/s }]",
    "[{ source: s, target: /x }, { source: t, target: /x }]",
  ].flatMap((items) => ["secrets", "configs"].map((key) => [`${key}: ${items}`, keys(`${key}: ${items}`)])),
);

/** Variables and labels as lists and maps, with nothing in places where something is. */
export const pairTraps: Fixtures = Object.fromEntries(
  ["environment", "labels", "sysctls", "annotations"].flatMap((key) =>
    [
      "[a, 'b=', 'd=e=f']",
      "['=c']",
      "['']",
      "[' a=b']",
      "['a =b']",
      "['a= b ']",
      "[a=b, a=b]",
      "[a=b, a=c]",
      "[a, a=]",
      "[5]",
      "[true]",
      "[~]",
      "[[a]]",
      "[{ a: b }]",
      "{ a: , b: '', c: ~ }",
      "{ '': x }",
      "{ a: [b] }",
      "{ a: { b: c } }",
      "{ a: 1.0, b: 1e10, c: 0x1f, d: 2001-01-01, e: on, f: '~' }",
      "{ a b: c, 'd=e': f }",
      "{ x-a: b }",
      "['x-a=b']",
      "x",
      "5",
      "",
      "{}",
      "[]",
      "['a=$$b', '$$a=b']",
      "{ $$a: $$b }",
      "['a=\"b\"', \"c='d'\"]",
      '["a=b\\nc"]',
      '["a\\nb=c"]',
    ].map((value): [string, Fixture] => [`${key}: ${value}`, keys(`${key}: ${value}`)]),
  ),
);

const bind = (name: string, more = ""): string => `{ image: i, volumes: ['./${name}:/x', '~/h:/h']${more} }`;

/** Services that extend others, through files, folders and overrides. */
export const extendsTraps: Fixtures = {
  "a chain through three folders": files({
    "compose.yaml": "services: { a: { extends: { file: one/b.yaml, service: b }, user: x } }\n",
    "one/b.yaml": `services: { b: { extends: { file: ../two/c.yaml, service: c }, env_file: b.env, volumes: ['./b:/b'] } }\n`,
    "one/b.env": "B=1\n",
    "two/c.yaml": `services: { c: ${bind("c", ", build: ., env_file: c.env, label_file: c.lab")} }\n`,
    "two/c.env": "C=1\nB=c\n",
    "two/c.lab": "c=1\n",
  }),
  "a chain within the other file": files({
    "compose.yaml": "services: { a: { extends: { file: one/b.yaml, service: b } } }\n",
    "one/b.yaml": `services: { b: { extends: c, user: x }, c: ${bind("c")} }\n`,
  }),
  "the file itself by its name": files({
    "compose.yaml": `services: { a: { extends: { file: compose.yaml, service: b } }, b: ${bind("b")} }\n`,
  }),
  "a cycle of two files": files({
    "compose.yaml": "services: { a: { extends: { file: sub/b.yaml, service: b } } }\n",
    "sub/b.yaml": "services: { b: { extends: { file: ../compose.yaml, service: a } } }\n",
  }),
  "a cycle of itself": keys("extends: a"),
  "what only the override has": files({
    "compose.yaml": "services: { a: { extends: b } }\n",
    "over.yaml": "services: { b: { image: i } }\n",
  }),
  "what only the base has": files({
    "compose.yaml": "services: { b: { image: i, user: x } }\n",
    "over.yaml": "services: { a: { extends: b, hostname: h } }\n",
  }),
  "what the override changes": files({
    "compose.yaml": "services: { b: { image: i, user: x }, a: { extends: b } }\n",
    "over.yaml": "services: { b: { user: y } }\n",
  }),
  "in the base and again in the override": files({
    "compose.yaml": "services: { b: { image: i, user: x }, c: { image: j, hostname: c }, a: { extends: b } }\n",
    "over.yaml": "services: { c: { image: k }, a: { extends: c } }\n",
  }),
  "with a reset": files({
    "compose.yaml":
      "services: { b: { image: i, ports: ['80:80'], user: x }, a: { extends: b, ports: !reset [], user: !reset null } }\n",
  }),
  "with an override": files({
    "compose.yaml": "services: { b: { image: i, ports: ['80:80'] }, a: { extends: b, ports: !override ['81:81'] } }\n",
  }),
  "with a reset in the other file": files({
    "compose.yaml": "services: { a: { extends: { file: b.yml, service: b }, user: x } }\n",
    "sub/x": "",
    "_b.yaml": "",
    "b.yml": "services: { b: { image: i, user: !reset null, labels: !override { a: b } } }\n",
  }),
  "with profiles": "services: { b: { image: i, profiles: [x] }, a: { extends: b } }\n",
  "with dependencies":
    "services: { c: { image: k }, b: { image: i, depends_on: [c] }, a: { extends: b, depends_on: [b] } }\n",
  "with dependencies that are not here": files({
    "compose.yaml": "services: { a: { extends: { file: sub/b.yaml, service: b } } }\n",
    "sub/b.yaml": "services: { c: { image: k }, b: { image: i, depends_on: [c] } }\n",
  }),
  "with volumes_from": "services: { c: { image: k }, b: { image: i, volumes_from: [c] }, a: { extends: b } }\n",
  "with links": "services: { c: { image: k }, b: { image: i, links: [c] }, a: { extends: b } }\n",
  "with a network mode of a service":
    "services: { c: { image: k }, b: { image: i, network_mode: 'service:c' }, a: { extends: b } }\n",
  "with a container name": "services: { b: { image: i, container_name: nn }, a: { extends: b } }\n",
  "with a network mode and networks":
    "services: { b: { image: i, network_mode: host }, a: { extends: b, networks: [default] } }\n",
  "with networks of the other file": files({
    "compose.yaml": "services: { a: { extends: { file: sub/b.yaml, service: b } } }\n",
    "sub/b.yaml": "services: { b: { image: i, networks: [n] } }\nnetworks: { n: }\n",
  }),
  "with volumes of the other file": files({
    "compose.yaml": "services: { a: { extends: { file: sub/b.yaml, service: b } } }\nvolumes: { v: }\n",
    "sub/b.yaml": "services: { b: { image: i, volumes: ['v:/v', 'w:/w'] } }\nvolumes: { v: { driver: x }, w: }\n",
  }),
  "a null service": "services: { b: , a: { extends: b, image: i } }\n",
  "a service that is a list": "services: { b: [], a: { extends: b, image: i } }\n",
  "a service that is not there": "services: { a: { extends: { service: zz }, image: i } }\n",
  "a file that is not there": "services: { a: { extends: { file: none.yaml, service: zz }, image: i } }\n",
  "a file without services": files({
    "compose.yaml": "services: { a: { extends: { file: sub/b.yaml, service: b }, image: i } }\n",
    "sub/b.yaml": "name: x\n",
  }),
  "a file with a mistake elsewhere": files({
    "compose.yaml": "services: { a: { extends: { file: sub/b.yaml, service: b } } }\n",
    "sub/b.yaml": "services: { b: { image: i }, c: { foo: x } }\nfoo: x\n",
  }),
  "a file with a mistake there": files({
    "compose.yaml": "services: { a: { extends: { file: sub/b.yaml, service: b } } }\n",
    "sub/b.yaml": "services: { b: { image: i, foo: x } }\n",
  }),
  "a file with several documents": files({
    "compose.yaml": "services: { a: { extends: { file: sub/b.yaml, service: b } } }\n",
    "sub/b.yaml":
      "services: { b: { image: i, user: x, labels: { a: '1' } } }\n---\nservices: { b: { user: y, labels: !reset {} } }\n",
  }),
  "a file with a name and an include": files({
    "compose.yaml": "services: { a: { extends: { file: sub/b.yaml, service: b } } }\n",
    "sub/b.yaml": "name: other\ninclude: [c.yaml]\nservices: { b: { image: 'i:${COMPOSE_PROJECT_NAME}' } }\n",
    "sub/c.yaml": "services: { c: { image: k } }\n",
  }),
  "what the other file includes": files({
    "compose.yaml": "services: { a: { extends: { file: sub/b.yaml, service: c } } }\n",
    "sub/b.yaml": "include: [c.yaml]\n",
    "sub/c.yaml": "services: { c: { image: k } }\n",
  }),
  "a file with its own .env": files(
    {
      "compose.yaml": "services: { a: { extends: { file: sub/b.yaml, service: b } } }\n",
      ".env": "X=outer\n",
      "sub/b.yaml": "services: { b: { image: 'i:${X}-${Y:-none}', environment: [X, Y] } }\n",
      "sub/.env": "X=inner\nY=inner\n",
    },
    {},
  ),
  "the name of a file from a variable": files(
    {
      "compose.yaml": "services: { a: { extends: { file: '${F}', service: '${S:-b}' } } }\n",
      "sub/b.yaml": "services: { b: { image: i } }\n",
    },
    { env: { F: "sub/b.yaml" } },
  ),
  "lists and duplicates":
    "services: { b: { image: i, ports: ['80:80', '81:81'], volumes: ['/a:/t'], cap_add: [A] }, a: { extends: b, ports: ['80:80', '82:82'], volumes: ['/b:/t'], cap_add: [A, B] } }\n",
  "a command that is cleared":
    "services: { b: { image: i, command: x, entrypoint: y }, a: { extends: b, command: , entrypoint: [] } }\n",
  "a health check":
    "services: { b: { image: i, healthcheck: { test: x, interval: 5s } }, a: { extends: b, healthcheck: { disable: true } } }\n",
  "an anchor and extends":
    "x-a: &a { user: x }\nservices: { b: { <<: *a, image: i }, a: { <<: *a, extends: b, user: y } }\n",
  "extends in a merge key":
    "x-a: &a { extends: b, user: x }\nservices: { b: { image: i, tty: true }, a: { <<: *a } }\n",
  extensions: "services: { b: { image: i, x-a: { b: 1, c: [1] } }, a: { extends: b, x-a: { b: 2, c: [2] } } }\n",
  "extends as a number": keys("extends: 5"),
  "extends as a list": keys("extends: [b]"),
  "extends as null": keys("extends:"),
  "extends with a null service": keys("extends: { service: }"),
  "extends with a null file": "services: { b: { image: i }, a: { extends: { service: b, file: } } }\n",
  "extends with a foreign key": "services: { b: { image: i }, a: { extends: { service: b, x-a: 1 } } }\n",
  "secrets and configs": files({
    "compose.yaml":
      "services: { a: { extends: { file: sub/b.yaml, service: b } } }\nsecrets: { s: { file: ./s } }\nconfigs: { c: { file: ./c } }\n",
    "sub/b.yaml":
      "services: { b: { image: i, secrets: [s], configs: [{ source: c, target: /c }] } }\nsecrets: { s: { file: ./other } }\n",
  }),
  "develop paths": files({
    "compose.yaml": "services: { a: { extends: { file: sub/b.yaml, service: b } } }\n",
    "sub/b.yaml":
      "services: { b: { image: i, build: { context: ., additional_contexts: { x: ../y } }, develop: { watch: [{ path: ./src, action: sync, target: /t }] } } }\n",
  }),
};

/** Projects that include others. */
export const includeTraps: Fixtures = {
  "env files in their order": files({
    "compose.yaml": "include: [{ path: sub/i.yaml, env_file: [one.env, two.env] }]\n",
    "sub/i.yaml": "services: { b: { image: 'j:$X-$Y-$Z', environment: [X, Y] } }\n",
    ".env": "Z=outer\n",
    "one.env": "X=one\nY=one\n",
    "two.env": "Y=two$X\nZ=two\n",
    "sub/.env": "X=sub\n",
  }),
  "an env file that is not there": files({
    "compose.yaml": "include: [{ path: sub/i.yaml, env_file: none.env }]\n",
    "sub/i.yaml": "services: { b: { image: j } }\n",
  }),
  "an env file of the included project's folder": files({
    "compose.yaml": "include: [{ path: sub/i.yaml, env_file: i.env }]\n",
    "sub/i.yaml": "services: { b: { image: 'j:$X' } }\n",
    "sub/i.env": "X=1\n",
  }),
  "an env file beside a project directory": files({
    "compose.yaml": "include: [{ path: sub/i.yaml, project_directory: dir, env_file: i.env }]\n",
    "sub/i.yaml": `services: { b: { image: 'j:$X', volumes: ['./v:/v'], env_file: b.env, build: ./b } }\n`,
    "i.env": "X=1\n",
    "dir/b.env": "B=1\n",
    "dir/.env": "X=dir\n",
  }),
  "a project directory with .env": files({
    "compose.yaml": "include: [{ path: sub/i.yaml, project_directory: ./dir }]\n",
    "sub/i.yaml": `services: { b: { image: 'j:$X', volumes: ['./v:/v', '../w:/w', '~/h:/h', '/a:/a'] } }\n`,
    "dir/.env": "X=dir\n",
    "sub/.env": "X=sub\n",
  }),
  "a project directory that is absolute": files({
    "compose.yaml": "include: [{ path: sub/i.yaml, project_directory: /srv/p }]\n",
    "sub/i.yaml": "services: { b: { image: j, volumes: ['./v:/v', '../w:/w'] } }\nconfigs: { c: { file: ./c } }\n",
  }),
  "a project directory above": files({
    "compose.yaml": "include: [{ path: sub/i.yaml, project_directory: .. }]\n",
    "sub/i.yaml": "services: { b: { image: j, volumes: ['./v:/v'], build: { context: ./b } } }\n",
  }),
  "two levels, with .env at each": files({
    "compose.yaml": "include: [one/i.yaml]\nservices: { a: { image: 'i:$X-$Y-$Z' } }\n",
    ".env": "X=top\n",
    "one/i.yaml": "include: [two/j.yaml]\nservices: { b: { image: 'i:$X-$Y-$Z', volumes: ['./b:/b'] } }\n",
    "one/.env": "X=one\nY=one\n",
    "one/two/j.yaml": "services: { c: { image: 'i:$X-$Y-$Z', volumes: ['./c:/c', '../d:/d'] } }\n",
    "one/two/.env": "X=two\nY=two\nZ=two\n",
  }),
  "an override beside": files({
    "compose.yaml": "include: [{ path: [sub/i.yaml, sub/o.yaml] }]\n",
    "sub/i.yaml": "services: { b: { image: j, volumes: ['./v:/v'], ports: ['80:80'] } }\n",
    "sub/o.yaml": "services: { b: { volumes: ['./w:/v'], ports: !override ['81:81'] } }\n",
  }),
  "an override of another folder": files({
    "compose.yaml": "include: [{ path: [sub/i.yaml, other/o.yaml] }]\n",
    "sub/i.yaml": "services: { b: { image: j, volumes: ['./v:/v'] } }\n",
    "other/o.yaml": "services: { b: { volumes: ['./w:/w'] } }\n",
  }),
  "an override in the including file": files({
    "compose.yaml":
      "include: [sub/i.yaml]\nservices: { b: { user: x, ports: ['81:81'], labels: [b=2], command: [y] } }\n",
    "sub/i.yaml": "services: { b: { image: j, user: y, ports: ['80:80'], labels: { a: '1' }, command: x } }\n",
  }),
  "an override in a later file": files({
    "compose.yaml": "include: [sub/i.yaml]\n",
    "over.yaml": "services: { b: { user: x, ports: !reset [] } }\n",
    "sub/i.yaml": "services: { b: { image: j, user: y, ports: ['80:80'] } }\n",
  }),
  "a reset in the including file": files({
    "compose.yaml": "include: [sub/i.yaml]\nservices: { b: { ports: !reset [], user: !reset null } }\n",
    "sub/i.yaml": "services: { b: { image: j, user: y, ports: ['80:80'] } }\n",
  }),
  "the same file twice": files({
    "compose.yaml": "include: [sub/i.yaml, sub/i.yaml]\n",
    "sub/i.yaml": "services: { b: { image: j, ports: ['80:80'], cap_add: [A], command: x } }\n",
  }),
  "the same file by two ways": files({
    "compose.yaml": "include: [sub/i.yaml, sub/k.yaml]\n",
    "sub/k.yaml": "include: [i.yaml]\nservices: { k: { image: k, depends_on: [b] } }\n",
    "sub/i.yaml": "services: { b: { image: j, volumes: ['./v:/v'] } }\n",
  }),
  "two files with one service": files({
    "compose.yaml": "include: [sub/i.yaml, sub/k.yaml]\n",
    "sub/k.yaml": "services: { b: { image: k, user: x } }\n",
    "sub/i.yaml": "services: { b: { image: j, hostname: h } }\n",
  }),
  "in the second of two files": files({
    "compose.yaml": keys("user: x"),
    "over.yaml": "include: [sub/i.yaml]\nservices: { a: { depends_on: [b] } }\n",
    "sub/i.yaml": "services: { b: { image: j }, a: { hostname: h, user: y } }\n",
  }),
  "a name from a variable": files(
    { "compose.yaml": "include: ['${DIR}/i.yaml']\n", "sub/i.yaml": "services: { b: { image: j } }\n" },
    { env: { DIR: "sub" } },
  ),
  "a service that extends an included one": files({
    "compose.yaml": "include: [sub/i.yaml]\nservices: { a: { extends: b, user: x } }\n",
    "sub/i.yaml": "services: { b: { image: j, volumes: ['./v:/v'], env_file: b.env } }\n",
    "sub/b.env": "B=1\n",
  }),
  "an included one that extends": files({
    "compose.yaml": "include: [sub/i.yaml]\n",
    "sub/i.yaml": "services: { b: { extends: { file: deep/c.yaml, service: c }, user: x } }\n",
    "sub/deep/c.yaml": "services: { c: { image: j, volumes: ['./v:/v', '../w:/w'], env_file: c.env } }\n",
    "sub/deep/c.env": "C=1\n",
  }),
  "names and networks": files({
    "compose.yaml": "name: top\ninclude: [sub/i.yaml]\nservices: { a: { image: i, networks: [n] } }\n",
    "sub/i.yaml":
      "name: inner\nservices: { b: { image: 'j:${COMPOSE_PROJECT_NAME}', networks: [n], volumes: ['v:/v'] } }\nnetworks: { n: { labels: { a: b } } }\nvolumes: { v: { name: '${COMPOSE_PROJECT_NAME}_x' } }\n",
  }),
  "networks of both": files({
    "compose.yaml":
      "include: [sub/i.yaml]\nservices: { a: { image: i, networks: [n] } }\nnetworks: { n: { driver: x, labels: [b=2] } }\n",
    "sub/i.yaml": "services: { b: { image: j, networks: [n] } }\nnetworks: { n: { driver: y, labels: { a: '1' } } }\n",
  }),
  profiles: files(
    {
      "compose.yaml": "include: [sub/i.yaml]\nservices: { a: { image: i } }\n",
      "sub/i.yaml": "services: { b: { image: j, profiles: [p] }, c: { image: k, profiles: [q] } }\n",
    },
    { profiles: ["p"] },
  ),
  "profiles of its .env": files({
    "compose.yaml": "include: [sub/i.yaml]\nservices: { a: { image: i } }\n",
    "sub/i.yaml": "services: { b: { image: j, profiles: [p] } }\n",
    "sub/.env": "COMPOSE_PROFILES=p\n",
  }),
  "an empty file": files({ "compose.yaml": `include: [sub/i.yaml]\n${keys("user: x")}`, "sub/i.yaml": "" }),
  "a file of comments": files({ "compose.yaml": `include: [sub/i.yaml]\n${keys("user: x")}`, "sub/i.yaml": "# x\n" }),
  "a file that is not there": `include: [none.yaml]\n${keys("user: x")}`,
  "a folder": files({ "compose.yaml": `include: [sub]\n${keys("user: x")}`, "sub/compose.yaml": keys("user: y") }),
  "a mistake in it": files({
    "compose.yaml": "include: [sub/i.yaml]\n",
    "sub/i.yaml": "services: { b: { image: j, foo: x } }\n",
  }),
  "a reference out of it": files({
    "compose.yaml": "include: [sub/i.yaml]\nservices: { a: { image: i } }\nnetworks: { n: }\n",
    "sub/i.yaml": "services: { b: { image: j, depends_on: [a], networks: [n] } }\n",
  }),
  itself: "include: [compose.yaml]\nservices: { a: { image: i } }\n",
  "as a text": files({ "compose.yaml": "include: sub/i.yaml\n", "sub/i.yaml": "services: { b: { image: j } }\n" }),
  "as a map": files({
    "compose.yaml": "include: { path: sub/i.yaml }\n",
    "sub/i.yaml": "services: { b: { image: j } }\n",
  }),
  "as null": `include:\n${keys("user: x")}`,
  "an entry that is null": `include: [~]\n${keys("user: x")}`,
  "an entry of nothing": `include: [{}]\n${keys("user: x")}`,
  "an entry with a null path": `include: [{ path: }]\n${keys("user: x")}`,
  "an entry with nulls": files({
    "compose.yaml": "include: [{ path: sub/i.yaml, env_file: , project_directory: }]\n",
    "sub/i.yaml": "services: { b: { image: 'j:$X', volumes: ['./v:/v'] } }\n",
    "sub/.env": "X=1\n",
  }),
  "an entry that is a number": `include: [5]\n${keys("user: x")}`,
  "an entry without a path": `include: [{ env_file: x.env }]\n${keys("user: x")}`,
  "secrets and configs": files(
    {
      "compose.yaml": "include: [sub/i.yaml]\n",
      "sub/i.yaml":
        "services: { b: { image: j, secrets: [s, e], configs: [c] } }\nsecrets: { s: { file: ./s }, e: { environment: TOKEN } }\nconfigs: { c: { content: 'x $X' } }\n",
      "sub/.env": "X=1\nTOKEN=t\n",
    },
    {},
  ),
  "several documents": files({
    "compose.yaml": "include: [sub/i.yaml]\n",
    "sub/i.yaml": "services: { b: { image: j, user: x } }\n---\nservices: { b: { user: !reset null, tty: true } }\n",
  }),
  "volumes of a local driver": files({
    "compose.yaml": "include: [sub/i.yaml]\n",
    "sub/i.yaml":
      "services: { b: { image: j, volumes: ['v:/v'] } }\nvolumes: { v: { driver: local, driver_opts: { type: none, o: bind, device: ./d } } }\n",
  }),
  "variables without a value": files(
    {
      "compose.yaml": "include: [sub/i.yaml]\nservices: { a: { image: i, environment: [X] } }\n",
      "sub/i.yaml": "services: { b: { image: j, environment: [X], build: { context: ., args: [X] } } }\n",
      "sub/.env": "X=inner\n",
    },
    {},
  ),
  extensions: files({
    "compose.yaml": "include: [sub/i.yaml]\nx-a: 1\n",
    "sub/i.yaml": "services: { b: { image: j, x-b: 1 } }\nx-a: 2\nx-c: 3\n",
  }),
};
