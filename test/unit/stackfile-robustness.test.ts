import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { stringify } from "yaml";
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
    volumes: ["data:/data", ./x:/x:ro]
volumes: { data: }
`;

/** A model, or at least one error: never both, never none, never an exception. */
function check(text: string): void {
  const { model, diagnostics } = load(text);
  const hasErrors = diagnostics.some(({ severity }) => severity === "error");
  expect(model === undefined).toBe(hasErrors);
  for (const { line, column, message } of diagnostics) {
    expect(line).toBeGreaterThan(0);
    expect(column).toBeGreaterThan(0);
    expect(message).not.toBe("");
  }
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

  it("for any value at any known key", () => {
    const keys =
      "image command entrypoint environment env_file ports volumes networks depends_on healthcheck deploy secrets configs labels ulimits devices dns extra_hosts logging tmpfs scale restart build extends profiles".split(
        " ",
      );
    const value = fc.oneof(
      fc.jsonValue({ maxDepth: 3 }),
      fc.constantFrom("80:80", "./a:/b", "a=b", "${X", "1s", "-1", ":", "a:b:c:d"),
    );
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...keys), value, { maxKeys: 5 }), (service) => {
        check(stringify({ services: { a: { image: "i", ...service } } }));
      }),
      { numRuns: 300 },
    );
  });

  it.each([
    ["brackets without end", "[".repeat(50_000)],
    ["deep maps", "{a: ".repeat(5_000)],
    ["deep templates", `services: { a: { image: '${"${A:-".repeat(3_000)}${"}".repeat(3_000)}' } }`],
    ["templates without end", `services: { a: { image: '${"${A".repeat(5_000)}' } }`],
    ["aliases of aliases", ["x-0: &a0 {k: v}", ...bomb(12), "services: { a: { image: i } }"].join("\n")],
    ["a long chain", `services:\n${chain(5_000)}  s5000: { image: i }\n`],
    ["every port", 'services: { a: { image: i, ports: ["1-65535:1-65535"] } }'],
    ["many documents", "---\n".repeat(5_000)],
    ["a byte order mark and Windows lines", "\uFEFFservices:\r\n  a:\r\n    image: i\r\n"],
    ["NUL", "services: { a: { image: 'i\u0000' } }"],
    ["half a character", 'services: { a: { image: "\\uD800" } }'],
  ])("for %s", (_, text) => {
    check(text);
  });
});

function bomb(levels: number): readonly string[] {
  return Array.from(
    { length: levels },
    (_, level) => `x-${level + 1}: &a${level + 1} [${Array(9).fill(`*a${level}`).join(", ")}]`,
  );
}

function chain(length: number): string {
  return Array.from({ length }, (_, index) => `  s${index}: { image: i, depends_on: [s${index + 1}] }\n`).join("");
}
