import { describe, expect, it } from "@jest/globals";
import { loadSpecification } from "../../modules/stackfile/load.ts";
import { catalogue } from "../support/conformance-catalogue.ts";

/** Errors of a service, by their code and place. */
function errorsOf(service: Readonly<Record<string, unknown>>): readonly string[] {
  const text = JSON.stringify({ name: "p", services: { a: service } });
  const { diagnostics } = loadSpecification(
    { files: ["/p/compose.yaml"] },
    { readFile: (path) => (path === "/p/compose.yaml" ? text : undefined), env: {} },
  );
  return diagnostics
    .filter(({ severity }) => severity === "error")
    .map(({ code, path }) => `${code} at ${path.join(".")}`);
}

const faults: readonly (readonly [fault: Readonly<Record<string, unknown>>, error: string])[] = [
  [{ imge: "i" }, "unknown-key at services.a.imge"],
  [{ user: ["x"] }, "wrong-type at services.a.user"],
  [{ init: "perhaps" }, "wrong-type at services.a.init"],
  [{ stop_grace_period: "long" }, "wrong-type at services.a.stop_grace_period"],
  [{ depends_on: ["none"] }, "undefined-reference at services.a.depends_on.none"],
];

describe("one fault is one error, whatever right keys stand beside it", () => {
  it.each(faults)("%j", (fault, error) => {
    const right = Object.entries(catalogue)
      .filter(([key]) => !Object.hasOwn(fault, key))
      .flatMap(([key, forms]) => forms.map((form) => ({ image: "i", [key]: form })))
      .filter((service) => errorsOf(service).length === 0);
    expect(right.length).toBeGreaterThan(100);
    const others = right.flatMap((service) => {
      const found = errorsOf({ ...service, ...fault });
      return found.length === 1 && found[0] === error ? [] : [{ service, found }];
    });
    expect(others).toEqual([]);
  });
});
