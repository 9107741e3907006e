import struct from "google-protobuf/google/protobuf/struct_pb.js";
import { isList, isProperties, samePath, unknownValue, type Path, type Properties, type Value } from "./values.ts";

/**
 * Between protobuf structs and values. Wire marks are Pulumi's:
 * https://github.com/pulumi/pulumi/blob/master/sdk/go/common/resource/properties.go
 */
const signatureKey = "4dabf18193072939515e22adb298388d";
const signatures = {
  secret: "1b47061264138c4ac30d75fd1eb44270",
  resource: "5cf8f73096256a8f31e491e813e4eb8e",
  output: "d0e6a833031e9bbcd3f4e8bde6ca49a4",
} as const;

const unknownString = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
const unknownMarks: ReadonlySet<unknown> = new Set([
  unknownString,
  "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
  "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
  "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
  "030794c1-ac77-496b-92df-f27374a8bd58",
  "e48ece36-62e2-4504-bad9-02848725956a",
  "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
]);

/** Plain values, and where the secrets are among them. */
export interface Decoded {
  readonly values: Properties;
  readonly secrets: readonly Path[];
}

export function decode(wire: struct.Struct | undefined): Decoded {
  const secrets: Path[] = [];
  const values = decodeObject(wire?.toJavaScript() ?? {}, [], secrets);
  return { values, secrets };
}

function decodeValue(wire: unknown, path: Path, secrets: Path[]): Value {
  if (unknownMarks.has(wire)) return unknownValue;
  if (Array.isArray(wire)) return wire.map((item, index) => decodeValue(item, [...path, index], secrets));
  if (!isWireObject(wire)) return isScalar(wire) ? wire : null;
  switch (wire[signatureKey]) {
    case signatures.secret:
      secrets.push(path);
      return decodeValue(wire["value"], path, secrets);
    case signatures.output:
      if (wire["secret"] === true) secrets.push(path);
      return "value" in wire ? decodeValue(wire["value"], path, secrets) : unknownValue;
    case signatures.resource:
      return decodeValue(wire["id"] ?? wire["urn"] ?? null, path, secrets);
    default:
      return decodeObject(wire, path, secrets);
  }
}

function decodeObject(wire: Readonly<Record<string, unknown>>, path: Path, secrets: Path[]): Properties {
  return Object.fromEntries(
    Object.entries(wire)
      .filter(([, value]) => !isSecretOfNothing(value))
      .map(([key, value]) => [key, decodeValue(value, [...path, key], secrets)]),
  );
}

/** As the SDK sends a property that is `secret(undefined)`: without the mark it would leave the property out. */
function isSecretOfNothing(wire: unknown): boolean {
  return isWireObject(wire) && wire[signatureKey] === signatures.secret && (wire["value"] ?? null) === null;
}

/** Values with the ones at `secrets` marked; a path that leads nowhere marks nothing. */
export function encode(values: Properties, secrets: readonly Path[]): struct.Struct {
  const wire = encodeValue(values, [], secrets) as Record<string, struct.JavaScriptValue>;
  return struct.Struct.fromJavaScript(wire);
}

function encodeValue(value: Value, path: Path, secrets: readonly Path[]): unknown {
  const plain = encodePlain(value, path, secrets);
  if (!secrets.some((secret) => samePath(secret, path))) return plain;
  return { [signatureKey]: signatures.secret, value: plain };
}

function encodePlain(value: Value, path: Path, secrets: readonly Path[]): unknown {
  if (value === unknownValue) return unknownString;
  if (isList(value)) return value.map((item, index) => encodeValue(item, [...path, index], secrets));
  if (!isProperties(value)) return value;
  const entries = Object.entries(value).filter((entry): entry is [string, Value] => entry[1] !== undefined);
  return Object.fromEntries(entries.map(([key, item]) => [key, encodeValue(item, [...path, key], secrets)]));
}

function isWireObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

function isScalar(value: unknown): value is string | number | boolean | null {
  return value === null || ["string", "number", "boolean"].includes(typeof value);
}
