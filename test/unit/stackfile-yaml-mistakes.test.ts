import { describe, expect, it } from "@jest/globals";
import { load } from "../support/stack-files.ts";

const service = (lines: string): string => `services:\n  web:\n    image: i:1\n${lines}`;

interface Mistake {
  readonly what: string;
  readonly text: string;
  /** Line, column and message of the one error. */
  readonly says: string;
  readonly hint: RegExp;
}

const mistakes: readonly Mistake[] = [
  {
    what: "a bracket that stays open before the next key",
    text: service('    command: [a, b\n    ports:\n      - "80:80"\n'),
    says: "4:14 the [ that opens here is never closed",
    hint: /put a \] behind the last item/,
  },
  {
    what: "a brace that stays open before one that is closed",
    text: "services:\n  web: { image: i:1\n  db: { image: i:1 }\n",
    says: "2:8 the { that opens here is not closed before the next key",
    hint: /put a \} behind the last item/,
  },
  {
    what: "a bracket with nothing behind it",
    text: "services: {",
    says: "1:11 the { that opens here is never closed",
    hint: /put a \} behind the last item/,
  },
  {
    what: "a bracket too many",
    text: service("    command: [a, b]]\n"),
    says: "4:20 this ] closes nothing",
    hint: /remove it/,
  },
  {
    what: "a comma that is missing between items",
    text: service('    ports: ["80" "81"]\n'),
    says: "4:18 between [ and ] a comma is missing before this",
    hint: /put a comma between the items/,
  },
  {
    what: "a tab before an item",
    text: service('    ports:\n\t- "80"\n\t- "81"\n'),
    says: "5:1 a tab indents this line",
    hint: /indent with spaces/,
  },
  {
    what: "a key less far in than those beside it",
    text: service('   ports:\n     - "80"\n'),
    says: "4:4 this line is indented unlike those beside it",
    hint: /lines of one level begin in one column/,
  },
  {
    what: "a key further in than those beside it",
    text: service('      ports:\n        - "80"\n'),
    says: "4:7 this line is indented unlike those beside it",
    hint: /lines of one level begin in one column/,
  },
  {
    what: "a key without a colon before a map",
    text: "services:\n  web\n    image: i:1\n",
    says: "2:3 a colon is missing behind this key",
    hint: /a key needs a colon and a space/,
  },
  {
    what: "a key without a colon before a list",
    text: service('    ports\n      - "80"\n'),
    says: "4:5 a colon is missing behind this key",
    hint: /a key needs a colon and a space/,
  },
  {
    what: "a colon without a space",
    text: 'services:\n  web:\n    image:nginx\n    ports:\n      - "80"\n',
    says: "3:5 a space is missing behind the colon of this key",
    hint: /write a space between the colon and the value/,
  },
  {
    what: "a colon without a space, in the one key of a map",
    text: "services:\n  web:\n    image:nginx\n",
    says: '3:5 services.web must be a map, not "image:nginx"',
    hint: /write a space behind the colon/,
  },
  {
    what: "a dash without a space behind a right one",
    text: service('    ports:\n      - "80"\n      -"81"\n'),
    says: "6:7 a space is missing behind this dash",
    hint: /a dash, a space and a value/,
  },
  {
    what: "dashes without a space",
    text: service("    ports:\n      -80:80\n"),
    says: '5:7 services.web.ports must be a list, not "-80:80"',
    hint: /write a space behind the dash/,
  },
  {
    what: "a quote that others close",
    text: 'services:\n  web:\n    image: "i:1\n    ports:\n      - "80:80"\n',
    says: '3:12 the " that opens here is closed on a later line',
    hint: /put a " at the end of the value/,
  },
  {
    what: "a quote that nobody closes",
    text: service("    user: 'x\n    tty: true\n"),
    says: "4:11 the ' that opens here is never closed",
    hint: /put a ' at the end of the value/,
  },
  {
    what: "text behind quotes",
    text: service('    hostname: "a" b\n'),
    says: "4:19 the value before this has ended",
    hint: /put quotes around the whole value/,
  },
  {
    what: "a colon behind quotes",
    text: service('    hostname: "a": b\n'),
    says: "4:15 a colon may not follow this value",
    hint: /put quotes around all that is the value/,
  },
  {
    what: "a colon behind an alias",
    text: service("    hostname: *a : b\n"),
    says: "4:15 a colon may not follow this value",
    hint: /put quotes around all that is the value/,
  },
  {
    what: "a colon behind a list in brackets",
    text: service("    command: [a,\n      b]: c\n"),
    says: "5:8 a colon may not follow this value",
    hint: /put quotes around all that is the value/,
  },
  {
    what: "a colon behind quotes of several lines",
    text: service('    hostname: "a\n    user: ": b\n'),
    says: '4:15 the " that opens here is closed on a later line',
    hint: /put a " at the end of the value/,
  },
  {
    what: "a colon in a value",
    text: service("    command: echo a: b\n"),
    says: "4:14 a colon with a space behind it may not stand in a value without quotes",
    hint: /put the value in quotes/,
  },
  {
    what: "a star before a name",
    text: service("    command: *.js\n"),
    says: '4:14 there is no complete anchor "&.js" before this alias',
    hint: /a value that begins with \* needs quotes/,
  },
  {
    what: "a star alone",
    text: service("    command: *\n"),
    says: "4:14 a name is missing behind this *",
    hint: /put the value in quotes/,
  },
  {
    what: "a merge of git that was not finished",
    text: "services:\n<<<<<<< HEAD\n  web:\n    image: i:1\n=======\n  web:\n    image: i:2\n>>>>>>> x\n",
    says: "2:1 this line is of a merge that was not finished",
    hint: /choose one of the two versions/,
  },
];

