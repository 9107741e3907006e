import { type Fixtures, files, keys, over } from "./conformance-fixtures.ts";

const value = (text: string): string => keys(`environment: { A: ${text} }`);
const label = (text: string): string => keys(`labels:\n  a: ${text}`);

/** Scalars as go-yaml reads them. */
export const scalars: Fixtures = Object.fromEntries(
  [
    ...["yes", "No", "ON", "y", "n", "true", "True", "TRUE", "tRUE", "null", "Null", "~", "''", "nil"],
    ...["0", "1", "-1", "+1", "-0", "-0.0", "00", "007", "08", "0777", "0o17", "0O17", "0x1F", "0X1f", "0b11", "0B11"],
    ...["1_000", "1__0", "_1", "0x_1", "1.5", "1.50", "1.0", "-1.5", ".5", "5.", "._5", ".5_0", "1_0.5", "1e3", "1E3"],
    ...["1e+3", "1e-3", "1e21", "1e20", "1e-7", "1e400", "0.0001", "0.00001", "123456789.123", "0x1p-2", "1.2.3"],
    ...["9007199254740993", "9223372036854775807", "9223372036854775808", "18446744073709551615"],
    ...["18446744073709551616", "-9223372036854775808", "-9223372036854775809", "+18446744073709551615"],
    ...["2020-01-01", "2020-1-1", "2020-01-01T10:20:30Z", "2020-01-01t10:20:30Z", "2020-01-01 10:20:30"],
    ...["2020-01-01T10:20:30+01:00", "2020-01-01T10:20:30-05:30", "2020-01-01T10:20:30", "2020-01-01 10:20:30Z"],
    ...["2020-01-01  10:20:30", "2020-01-01T10:20:30.5Z", "2020-01-01T1:2:3Z", "2020-13-01", "2020-02-30"],
    ...["2020-01-01T24:00:00Z", "20-01-01", "12020-01-01", "22:22", "1:2:3", "=", "<<x", "a: b"].slice(0, -1),
    ...["!!str 5", "!!int 5", "!!float 5", "!!bool true", "!!null ''", "!!int '5'", "!own x", "!own 5", "! 5"],
    ...["'5'", '"0777"', "|\n        5", ">-\n        yes", '"a\\tb"', '"\\u00e9"', "'it''s'", '"\\x41"'],
  ].map((text) => [text, label(text)]),
);

export const brokenScalars: Fixtures = Object.fromEntries(
  [".inf", "-.Inf", ".NaN", "!!int abc", "!!float abc", "!!bool 1", "[1]", "{ b: c }", "*none", "@x", "`x", "%x"].map(
    (text) => [text, value(text)],
  ),
);

/** What was no service in the documents before becomes one, and what was one becomes something else. */
export const aliasesAcrossDocuments: Fixtures = Object.fromEntries(
  [
    ["an unknown key", 'x-t:\n  s: &s { image: "i:1", prots: ["80:80"] }\n', "services: { a: *s }\n"],
    ["short forms", 'x-t:\n  s: &s { image: "i:1", ports: ["80:80"] }\n', "services: { a: *s }\n"],
    [
      "a service that is settled",
      "services: { b: &s { image: i, user: x, ports: ['80'] } }\n",
      "services: { a: *s }\n",
    ],
    [
      "a service as a network",
      "services: { b: &s { image: i } }\n",
      "networks: { n: *s }\nservices: { b: { user: x } }\n",
    ],
    [
      "a volume as a network",
      "volumes: { v: &s { name: x } }\n",
      "networks: { n: *s }\nservices: { a: { image: i } }\n",
    ],
    ["a network as a service", "networks: { n: &s { driver: x } }\n", "services: { a: *s }\n"],
    [
      "an extension in a service",
      "services: { b: { image: i, x-s: &s { image: j, user: 5 } } }\n",
      "services: { a: *s }\n",
    ],
  ].map(([title = "", first = "", last = ""]) => [
    title,
    `${first}---\nx-u: { a: 1 }\n---\nx-v: { a: 1 }\n---\n${last}`,
  ]),
);

