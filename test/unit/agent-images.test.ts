import { describe, expect, test } from "@jest/globals";
import { credentialsFor } from "../../host-agent/execute/images.ts";

const hub = { username: "hub", password: "h" };
const own = { username: "own", password: "o" };

const table: readonly [string, string, typeof hub | undefined][] = [
  ["nginx:1", "docker.io", hub],
  ["team/app", "index.docker.io", hub],
  ["docker.io/team/app", "https://index.docker.io/v1/", hub],
  ["r.example/app:1", "r.example", own],
  ["r.example:5000/team/app@sha256:0", "r.example:5000", own],
  ["localhost/app", "localhost", own],
  ["r.example/app:1", "r.example:5000", undefined],
  ["r.example/app:1", "docker.io", undefined],
  ["team/app", "team", undefined],
  ["app", "constructor", undefined],
];

describe("the credentials for an image", () => {
  test.each(table)("%s, given those of %s", (reference, registry, expected) => {
    const credentials = expected ?? own;
    expect(credentialsFor(reference, { [registry]: credentials })).toBe(expected);
  });

  test("are none where none are given", () => {
    expect(credentialsFor("toString/app", {})).toBeUndefined();
  });
});
