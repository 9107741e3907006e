import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { stringify } from "yaml";
import { canonicalJson } from "../../modules/stackfile/canonical-json.ts";
import { fingerprintOf, fingerprintsOf } from "../../modules/stackfile/fingerprint.ts";
import type { Shape } from "../../modules/stackfile/shapes/shape.ts";
import { service as serviceShape } from "../../modules/stackfile/keys/service.ts";
import type { Model } from "../../modules/stackfile/model.ts";
import { declared } from "../support/fingerprint-cases.ts";
import { alikeToEngine, notAlike, type Spelling, spellings } from "../support/fingerprint-spellings.ts";
import { outcomeOf } from "../support/key-effects.ts";
import { load, loadModel } from "../support/stack-files.ts";

const fileOf = (service: Spelling): string =>
  stringify({
    name: "shop",
    services: { a: { image: "i:1", ...service }, b: { image: "i:1" } },
    ...declared,
  });
const modelOf = (service: Spelling): Model =>
  loadModel({ files: { "compose.yaml": fileOf(service) }, env: { ONE: "1" } });

const of = (service: Spelling): string => {
  const model = modelOf(service);
  return fingerprintOf(model, model.services["a"]!, {});
};

/** What the engine is asked for. */
function callOf(service: Spelling): string {
  const model = modelOf(service);
  const { containers } = outcomeOf(model) as { readonly containers: readonly unknown[] };
  return canonicalJson(containers[Object.keys(model.services).indexOf("a")]);
}

const distinct = (ways: readonly Spelling[], make: (way: Spelling) => string): number => new Set(ways.map(make)).size;

describe("one fingerprint has", () => {
  it.each(Object.entries(spellings))("%s, which is one create call", (_, ways) => {
    expect({ calls: distinct(ways, callOf), fingerprints: distinct(ways, of) }).toEqual({ calls: 1, fingerprints: 1 });
  });

  it.each(Object.entries(alikeToEngine))("%s, which the engine reads as one", (_, ways) => {
    expect(distinct(ways, of)).toBe(1);
  });

  /** What is empty and says something, each with what. */
  const meant = ["entrypoint"];
  const empty = Object.entries(serviceShape.keys).flatMap(([name, { shape }]) => {
    const nothing = emptyOf(shape);
    return nothing !== undefined && loads({ [name]: nothing }) && !meant.includes(name)
      ? [[`${name}: ${JSON.stringify(nothing)}`, { [name]: nothing }] as const]
      : [];
  });

  it("every list and map of a service among those that are tried", () => {
    expect(empty.length).toBeGreaterThan(30);
  });

  it.each(empty)("a service with %s and one without", (_, nothing) => {
    expect(of(nothing)).toBe(of({}));
  });

  it("any service, however each of its keys is written", () => {
    const all = Object.values({ ...spellings, ...alikeToEngine }).filter((ways) => !ways.some(({ links }) => links));
    fc.assert(
      fc.property(fc.shuffledSubarray(all, { minLength: 1 }), fc.infiniteStream(fc.nat()), (some, random) => {
        const together = withoutCommonKeys(some);
        const written = (): Spelling =>
          Object.assign({}, ...together.map((ways) => ways[Number(random.next().value) % ways.length])) as Spelling;
        expect(of(written())).toBe(of(written()));
      }),
      { numRuns: 60, seed: 1 },
    );
  });
});

describe("two fingerprints have", () => {
  it.each(Object.entries(notAlike))("%s", (_, [one, other]) => {
    expect(callOf(one)).not.toBe(callOf(other));
    expect(of(one)).not.toBe(of(other));
  });

  it("any two things that are written in several ways", () => {
    const all = [...Object.values(spellings), ...Object.values(alikeToEngine)].map(([first]) => of(first!));
    const unlikeNothing = all.filter((fingerprint) => fingerprint !== of({}));
    expect(new Set(unlikeNothing).size).toBe(unlikeNothing.length);
  });
});