export const documents: Fixtures = {
  "two documents merge": "services:\n  a: { image: i, user: x }\n---\nservices:\n  a: { user: y }\n",
  "an empty document": "---\n---\nservices: { a: { image: i } }\n",
  "a document of nothing at the end": "services: { a: { image: i } }\n---\n",
  "a document that is ended": "services: { a: { image: i } }\n...\n",
  "a comment only": "# nothing\n",
  nothing: "",
  null: "null\n",
  "a list": "- a\n",
  "a text": "hello\n",
  "a directive": "%YAML 1.2\n---\nservices: { a: { image: i } }\n",
  "a byte order mark": "\uFEFFservices: { a: { image: i } }\n",
  "two byte order marks": "\uFEFF\uFEFFservices:\n\n  a:\n    image: i\n",
  "three byte order marks": "\uFEFF\uFEFF\uFEFFservices: { a: { image: i } }\n",
  "a byte order mark on a later line": "services:\n  a:\n    image: i\n\uFEFFx-y: 1\n",
  "Windows lines": "services:\r\n  a:\r\n    image: i\r\n",
  JSON: '{"services": {"a": {"image": "i", "ports": ["80"]}}}',
  "tabs in front": "services:\n\ta: { image: i }\n",
  "a tab between": "services:\n  a:\n    image:\ti\n",
  "a repeated key": "services:\n  a: { image: i }\n  a: { image: j }\n",
  "a repeated key that is merged": "x-a: &a { image: i }\nservices:\n  a:\n    <<: *a\n    image: j\n",
  "two merge keys": "x-a: &a { image: i }\nx-b: &b { user: u }\nservices:\n  a:\n    <<: *a\n    <<: *b\n",
  "a merge of two": "x-a: &a { image: i }\nx-b: &b { user: u, image: j }\nservices:\n  a:\n    <<: [*a, *b]\n",
  "a merge of a list behind an alias": "x-a: &a { image: i }\nx-b: &b [*a, { user: u }]\nservices:\n  a:\n    <<: *b\n",
  "a merge of a text": "services:\n  a:\n    <<: x\n    image: i\n",
  "a quoted merge key": 'services:\n  a:\n    "<<": { user: x }\n    image: i\n',
  "a merge is shallow":
    "x-a: &a { image: i, environment: { A: 1, B: 2 } }\nservices:\n  a:\n    <<: *a\n    environment: { A: 3 }\n",
  "an alias of a value": "services:\n  a: { image: &i busybox }\n  b: { image: *i }\n",
  "an alias of a service": "services:\n  a: &a { image: i, ports: ['80'] }\n  b: *a\n",
  "an anchor again": "x-a: &a i\nx-b: &a j\nservices:\n  a: { image: *a }\n",
  "an alias before its anchor": "services:\n  a: { image: *i }\nx-i: &i busybox\n",
  "an anchor in itself": "services: &s\n  a: *s\n",
  "an anchor of another document": "x-i: &i busybox\n---\nservices:\n  a: { image: *i }\n",
  "an alias as a key": "x-k: &k image\nservices:\n  a: { *k : i }\n",
  "an alias as a key that is there": "x-k: &k b\nservices: { a: { image: i, labels: { *k : x, b: y } } }\n",
  "a key that an alias is, too": "x-k: &k b\nservices: { a: { image: i, labels: { b: y, *k : x } } }\n",
  "an alias as a key of its name": "x-k: &k b\nservices: { a: { image: i, labels: { *k : x, k: y } } }\n",
  "two aliases as one key": "x-k: &k b\nx-l: &l b\nservices: { a: { image: i, labels: { *l : y, *k : x } } }\n",
  "a number as a key": "services:\n  1: { image: i }\n",
  "true as a key": "services:\n  a: { image: i, labels: { true: x } }\n",
  "null as a key": "services:\n  a: { image: i, labels: { ~: x } }\n",
  "a date as a key": "services:\n  a: { image: i, labels: { 2020-01-01: x } }\n",
  "yes as a key": "services:\n  a: { image: i, labels: { yes: x } }\n",
  "a list as a key": "services:\n  a: { image: i, labels: { [a]: x } }\n",
  "an open bracket": "services: { a: { image: i }\n",
  "an open quote": 'services: { a: { image: "i } }\n',
  "bad indentation": "services:\n  a:\n    image: i\n   user: x\n",
  "a colon without a space": "services:\n  a:{ image: i }\n",
  "a value that has a colon": "services:\n  a: { image: i, user: a:b }\n",
  "a control character": 'services: { a: { image: "i\u0007" } }\n',
  "an unknown tag on a map": "services:\n  a: !thing { image: i }\n",
};

