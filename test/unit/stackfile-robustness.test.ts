import { mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { stringify } from "yaml";
import type { Shape } from "../../modules/stackfile/shapes/shape.ts";
import { stackFile } from "../../modules/stackfile/keys/top.ts";
import type { LoadResult } from "../../modules/stackfile/types.ts";
import { runCli } from "../support/cli.ts";
import { testFolder } from "../support/folder.ts";
import { hostileFiles } from "../support/hostile-files.ts";
import { HostileThread } from "../support/hostile-thread.ts";
import { problemsOf } from "../support/load-problems.ts";
import { load } from "../support/stack-files.ts";

const shop = `
x-base: &base
  image: "i:\${TAG:-1}"
  environment: [A=1, B]
services:
  web: { <<: *base, ports: ["8080:80"], depends_on: { api: { condition: service_healthy } } }
  api:
    <<: *base
    command: run "a b" --x
    healthcheck: { test: probe, interval: 5s }
    volumes: ["data:/data", /x:/x:ro]
volumes: { data: }
`;

/** Texts that short forms are made of, well and badly. */
const texts = fc.oneof(
  fc.string({ maxLength: 6 }),
  fc.constantFrom(
    ..."80:80|./a:/b|a=b|${X}|${X:-|$|1s|-1|:|a:b:c:d|[::1]:80:80|80-90:80-90|default|a|service:a|1.5g|0777|*|no|//|..".split(
      "|",
    ),
  ),
);
const anything = fc.oneof(fc.jsonValue({ maxDepth: 2 }), texts);

/** Values that mostly have the shape of a position, and then again anything. */
function valueOf(shape: Shape, depth: number): fc.Arbitrary<unknown> {
  if (depth === 0) return anything;
  return fc.oneof({ weight: 6, arbitrary: shaped(shape, depth - 1) }, { weight: 1, arbitrary: anything });
}

function shaped(shape: Shape, depth: number): fc.Arbitrary<unknown> {
  switch (shape.kind) {
    case "mapping": {
      const keys = Object.entries(shape.keys).map(([name, key]) =>
        fc.tuple(fc.constant(name), valueOf(key.shape, depth)),
      );
      return fc.array(fc.oneof(...keys), { maxLength: 6 }).map((entries) => Object.fromEntries(entries) as unknown);
    }
    case "dictionary":
      return fc.dictionary(fc.constantFrom("a", "b", "default", "x-c", "d e"), valueOf(shape.of, depth), {
        maxKeys: 3,
      });
    case "list":
      return fc.array(valueOf(shape.of, depth), { maxLength: 3 });
    case "scalar":
    case "hosts":
    case "free":
      return anything;
  }
}

const styles = fc.record({ collectionStyle: fc.constantFrom("any" as const, "flow" as const) });

/** A model, or at least one error: never both, never none, never an exception. */
function check(text: string): void {
  checkResult(load(text));
}

function checkResult(result: LoadResult): void {
  expect(problemsOf(result)).toEqual([]);
}

describe("loading gives a model or says why not", () => {
  it("for any text", () => {
    fc.assert(fc.property(fc.oneof(fc.string(), fc.string({ unit: "binary" })), check), { numRuns: 300 });
  });

  it("for a stack file with any edit", () => {
    const edit = fc.record({ at: fc.nat(shop.length), drop: fc.nat(20), text: fc.string({ maxLength: 8 }) });
    fc.assert(
      fc.property(fc.array(edit, { minLength: 1, maxLength: 4 }), (edits) => {
        check(edits.reduce((text, { at, drop, text: put }) => text.slice(0, at) + put + text.slice(at + drop), shop));
      }),
      { numRuns: 300 },
    );
  });

  it("for any bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => check(Buffer.from(bytes).toString("utf8"))),
      { numRuns: 300 },
    );
  });

  it("for any value at any known key", () => {
    fc.assert(
      fc.property(valueOf(stackFile, 5), styles, (file, style) => check(stringify(file, style))),
      { numRuns: 300 },
    );
  });

  it("for any two files over each other", () => {
    fc.assert(
      fc.property(valueOf(stackFile, 4), valueOf(stackFile, 4), (one, two) => {
        const files = { "one.yaml": stringify(one), "two.yaml": stringify(two) };
        checkResult(load({ files, input: { files: ["/shop/one.yaml", "/shop/two.yaml"] } }));
      }),
      { numRuns: 120 },
    );
  });

  it("for any env file", () => {
    const line = fc.oneof(fc.string(), fc.constantFrom("A=1", "A='", 'B="${A:-$', "export", "é=1", "C=${C}", "=", "#"));
    fc.assert(
      fc.property(fc.array(line, { maxLength: 8 }), (lines) => {
        const files = { "compose.yaml": shop, ".env": lines.join("\n"), "a.env": lines.toReversed().join("\r\n") };
        checkResult(load({ files, input: { envFiles: ["/shop/.env", "/shop/a.env"] } }));
      }),
      { numRuns: 300 },
    );
  });

  describe("of a hostile file", () => {
    const thread = new HostileThread();
    afterAll(() => thread[Symbol.asyncDispose]());

    it.each(hostileFiles.map(({ name }) => name))(
      "%s",
      async (name) => {
        expect(await thread.problemsOf(name)).toEqual([]);
      },
      90_000,
    );
  });
});

