import { describe, expect, it } from "@jest/globals";
import { findings, load, type StackFiles } from "../support/stack-files.ts";

const errorsOf = (files: string | StackFiles): readonly string[] =>
  findings(files).filter((finding) => finding.includes(" error "));

const repeated = (count: number, line: (index: number) => string): string =>
  Array.from({ length: count }, (_, index) => line(index)).join("\n");

describe("an app that no host has room for is refused", () => {
  it.each([
    {
      what: "a billion replicas",
      text: "services: { a: { image: i:1, scale: 1000000000 } }",
      says: ["compose.yaml:1:37 error invalid-value: up to services.a, the app has more than 10000 containers"],
    },
    {
      what: "replicas of a deployment",
      text: "services: { a: { image: i:1, deploy: { replicas: 10001 } } }",
      says: ["compose.yaml:1:50 error invalid-value: up to services.a, the app has more than 10000 containers"],
    },
    {
      what: "replicas of several services",
      text: "services:\n  a: { image: i:1, scale: 6000 }\n  b: { image: i:1, scale: 4000 }\n  c: { image: i:1 }",
      says: ["compose.yaml:4:3 error invalid-value: up to services.c, the app has more than 10000 containers"],
    },
    {
      what: "ports that are exposed",
      text: "services: { a: { image: i:1, expose: ['1-65535', '1-65535/udp', '1-9/sctp'] } }",
      says: ["compose.yaml:1:65 error invalid-value: up to services.a, the app exposes more than 131072 ports"],
    },
    {
      what: "a range that ends before it begins",
      text: "services: { a: { image: i:1, expose: ['90-80'] } }",
      says: ['compose.yaml:1:39 error invalid-value: "90-80" ends before it begins'],
    },
    {
      what: "a port that is none",
      text: "services: { a: { image: i:1, expose: [x, 0, 65536, 80/x] } }",
      says: ["x", "0", "65536", "80/x"].map((port, index) =>
        expect.stringMatching(
          `^compose.yaml:1:${[39, 42, 45, 52][index] ?? 0} error invalid-value: services.a.expose\\[${index}\\] must be a port or a range of ports such as "8000-8010/udp", not .*${port}`,
        ),
      ),
    },
  ])("$what", ({ text, says }) => {
    expect(errorsOf(text)).toEqual(says);
  });

  it.each([
    "services: { a: { image: i:1, scale: 10000 } }",
    "services: { a: { image: i:1, deploy: { mode: global, replicas: 20000 } } }",
    "services: { a: { image: i:1, expose: ['1-65535', 80/UDP, '0080', '8000-8010/tcp'] } }",
    "services: { a: { image: i:1, profiles: [x], scale: 20000 } }",
  ])("and no other: %s", (text) => {
    expect(errorsOf(text)).toEqual([]);
  });
});

describe("a number that JSON has no exact one of is refused", () => {
  it.each([
    "cpu_quota: 9007199254740993",
    "cpu_quota: 1e30",
    "ulimits: { nofile: 9223372036854775807 }",
    "ulimits: { nofile: { soft: 1, hard: 9223372036854775807 } }",
    "healthcheck: { test: x, retries: 9007199254740993 }",
    "deploy: { resources: { limits: { pids: '9007199254740993' } } }",
    "deploy: { resources: { limits: { cpus: 'inf' } } }",
  ])("%s", (keys) => {
    const [error, ...more] = errorsOf(`services:\n  a:\n    image: i:1\n    ${keys}\n`);
    expect(error).toMatch(
      /^compose\.yaml:4:\d+ error invalid-value: services\.a\..* must be between -9007199254740991 and/,
    );
    expect(more).toEqual([]);
  });

  it("sizes have as many digits as they need", () => {
    const { model } = load("services: { a: { image: i:1, mem_limit: 9007199254740993 } }");
    expect(model?.services["a"]?.mem_limit).toBe("9007199254740993");
  });
});

describe("a few lines do not stand for more than a project can have", () => {
  const large = `{ image: i:1, labels: { ${repeated(10_000, (index) => `l${index}: x`).replaceAll("\n", ", ")} } }`;
  const tooMany = "up to here, files and services that build on each other come to more than 250000 values";

  it.each([
    {
      what: "services that extend a large one",
      files: {
        "compose.yaml": `services:\n  a: ${large}\n${repeated(1_000, (index) => `  b${index}: { extends: a }`)}`,
      },
    },
    {
      what: "documents over a large service",
      files: {
        "compose.yaml": `services: { a: ${large} }\n${repeated(1_000, () => "---\nservices: { a: { user: x } }")}`,
      },
    },
    {
      what: "documents over many services",
      files: {
        "compose.yaml": `services:\n${repeated(9_000, (index) => `  a${index}: { image: i:1 }`)}\n${repeated(900, (index) => `---\nservices: { b${index}: { image: i:1 } }`)}`,
      },
    },
    {
      what: "documents that each name something new at the top",
      files: {
        "compose.yaml": `services: { a: { image: i:1 } }\n${repeated(2_000, (index) => `---\nx-${index}: 1`)}`,
      },
    },
    {
      what: "documents of a file that is extended",
      files: {
        "compose.yaml": "services: { a: { extends: { file: base.yaml, service: a } } }",
        "base.yaml": `services: { a: ${large} }\n${repeated(1_000, () => "---\nservices: { a: { user: x } }")}`,
      },
    },
    {
      what: "one file that is included again and again",
      files: {
        "compose.yaml": `include: [${"in.yaml, ".repeat(1_000)}]\n`,
        "in.yaml": `services: { a: ${large} }\n`,
      },
    },
  ])("$what", ({ files }) => {
    expect(errorsOf({ files })).toEqual([expect.stringContaining(`error invalid-value: ${tooMany}`)]);
  });

  it("aliases in many documents", () => {
    const text = `x-a: &a [${"1, ".repeat(10_000)}]\n${repeated(1_000, (index) => `---\nx-${index}: *a`)}\n`;
    expect(errorsOf(text)).toEqual([expect.stringContaining("error yaml-alias: aliases make this file stand for")]);
  });

  it("an env file that many services read", () => {
    const files = {
      "compose.yaml": `services:\n${repeated(300, (index) => `  a${index}: { image: i:1, env_file: a.env }`)}`,
      "a.env": `A=${"x".repeat(100_000)}\n`,
    };
    expect(errorsOf({ files })).toEqual([
      "compose.yaml:101:32 error invalid-value: up to services.a99, variables stand for more text than a project can have",
    ]);
  });

  it("but not 500 services that share an env file of 300 lines", () => {
    const files = {
      "compose.yaml": `services:\n${repeated(500, (index) => `  a${index}: { image: i:1, env_file: a.env }`)}`,
      "a.env": repeated(300, (index) => `SOME_VARIABLE_${index}=some value or other`),
    };
    expect(errorsOf({ files })).toEqual([]);
  });

  it("variables that double each other, over several env files", () => {
    const doubling = (name: string): string =>
      `${name}0=xxxxxxxxxx\n${repeated(18, (index) => `${name}${index + 1}=$${name}${index}$${name}${index}`)}\n`;
    const files = {
      "compose.yaml": "services: { a: { image: i:1 } }\n",
      "a.env": doubling("A"),
      "b.env": doubling("B"),
    };
    const { model } = load({ files, input: { envFiles: ["/shop/a.env"] } });
    expect(model).toBeDefined();
    expect(errorsOf({ files, input: { envFiles: ["/shop/a.env", "/shop/b.env"] } })).toEqual([
      expect.stringContaining("variables stand for more text than a project can have"),
    ]);
  });
});