/** A name is that of the anchor that began last, also while that is read. */
export const anchorsAgain: Fixtures = {
  "inside of its own": "x-a: &a i\nx-b: &a [*a]\nservices: { a: { image: i } }\n",
  "inside of its own, then used": "x-a: &a i\nx-b: &a { image: *a }\nservices: { a: *a }\n",
  "inside of one of that name": "services: { a: &a { image: &a j, user: *a } }\n",
  "inside of one of that name, in blocks": "services:\n  a: &a\n    image: &a j\n    user: *a\n",
  "behind one in one of that name": "x-a: &a i\nx-b: &a { image: &a j, user: x }\nservices: { a: { image: *a } }\n",
  "a map, behind one in one of that name": "x-b: &a { image: &a j, user: x }\nservices: { a: *a }\n",
};

export const resets: Fixtures = {
  "a key": over("ports: ['80']\nuser: x", "ports: !reset []\nuser: !reset null"),
  "a key, with a value": over("ports: ['80']", "ports: !reset ['81']"),
  "a key, without a value": over("user: x", "user: !reset"),
  "what is not there": over("user: x", "hostname: !reset x"),
  "below a key": over("environment: { A: 1, B: 2 }", "environment: { A: !reset null, C: 3 }"),
  "below a list of variables": over("environment: [A=1, B=2]", "environment: { A: !reset null }"),
  "an item of a list": over("cap_add: [A, B]", "cap_add: [!reset A, C]"),
  "in one file": keys("ports: !reset ['80']\nuser: x"),
  "in the only file, an override": keys("ports: !override ['80']"),
  "an override of a list": over("ports: ['80:80']", "ports: !override ['81:81']"),
  "an override of a flag": over("hostname: x", "hostname: !override true"),
  "an override of null": over("hostname: x", "hostname: !override null"),
  "an override of nothing": over("hostname: x", "hostname: !override"),
  "an override of a map": over("environment: { A: 1 }", "environment: !override { B: 2 }"),
  "an override of a scalar": over("user: x", "user: !override y"),
  "an override of a number": over("scale: 1", "scale: !override 2"),
  "an override in a map": over("labels: { a: '1', b: '2' }", "labels: { a: !override '3' }"),
  "an override of a command": over("command: [a, b]", "command: !override [c]"),
  "a service": files({
    "compose.yaml": "services:\n  a: { image: i }\n  b: { image: i }\n",
    "over.yaml": "services:\n  b: !reset null\n",
  }),
  "a service that another needs": files({
    "compose.yaml": "services:\n  a: { image: i, depends_on: [b] }\n  b: { image: i }\n",
    "over.yaml": "services:\n  b: !reset null\n",
  }),
  "an override of a service": files({
    "compose.yaml": "services:\n  a: { image: i, user: x, ports: ['80'] }\n",
    "over.yaml": "services:\n  a: !override { image: j }\n",
  }),
  "a section": files({
    "compose.yaml": "services:\n  a: { image: i }\nvolumes: { d: }\n",
    "over.yaml": "volumes: !reset {}\n",
  }),
  "by an anchor": files({
    "compose.yaml": "services:\n  a: { image: i, ports: ['80'] }\n  b: { image: i, ports: ['81'] }\n",
    "over.yaml": "x-p: &p !reset []\nservices:\n  a: { ports: *p }\n  b: { ports: *p }\n",
  }),
  "in an anchor": files({
    "compose.yaml": "services:\n  a: { image: i, ports: ['80'] }\n  b: { image: i, ports: ['81'] }\n",
    "over.yaml": "x-p: &p { ports: !reset [], user: x }\nservices:\n  a: *p\n  b: *p\n",
  }),
  "by a merge key": files({
    "compose.yaml": "services:\n  a: { image: i, ports: ['80'] }\n",
    "over.yaml": "x-p: &p { ports: !reset [], user: x }\nservices:\n  a:\n    <<: *p\n    hostname: h\n",
  }),
  "by a list of merges": files({
    "compose.yaml": "services:\n  a: { image: i, ports: ['80'] }\n",
    "over.yaml": "x-p: &p { ports: !reset [], user: x }\nservices:\n  a:\n    <<: [*p]\n",
  }),
  "a later document": "services:\n  a: { image: i, ports: ['80'] }\n---\nservices:\n  a: { ports: !reset [] }\n",
  "in three files": files({
    "compose.yaml": keys("ports: ['80']"),
    "one.yaml": "services:\n  a: { ports: !reset [] }\n",
    "two.yaml": "services:\n  a: { ports: ['82'] }\n",
  }),
  "a name with dots": files({
    "compose.yaml": "services:\n  a.b: { image: i, user: x }\n  a: { image: i, user: y }\n",
    "over.yaml": "services:\n  a.b: { user: !reset null }\n",
  }),
};