/** What of a network or a volume makes it what it is, each with its fingerprint for ever; and other ways to write it. */
const objects: readonly (readonly [kind: "networks" | "volumes", golden: string, ways: readonly unknown[]])[] = [
  [
    "networks",
    "v1:sha256:c8f39aa4400efe6caf355e09c7fc647be7d8c1761370d3c7d5cd3b7968f62327",
    [null, {}, { driver: "bridge" }, { ipam: {} }, { ipam: { driver: "default", config: [] } }],
  ],
  ["networks", "v1:sha256:a9ea257453a2ed621778b064b0b6285715c209e102391e4f88a61c8cefb226d2", [{ driver: "ipvlan" }]],
  [
    "networks",
    "v1:sha256:e141b3ee4a18c6a13c115cec49a8e2d8700d7e0d7d17898dacb23c3769fa0fb0",
    [{ driver_opts: { a: "1" } }, { driver_opts: { a: 1 } }],
  ],
  [
    "networks",
    "v1:sha256:b29e5df415acf0abe6ab5b41f85935bcd125b99c81c9ad6650691396d34b0f31",
    [{ internal: true }, { internal: "true" }],
  ],
  ["networks", "v1:sha256:b8e17f54a6d1a2f76cc059b7ec6f2e68e5db2ec3f8677a0f5dfc41b5ee20b3d2", [{ attachable: true }]],
  ["networks", "v1:sha256:c600c2595d4f2bd3de9b6818af483ab3bef8ab0d189b841e9ede8876ae107fd1", [{ enable_ipv4: true }]],
  ["networks", "v1:sha256:05cb257d065484a938bb3cd84d072c61f2c271a2d4bdf3237771526016ca4b64", [{ enable_ipv4: false }]],
  ["networks", "v1:sha256:ff3a01461fde0c6b52a814d117f6d66447fcf0260dab91345752435b5123c775", [{ enable_ipv6: true }]],
  ["networks", "v1:sha256:9e63b1684c2c7e7d09c2567c479eb95c7e63c633da11d4858ee2456817eba8ac", [{ enable_ipv6: false }]],
  [
    "networks",
    "v1:sha256:f5f16588d83cbecbef7880e9e187b66bea4e11fbe8b205bf70e3079224d3da95",
    [{ labels: { a: "1" } }, { labels: ["a=1"] }],
  ],
  ["networks", "v1:sha256:feb03dfc47835f1e0f3998c544c441e879a2e29b49743eaf2065a9cd2d15bc39", [{ name: "other" }]],
  [
    "networks",
    "v1:sha256:874d8fec6c629d45083660bebe49dcd12081356fe7a47cf03c8ceccb8ae70646",
    [{ external: true, name: "other" }, { external: { name: "other" } }],
  ],
  [
    "networks",
    "v1:sha256:5b477eb33b15459bd341af305499a4c907eef1d723d77c04bd9c5083e4ca4f6d",
    [{ ipam: { driver: "other" } }],
  ],
  [
    "networks",
    "v1:sha256:f66f1f8f80e5ffa0bce2fe04d555a1cdf01e878423844984605d7e6e68f5b4b1",
    [{ ipam: { options: { a: "1" } } }],
  ],
  [
    "networks",
    "v1:sha256:9cf2eccf9873f8346f666479ef1ffe7e3480ac02e0652456187a88454d77b39f",
    [{ ipam: { config: [{ subnet: "10.0.0.0/24" }] } }],
  ],
  [
    "networks",
    "v1:sha256:36770cfdbc7a430480ac6f1fa499bece59f7f2fcc5a120bff026bb2a4f5e988d",
    [{ ipam: { config: [{ subnet: "10.0.0.0/24", gateway: "10.0.0.1" }] } }],
  ],
  [
    "networks",
    "v1:sha256:da55e149ade9f0d95cc69ea0ad012dadeca52eec5b88781bd35b035a364c67c0",
    [{ ipam: { config: [{ subnet: "10.0.0.0/24", ip_range: "10.0.0.0/25" }] } }],
  ],
  [
    "networks",
    "v1:sha256:084bd76205c9853705b08353369049a5469fe2d7bb578638b4c5d83d808e15ad",
    [{ ipam: { config: [{ subnet: "10.0.0.0/24", aux_addresses: { a: "10.0.0.9" } }] } }],
  ],
  [
    "volumes",
    "v1:sha256:c8f39aa4400efe6caf355e09c7fc647be7d8c1761370d3c7d5cd3b7968f62327",
    [null, {}, { driver: "local" }, { driver_opts: {} }],
  ],
  ["volumes", "v1:sha256:cedc6cea5f7aaf07657201d3f44d297cfe39df06888ec762352946aa0899b91e", [{ driver: "other" }]],
  [
    "volumes",
    "v1:sha256:97a5755388e553e896df634b6823964802ef6e7429f0f67b2a356cf964b3273b",
    [{ driver_opts: { type: "tmpfs" } }],
  ],
  [
    "volumes",
    "v1:sha256:f5f16588d83cbecbef7880e9e187b66bea4e11fbe8b205bf70e3079224d3da95",
    [{ labels: { a: "1" } }, { labels: ["a=1"] }],
  ],
  ["volumes", "v1:sha256:feb03dfc47835f1e0f3998c544c441e879a2e29b49743eaf2065a9cd2d15bc39", [{ name: "other" }]],
  [
    "volumes",
    "v1:sha256:874d8fec6c629d45083660bebe49dcd12081356fe7a47cf03c8ceccb8ae70646",
    [{ external: true, name: "other" }, { external: { name: "other" } }],
  ],
];

describe("the fingerprint of a network or a volume", () => {
  const ofObject = (kind: "networks" | "volumes", written: unknown): string => {
    const services = { a: { image: "i:1", networks: ["one"], volumes: ["one:/d"] } };
    const file = { name: "shop", services, networks: { one: {} }, volumes: { one: {} }, [kind]: { one: written } };
    return fingerprintsOf(loadModel(stringify(file)), {})[kind]["one"]!;
  };

  // A change here makes networks of every user anew: make a new version instead, as modules/stackfile/fingerprint.ts says.
  it.each(objects)("of %s is fixed: %s", (kind, golden, ways) => {
    expect(ways.map((written) => ofObject(kind, written))).toEqual(ways.map(() => golden));
  });

  it.each(["networks", "volumes"] as const)("tells %s apart", (kind) => {
    const all = objects.filter(([of]) => of === kind).map(([, golden]) => golden);
    expect(new Set(all).size).toBe(all.length);
  });
});

/** The empty value of a key that holds several. */
function emptyOf(shape: Shape): unknown {
  switch (shape.kind) {
    case "list":
    case "hosts":
      return [];
    case "mapping":
    case "dictionary":
      return {};
    case "scalar":
    case "free":
      return undefined;
  }
}

function loads(service: Spelling): boolean {
  return load(fileOf(service)).model !== undefined;
}

/** Those of which none gives a key that one before it gives, too. */
function withoutCommonKeys(some: readonly (readonly Spelling[])[]): readonly (readonly Spelling[])[] {
  const taken = new Set<string>();
  return some.filter((ways) => {
    const keys = ways.flatMap((way) => Object.keys(way));
    const isFree = keys.every((key) => !taken.has(key));
    if (isFree) keys.forEach((key) => taken.add(key));
    return isFree;
  });
}