describe("one mistake in the YAML of a file is one error, where it was made, which says what to do", () => {
  it.each(mistakes)("$what", ({ text, says, hint }) => {
    const { model, diagnostics } = load(text);
    expect(model).toBeUndefined();
    expect(diagnostics.map(({ line, column, message }) => `${line}:${column} ${message}`)).toEqual([says]);
    expect(diagnostics[0]?.hint).toMatch(hint);
  });
});

describe("a wrong anchor is told once for each key that it is wrong for", () => {
  it("with two keys of a service", () => {
    const { diagnostics } = load("x-a: &a [1]\nservices: { a: { image: *a, hostname: *a } }\n");
    expect(diagnostics.map(({ message }) => message)).toEqual([
      "services.a.image must be a string, not a list",
      "services.a.hostname must be a string, not a list",
    ]);
  });

  it("and not for each of the services that have it", () => {
    const { diagnostics } = load("x-a: &a [1]\nservices: { a: { image: *a }, b: { image: *a } }\n");
    expect(diagnostics.map(({ message }) => message)).toEqual(["services.a.image must be a string, not a list"]);
  });
});

describe("what is wrong in itself is not told once more for what it is beside", () => {
  it.each([
    ["ports: [{}, {}]", ['services.a.ports[0] needs "target"', 'services.a.ports[1] needs "target"']],
    ["networks: { n: { b: 1 } }", ['unknown key "b" in services.a.networks.n']],
    ['env_file: [""]', ["services.a.env_file[0] is empty"]],
    ['ports: ["0"]', ["services.a.ports[0]: no container has a port 0"]],
    ["ports: [080]", ["services.a.ports[0]: 080 is not a port"]],
    [
      "healthcheck: { test: x, retries: -1 }",
      ["services.a.healthcheck.retries must be a whole number of at least 0, not -1"],
    ],
    [
      'volumes: [{ type: bind, source: "", target: /x }]',
      ["services.a mounts an empty path, which is the folder of the stack file and not on the app's host"],
    ],
  ])("%s", (keys, messages) => {
    const { diagnostics } = load(`services: { a: { image: i:1, ${keys} } }\n`);
    expect(diagnostics.map(({ message }) => message)).toEqual(messages);
  });
});