/** What only go-yaml's scanner takes, and what only it refuses. */
export const signs: Fixtures = Object.fromEntries(
  [
    ...[
      "[tar, xf, -]",
      "[tar, -, x]",
      "[-]",
      "[ - ]",
      "[a, ?]",
      "[?]",
      "[ ? ]",
      "[?, a]",
      "[a, --, b]",
      "[- a]",
      "[?a]",
    ],
    ...[
      "[a, -\n]",
      "[a, - # c\n]",
      "[:]",
      "[a, : ]",
      "[a?]",
      "[a? b]",
      "[a ? b]",
      "[a ?b]",
      "[a ?]",
      "[a?\n b]",
      "[!x]",
    ],
    ...[
      "[!x , b]",
      "[!x, b]",
      "[!!str -]",
      "[&a -, *a]",
      "[-: b]",
      "[-{}]",
      "[a]#b",
      "[a, b\n]",
      "[a:, b]",
      "[a,#b\n]",
    ],
  ].map((text) => [text, keys(`command: ${text}`)]),
);

export const braces: Fixtures = Object.fromEntries(
  [
    ...["{ A: - }", "{ A: ? }", "{ -: x }", "{ - : x }", "{ -, b }", "{ ? : x }", "{ ?: x }", "{ A: is it ok? }"],
    ...[
      "{ A: is it ok? yes }",
      "{ A: ok?yes }",
      "{ a?: x }",
      "{ A: !x, B: c }",
      "{ A: !x , B: c }",
      "{ A: !!str, B: c }",
    ],
    ...[
      '{ "a\n b": c }',
      "{ a\n b: c }",
      "{ a\n : c }",
      '{ "a"\n : c }',
      '{ ? "a"\n : c }',
      '{ "a\n b" }',
      "{ :a: b }",
    ],
  ].map((text) => [text, keys(`environment: ${text}`)]),
);

const lines = (text: string): string => `services:\n  a:\n    image: i\n${text}`;

