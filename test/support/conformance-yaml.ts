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
