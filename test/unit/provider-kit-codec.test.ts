import { describe, expect, test } from "@jest/globals";
import struct from "google-protobuf/google/protobuf/struct_pb.js";
import { changesOf } from "../../modules/provider/kit/changes.ts";
import { decode, encode } from "../../modules/provider/kit/codec.ts";
import {
  formatPath,
  hasUnknown,
  knownOnly,
  unknownValue,
  valueAt,
  type Properties,
} from "../../modules/provider/kit/values.ts";

const signature = "4dabf18193072939515e22adb298388d";
const secret = (value: unknown): object => ({ [signature]: "1b47061264138c4ac30d75fd1eb44270", value });
const unknownText = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
const wire = (value: object): struct.Struct =>
  struct.Struct.fromJavaScript(value as Parameters<typeof struct.Struct.fromJavaScript>[0]);

describe("decoding what the engine sends", () => {
  test("secrets are unwrapped at any depth, and their places remembered", () => {
    const decoded = decode(wire({ a: secret({ b: 1 }), list: [{ key: secret("k") }], plain: true }));
    expect(decoded).toEqual({
      values: { a: { b: 1 }, list: [{ key: "k" }], plain: true },
      secrets: [["a"], ["list", 0, "key"]],
    });
  });

  test("a secret of nothing is nothing: an optional property that was marked is left out", () => {
    const decoded = decode(wire({ a: { key: secret(null), other: 1 }, b: secret(unknownText) }));
    expect(decoded).toEqual({ values: { a: { other: 1 }, b: unknownValue }, secrets: [["b"]] });
  });

  test("a secret within a secret has both places", () => {
    expect(decode(wire({ a: secret({ b: secret(1) }) })).secrets).toEqual([["a"], ["a", "b"]]);
  });

  test("unknowns of every kind become one mark, inside secrets too", () => {
    const decoded = decode(
      wire({ a: unknownText, b: secret(unknownText), c: ["dd056dcd-154b-4c76-9bd3-c8f88648b5ff"] }),
    );
    expect(decoded.values).toEqual({ a: unknownValue, b: unknownValue, c: [unknownValue] });
  });

  test("an output value gives its value, or unknown; its secret mark counts", () => {
    const output = (more: object): object => ({ [signature]: "d0e6a833031e9bbcd3f4e8bde6ca49a4", ...more });
    const decoded = decode(wire({ a: output({ value: "x", secret: true }), b: output({}) }));
    expect(decoded).toEqual({ values: { a: "x", b: unknownValue }, secrets: [["a"]] });
  });

  test("a resource reference becomes its id", () => {
    const reference = { [signature]: "5cf8f73096256a8f31e491e813e4eb8e", urn: "urn:1", id: "i-1" };
    expect(decode(wire({ a: reference })).values).toEqual({ a: "i-1" });
  });

  test("an asset stays as it is", () => {
    const asset = { [signature]: "c44067f5952c0a294b673a41bacd8c17", text: "hello", hash: "h" };
    expect(encode(decode(wire({ a: asset })).values, []).toJavaScript()).toEqual({ a: asset });
  });

  test("nothing at all is no properties", () => {
    expect(decode(undefined)).toEqual({ values: {}, secrets: [] });
  });
});

describe("encoding what we answer", () => {
  test("values at secret places are wrapped, whatever is inside", () => {
    expect(encode({ a: { b: "k", c: 1 } }, [["a", "b"]]).toJavaScript()).toEqual({ a: { b: secret("k"), c: 1 } });
    expect(encode({ a: { b: "k" } }, [["a"]]).toJavaScript()).toEqual({ a: secret({ b: "k" }) });
  });

  test("a secret place that leads nowhere marks nothing", () => {
    expect(
      encode({ a: 1 }, [
        ["b", "c"],
        ["a", "d"],
      ]).toJavaScript(),
    ).toEqual({ a: 1 });
  });

  test("unknowns are sent as the engine's own mark, absent values not at all", () => {
    expect(encode({ a: unknownValue, b: undefined, c: null }, []).toJavaScript()).toEqual({ a: unknownText, c: null });
  });

  test("what was decoded encodes to the same", () => {
    const original = { a: secret({ list: [1, "two", false, null] }), b: unknownText, c: { d: secret("e") } };
    const { values, secrets } = decode(wire(original));
    expect(encode(values, secrets).toJavaScript()).toEqual(original);
  });
});

describe("changes between inputs", () => {
  const table: readonly { name: string; before: Properties; after: Properties; changes: string[] }[] = [
    { name: "nothing", before: { a: 1, b: { c: [1, 2] } }, after: { b: { c: [1, 2] }, a: 1 }, changes: [] },
    { name: "an update", before: { a: 1 }, after: { a: 2 }, changes: ["update a"] },
    { name: "an addition", before: {}, after: { a: 1 }, changes: ["add a"] },
    { name: "a removal", before: { a: 1 }, after: {}, changes: ["delete a"] },
    { name: "null is absent", before: { a: null }, after: {}, changes: [] },
    { name: "a field within", before: { a: { b: 1, c: 2 } }, after: { a: { b: 1, c: 3 } }, changes: ["update a.c"] },
    { name: "a list item", before: { a: [1, 2] }, after: { a: [1, 3, 4] }, changes: ["update a[1]", "add a[2]"] },
    { name: "another shape", before: { a: [1] }, after: { a: { b: 1 } }, changes: ["update a"] },
    { name: "a key with a dot", before: { a: { "b.c": 1 } }, after: { a: { "b.c": 2 } }, changes: ['update a["b.c"]'] },
    { name: "an unknown", before: { a: 1 }, after: { a: unknownValue }, changes: ["update a"] },
  ];
  test.each(table)("$name", ({ before, after, changes }) => {
    expect(changesOf(before, after).map(({ kind, path }) => `${kind} ${formatPath(path)}`)).toEqual(changes);
  });
});

describe("values", () => {
  test("the way to a value ends at an unknown", () => {
    expect(valueAt({ a: unknownValue }, ["a", "b", 0])).toBe(unknownValue);
    expect(valueAt({ a: [{ b: 1 }] }, ["a", 0, "b"])).toBe(1);
    expect(valueAt({ a: 1 }, ["a", "b"])).toBeUndefined();
  });

  test("only what is known through and through is known", () => {
    expect(hasUnknown({ a: [{ b: unknownValue }] })).toBe(true);
    expect(knownOnly({ a: 1, b: { c: unknownValue }, d: unknownValue })).toEqual({ a: 1 });
  });
});
