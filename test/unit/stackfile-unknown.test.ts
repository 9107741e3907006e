import { describe, expect, it } from "@jest/globals";
import { modelHasUnknowns, serviceHasUnknowns, unknownValue } from "../../modules/stackfile/unknown.ts";
import { load, loadModel } from "../support/stack-files.ts";

const withUnknown = (keys: string) => ({
  files: {
    "compose.yaml": `services:\n  web:\n    image: i\n    ${keys.replaceAll("\n", "\n    ")}\n  db: { image: i }\n`,
  },
  input: { unknownVariables: ["X"] },
});

describe("a variable that is known after apply", () => {
  it.each([
    ["a string", "user: ${X}", { user: unknownValue }],
    ["a part of a string", "user: a-${X}-b", { user: unknownValue }],
    ["a default does not count", "user: ${X:-a}", { user: unknownValue }],
    ["a replacement does not count", "user: ${X:+a}", { user: unknownValue }],
    ["a required one is there", "user: ${X:?none}", { user: unknownValue }],
    ["a variable of the container", "environment: ['A=${X}', B=1]", { environment: { A: unknownValue, B: "1" } }],
    ["a variable without a value", "environment: [X]", { environment: { X: unknownValue } }],
    ["a command", "command: run --with ${X}", { command: [unknownValue] }],
    ["a word of a command", "command: [run, '${X}']", { command: ["run", unknownValue] }],
  ])("%s", (_, keys, expected) => {
    const { model, unknown } = load(withUnknown(keys));
    expect(model?.services["web"]).toMatchObject(expected);
    expect(unknown).toEqual([]);
  });

  it.each([
    ["a number", "scale: ${X}", "scale", ["scale"]],
    ["a size", "mem_limit: ${X}m", "mem_limit", ["mem_limit"]],
    ["a boolean", "tty: ${X}", "tty", ["tty"]],
    ["a port", 'ports: ["${X}:80"]', "ports", ["ports", 0]],
    ["a mount", 'volumes: ["${X}:/data"]', "volumes", ["volumes", 0]],
    ["a device", 'devices: ["${X}"]', "devices", ["devices", 0]],
  ])("%s is left out and noted", (_, keys, key, path) => {
    const { model, unknown } = load(withUnknown(keys));
    expect(model?.services["web"]).not.toHaveProperty(key);
    expect(unknown).toEqual([expect.objectContaining({ path: ["services", "web", ...path], line: 4 })]);
  });

  it("is found in the model and in its service", () => {
    const model = loadModel(withUnknown("user: ${X}"));
    expect(modelHasUnknowns(model)).toBe(true);
    expect(serviceHasUnknowns(model.services["web"]!)).toBe(true);
    expect(serviceHasUnknowns(model.services["db"]!)).toBe(false);
  });

  it("may stand in an inline object", () => {
    const inline = { name: "p", services: { web: { image: unknownValue, scale: unknownValue } } };
    const { model, unknown } = load({ files: {}, input: { inline, projectDirectory: "/shop" } });
    expect(model?.services["web"]).toMatchObject({ image: unknownValue });
    expect(unknown.map(({ path }) => path)).toEqual([["services", "web", "scale"]]);
  });

  it.each(["extends: ${X}", "extends: { service: '${X}' }", "extends: { file: '${X}', service: db }"])(
    "cannot be what a service extends: %s",
    (keys) => {
      expect(load(withUnknown(keys)).diagnostics.filter(({ severity }) => severity === "error")).toEqual([
        expect.objectContaining({
          ...{ code: "known-later", path: ["services", "web", "extends"], line: 4 },
          message: "what services.web extends must be known in preview",
        }),
      ]);
    },
  );

  it("cannot be the app's name", () => {
    const { diagnostics } = load({
      files: { "compose.yaml": "name: ${X}\nservices: { web: { image: i } }\n" },
      input: { unknownVariables: ["X"] },
    });
    expect(diagnostics).toEqual([expect.objectContaining({ code: "app-name", line: 1, column: 7 })]);
  });
});
