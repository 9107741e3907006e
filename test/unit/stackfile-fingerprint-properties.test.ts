import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { stringify, type CreateNodeOptions, type DocumentOptions, type ToStringOptions } from "yaml";
import { fingerprintOf } from "../../modules/stackfile/fingerprint.ts";
import { serviceV1 } from "../../modules/stackfile/fingerprint-v1.ts";
import { declared, fingerprintCases } from "../support/fingerprint-cases.ts";
import { loadModel, type StackFiles } from "../support/stack-files.ts";

type Service = Readonly<Record<string, unknown>>;

function fingerprint(files: string | StackFiles): string {
  const model = loadModel(files);
  return fingerprintOf(model, model.services["a"]!, {});
}

const fileOf = (service: Service) => ({ name: "shop", services: { a: { image: "i:1", ...service } }, ...declared });
const others = { b: { image: "i:1" }, c: { image: "i:1" } };
const of = (service: Service): string => {
  const { services, ...rest } = fileOf(service);
  return fingerprint(stringify({ ...rest, services: { ...services, ...others } }));
};

describe("the fingerprint of a service", () => {
  // A change here recreates containers of every user: make a new version instead, as modules/stackfile/fingerprint.ts says.
  it.each(fingerprintCases)("is fixed for $key", ({ key, value, fingerprint: golden }) => {
    expect(of({ [key]: value })).toBe(golden);
  });

  it.each(fingerprintCases)("changes with $key", ({ key, value, other }) => {
    const all = [of({}), of({ [key]: value }), of({ [key]: other })];
    expect(all[1]).not.toBe(all[0]);
    expect(all[2]).not.toBe(all[1]);
  });

  /** Keys that are gone when the file is loaded, or that another test of this folder is about. */
  const elsewhere = ["env_file", "image", "label_file"];

  it("has a case for every key that makes a container what it is", () => {
    const taken = Object.entries(serviceV1).flatMap(([name, { kind }]) => (kind === "left" ? [] : [name]));
    expect(taken.length).toBeGreaterThan(50);
    expect([...fingerprintCases.map(({ key }) => key), ...elsewhere].sort()).toEqual(taken.sort());
  });
});

/** Keys that go together: the others rule some out, or need another service. */
const together = fingerprintCases.filter(
  ({ key }) => !["cpu_period", "cpu_quota", "cpu_rt_runtime", "deploy", "links", "network_mode", "uts"].includes(key),
);
const services = fc.subarray(together, { minLength: 1 }).map((cases) => ({
  cases,
  service: Object.fromEntries(cases.map(({ key, value }) => [key, value])),
}));

/** Each run makes the same cases: one that fails is a change of the code. */
const seed = 1;

/** Ways to write one and the same data. */
const styles = fc.record({
  collectionStyle: fc.constantFrom("any", "block", "flow"),
  defaultStringType: fc.constantFrom("PLAIN", "QUOTE_DOUBLE", "QUOTE_SINGLE"),
  indent: fc.integer({ min: 1, max: 8 }),
  indentSeq: fc.boolean(),
  lineWidth: fc.constantFrom(0, 80),
}) satisfies fc.Arbitrary<CreateNodeOptions & DocumentOptions & ToStringOptions>;

describe("the fingerprint of any service does not change with", () => {
  it("the order of keys", () => {
    fc.assert(
      fc.property(services, fc.infiniteStream(fc.nat()), ({ service }, random) => {
        expect(fingerprint(stringify(shuffled(fileOf(service), random)))).toBe(of(service));
      }),
      { numRuns: 60, seed },
    );
  });

  it("the way it is formatted", () => {
    fc.assert(
      fc.property(services, styles, ({ service }, style) => {
        expect(fingerprint(`# a comment\n${stringify(fileOf(service), style)}\n\n# another\n`)).toBe(of(service));
      }),
      { numRuns: 60, seed },
    );
  });

  it("anchors and merge keys", () => {
    fc.assert(
      fc.property(services, fc.boolean(), ({ service }, merges) => {
        const { services: named, ...rest } = fileOf(service);
        const base = stringify({ "x-base": named.a }).replace("x-base:", "x-base: &base");
        const text = `${base}services:\n  a: ${merges ? "{ <<: *base }" : "*base"}\n${stringify(rest)}`;
        expect(fingerprint(text)).toBe(of(service));
      }),
      { numRuns: 40, seed },
    );
  });

  it("the files that it is spread over", () => {
    fc.assert(
      fc.property(services, fc.array(fc.nat(2), { minLength: 100, maxLength: 100 }), ({ service }, choices) => {
        const { services: named, ...rest } = fileOf(service);
        const keys = Object.entries(named.a);
        const parts = [0, 1, 2].map((file) => Object.fromEntries(keys.filter((_, index) => choices[index] === file)));
        const files = Object.fromEntries(
          parts.map((part, file) => [
            `${file}.yaml`,
            stringify({ ...(file === 2 ? rest : {}), services: { a: part } }),
          ]),
        );
        const input = { files: Object.keys(files).map((name) => `/shop/${name}`) };
        expect(fingerprint({ files, input })).toBe(of(service));
      }),
      { numRuns: 60, seed },
    );
  });

  it("variables that give the same text", () => {
    fc.assert(
      fc.property(services, ({ service }) => {
        const env: Record<string, string> = {};
        const hidden = withVariables(service, env) as Service;
        expect(fingerprint({ files: { "compose.yaml": stringify(fileOf(hidden)) }, env })).toBe(of(service));
      }),
      { numRuns: 40, seed },
    );
  });
});

describe("the fingerprint of any service changes with", () => {
  it("each edit of a key that makes the container what it is", () => {
    fc.assert(
      fc.property(services, fc.nat(), ({ cases, service }, choice) => {
        const { key, other } = cases[choice % cases.length]!;
        expect(of({ ...service, [key]: other })).not.toBe(of(service));
      }),
      { numRuns: 100, seed },
    );
  });

  it("each key that is taken away", () => {
    fc.assert(
      fc.property(services, fc.nat(), ({ cases, service }, choice) => {
        const { key } = cases[choice % cases.length]!;
        const without = Object.fromEntries(Object.entries(service).filter(([name]) => name !== key));
        expect(of(without)).not.toBe(of(service));
      }),
      { numRuns: 60, seed },
    );
  });
});

function shuffled(value: unknown, random: Iterator<number>): unknown {
  if (Array.isArray(value)) return value.map((item) => shuffled(item, random));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .map(([key, item]) => ({ key, item: shuffled(item, random), rank: Number(random.next().value) }))
      .sort((a, b) => a.rank - b.rank)
      .map(({ key, item }) => [key, item]),
  );
}

/** Each string is a variable, whose value goes to `env`. */
function withVariables(value: unknown, env: Record<string, string>): unknown {
  if (typeof value === "string") {
    const name = `V${Object.keys(env).length}`;
    env[name] = value;
    return `\${${name}}`;
  }
  if (Array.isArray(value)) return value.map((item) => withVariables(item, env));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withVariables(item, env)]));
}
