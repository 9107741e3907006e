import { randomUUID } from "node:crypto";
import { describe, expect, test } from "@jest/globals";
import { contentDigests, newReleaseId, releaseDigest } from "../../host-agent/releases/release.ts";

const model = { name: "shop", services: { web: { image: "web:1", command: null, entrypoint: null } } };

describe("a release", () => {
  test("has an id that sorts by time", () => {
    const times = [0, 31, 32, 1_700_000_000_000, 1_700_000_000_001, 2 ** 45];
    const ids = times.map((time) => newReleaseId(time, randomUUID()));
    expect([...ids].sort()).toEqual(ids);
    expect(ids.every((id) => /^[0-9a-z]{16}$/.test(id))).toBe(true);
  });

  test("has the digest of what is wanted, in whatever order it is written", () => {
    const reordered = { services: { web: { entrypoint: null, command: null, image: "web:1" } }, name: "shop" };
    expect(releaseDigest({ model: reordered, contents: {} })).toBe(releaseDigest({ model, contents: {} }));
  });

  test("has another digest with another secret, and none of its digests shows it", () => {
    const one = { "secrets/key": Buffer.from("hunter2").toString("base64") };
    const other = { "secrets/key": Buffer.from("hunter3").toString("base64") };
    expect(releaseDigest({ model, contents: one })).not.toBe(releaseDigest({ model, contents: other }));
    expect(JSON.stringify(contentDigests(one))).not.toContain("hunter");
  });
});