describe("a file that cannot be read is a finding, whoever names it", () => {
  const stackFile = "services: { a: { image: i:1, env_file: bad } }\n";
  const including = "include: [bad]\nservices: { a: { image: i:1 } }\n";

  it.each([
    { what: "a folder", make: (path: string) => mkdir(path), says: "it is a folder" },
    { what: "links in a ring", make: (path: string) => symlink(path, path), says: "its links lead back to themselves" },
    {
      what: "Latin-1",
      make: (path: string) => writeFile(path, Buffer.from("A=\xe9", "latin1")),
      says: "it is not text in UTF-8 at line 1, column 3",
    },
    {
      what: "UTF-16",
      make: (path: string) => writeFile(path, Buffer.from("\ufeffA=1", "utf16le")),
      says: "it is UTF-16",
    },
    {
      what: "UTF-16 without a mark",
      make: (path: string) => writeFile(path, Buffer.from("A=1\nB=ü\n", "utf16le")),
      says: "it is UTF-16 without a byte order mark",
    },
    {
      what: "UTF-16 without a mark, the other byte first",
      make: (path: string) => writeFile(path, Buffer.from("A=1\nB=ü\n", "utf16le").swap16()),
      says: "it is UTF-16 without a byte order mark",
    },
    { what: "a device", make: (path: string) => symlink("/dev/zero", path), says: "it is no ordinary file" },
  ])("$what", async ({ make, says }) => {
    await using folder = await testFolder({ "compose.yaml": stackFile, "including.yaml": including });
    await make(join(folder.path, "bad"));
    for (const argv of [
      ["-f", "compose.yaml"],
      ["-f", "including.yaml"],
      ["-f", "bad"],
      ["-f", "compose.yaml", "--env-file", "bad"],
    ]) {
      const { code, stdout, stderr } = await runCli(["config", ...argv], { cwd: folder.path });
      expect({ argv, code, stdout }).toEqual({ argv, code: 2, stdout: "" });
      expect(stderr).toContain("error: the stack file has 1 error\n");
      expect(stderr).toContain(says);
      expect(stderr).not.toMatch(/^ +at /m);
    }
  });

  it("as the stack file itself", async () => {
    await using folder = await testFolder({});
    await writeFile(join(folder.path, "compose.yaml"), Buffer.from("services: { a: { image: '\xe9' } }", "latin1"));
    const { code, stderr } = await runCli(["config"], { cwd: folder.path });
    expect(code).toBe(2);
    expect(stderr).toContain("compose.yaml:1:26 error");
    expect(stderr).toContain("it is not text in UTF-8");
  });
});

describe("what a stack file is full of hides no error", () => {
  it("a thousand warnings do not accept a key that nobody knows", () => {
    const variables = Array.from({ length: 1_100 }, (_, index) => `      V${index}: $X${index}\n`).join("");
    const result = load(`services:\n  web:\n    image: a:1\n    commmand: run\n    environment:\n${variables}`);
    expect(result.model).toBeUndefined();
    expect(result.diagnostics[0]).toMatchObject({ severity: "error", code: "unknown-key" });
  });

  it.each(["constructor", "toString", "__proto__"])("%s is no service, no secret and no variable by itself", (name) => {
    const codesOf = (text: string): readonly string[] =>
      load(`services:\n  web:\n    image: a:1\n${text}`).diagnostics.map(({ code }) => code);
    expect(codesOf(`    depends_on: [${name}]\n`)).toContain("undefined-reference");
    expect(codesOf(`    secrets: [${name}]\n`)).toContain("undefined-reference");
  });

  it.each(["valueOf", "hasOwnProperty", "__proto__", "toString"])("the tag !!%s leaves a text a text", (tag) => {
    expect(load(`services:\n  web:\n    image: !!${tag} a:1\n`).model?.services["web"]?.image).toBe("a:1");
  });

  it("a chain of two thousand includes is an error", () => {
    const files = Object.fromEntries(
      Array.from({ length: 2_000 }, (_, index) => [`f${index}.yaml`, `include: [f${index + 1}.yaml]\n`]),
    );
    const text = "include: [f0.yaml]\nservices:\n  web:\n    image: a:1\n";
    const { diagnostics } = load({ files: { "compose.yaml": text, ...files } });
    expect(diagnostics.map(({ code }) => code)).toContain("include-cycle");
  });

  it("a list in a later file that is no list of names is one in an earlier file neither", () => {
    const { diagnostics } = load(
      "services:\n  a:\n    image: a:1\n    depends_on: [b]\n  b:\n    image: b:1\n---\n" +
        "services:\n  a:\n    depends_on: [{ c: { condition: service_healthy } }]\n",
    );
    expect(diagnostics).toContainEqual(expect.objectContaining({ severity: "error", code: "wrong-type" }));
  });
});