export const whiteSpace: Fixtures = {
  "a line of a tab": lines("\t\n    user: x\n"),
  "a line of a space and a tab": lines(" \t\n    user: x\n"),
  "a line of a tab deep in": lines("       \t\n    user: x\n"),
  "a tab at the beginning": `\t\n${lines("")}`,
  "a tab at the end": lines("\t"),
  "a comment behind a tab": lines("\t# c\n    user: x\n"),
  "a comment behind spaces and a tab": lines("    \t# c\n    user: x\n"),
  "tabs at the end of lines": lines("    user: x\t\n    hostname: h\t# c\n"),
  "a tab behind a dash": keys("command:\n  -\tx"),
  "a tab and a list behind a dash": keys("x-y:\n  -\t- y"),
  "a tab between a key and its colon": keys("user\t: x"),
  "a tab before a bracket": keys("command:\t[x,\ty]"),
  "tabs in brackets": lines("    command: [\n\tx\n\t]\n"),
  "a tab that indents a literal text": keys("user: |\n\tx"),
  "a tab that begins a literal text": keys("user: |\n  \tx\n  y"),
  "a tab in the second line of a literal text": keys("user: |\n  x\n  \ty"),
  "a tab behind an indentation indicator": keys("user: |2\n  \tx"),
  "a tab that begins a folded text": keys("user: >\n  \tx\n  y"),
  "a literal text without a line end": `services:\n  a:\n    image: i\n    user: |\n      x`,
  "a folded text without a line end": `services:\n  a:\n    image: i\n    user: >\n      x\n      y`,
  "a kept text of one line": keys("user: |+\n  x\n\n"),
  "a separator of lines": keys("user: a\u2028b"),
  "a separator of lines before a key": lines("    user: x\u2028    hostname: h\n"),
  "a next line": lines("    user: x\u0085    hostname: h\n"),
  "carriage returns": "services:\r  a:\r    image: i\r    user: |\r      x\r      y\r",
};

export const quotes: Fixtures = {
  "a character in two halves": keys('user: "\\ud83d\\ude00"'),
  "half a character": keys('user: "\\ud83d"'),
  "half a character of eight digits": keys('user: "\\U0000d83d"'),
  "a character of eight digits": keys('user: "\\U0001F600"'),
  "a character beyond the last": keys('user: "\\U00110000"'),
  "a slash that is escaped": keys('user: "a\\/b"'),
  "a quote that is escaped": keys('user: "a\\\'b"'),
  "a line end that is escaped": keys('user: "a\\\n  b"'),
  "the end of a document in double quotes": lines('    user: "a\n--- b"\n'),
  "the end of a document in single quotes": lines("    user: 'a\n... b'\n"),
  "dashes in quotes": lines("    user: 'a\n---x b'\n"),
  "the end of a document in brackets": "services:\n  a: [\n---\n]\n",
  "a quote alone at the column of its parent": lines('    user: "x\n    "\n    ports: ["8080:80"]\n'),
  "a quote alone in the first column": lines('    user: "x\n"\n    ports: ["8080:80"]\n'),
  "quotes and brackets that begin lines": lines("    user: 'x\n    '\n    command: [\n    a,\n    'b'\n    ]\n"),
};

const merging = (key: string): string => `x-a: &a { user: x }\n${keys(`${key}: *a`)}`;

export const keysOfMaps: Fixtures = {
  ...Object.fromEntries(
    ["!!str <<", "! <<", "!own <<", "&k <<", "!!merge <<", "!!merge x", "!!merge '<<'", "'<<'"].map((key) => [
      key,
      merging(key),
    ]),
  ),
  "an alias of a merge key": `x-m: &m <<\n${merging("*m ")}`,
  "a long key": keys(`labels:\n  ${"a".repeat(1_100)}: x`),
  "a long key with spaces": keys(`labels:\n  ${"a ".repeat(1_100)}: x`),
  "a long key in quotes": keys(`labels:\n  '${"a".repeat(1_100)}': x`),
  "a long key in braces": keys(`labels: { ${"a".repeat(1_100)}: x }`),
};
