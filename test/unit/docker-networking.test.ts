import { describe, expect, it } from "@jest/globals";
import { networking } from "../../host-agent/runtime/docker/networking.ts";
import type { ContainerSpec } from "../../host-agent/runtime/port.ts";
import type { Service } from "../../modules/stackfile/model.ts";

const networksOf = (service: Partial<Service>, api: number) =>
  networking(
    {
      app: "shop",
      service: "web",
      name: "shop-web-1",
      networks: { front: "shop_front", back: "shop_back" },
      owners: { db: "id-of-db" },
      definition: { image: "x", command: null, entrypoint: null, ...service },
    } as unknown as ContainerSpec,
    api,
  );

const two: Service["networks"] = { back: null, front: { aliases: ["www", "web"], priority: 5 } };
const front = { Aliases: ["shop-web-1", "web", "www"] };
const back = { Aliases: ["shop-web-1", "web"] };

describe("networks of a container", () => {
  it("are none where none is named", () => {
    expect(networksOf({}, 51)).toMatchObject({ mode: "none", endpoints: {} });
  });

  it("are all in the create call of a new engine, the one with the highest priority first", () => {
    expect(networksOf({ networks: two }, 44)).toMatchObject({
      mode: "shop_front",
      endpoints: { shop_front: front, shop_back: back },
      attachments: { shop_front: front, shop_back: back },
    });
  });

  it("are connected one by one on an old engine", () => {
    const found = networksOf({ networks: two }, 43);
    expect(found.endpoints).toEqual({ shop_front: front });
    expect(found.attachments).toEqual({ shop_front: front, shop_back: back });
  });

  it("of equal priority are in the order of their names", () => {
    expect(networksOf({ networks: { front: null, back: null } }, 51).mode).toBe("shop_back");
  });

  it("have fixed addresses and options", () => {
    const attachment = {
      ipv4_address: "10.0.0.2",
      link_local_ips: ["169.254.1.1"],
      driver_opts: { a: "b" },
      mac_address: "02:42:ac:11:00:02",
      gw_priority: 1,
    };
    expect(networksOf({ networks: { back: attachment } }, 51)).toEqual({
      mode: "shop_back",
      macAddress: undefined,
      endpoints: {
        shop_back: {
          ...back,
          IPAMConfig: { IPv4Address: "10.0.0.2", LinkLocalIPs: ["169.254.1.1"] },
          DriverOpts: { a: "b" },
          MacAddress: "02:42:ac:11:00:02",
          GwPriority: 1,
        },
      },
      attachments: expect.anything() as unknown,
    });
  });

  it("know others by the names of links, whichever container has them", () => {
    const found = networksOf({ networks: two, links: ["db", "api:backend"], external_links: ["old_db:legacy"] }, 51);
    const Links = ["db:db", "api:backend", "old_db:legacy"];
    expect(found.endpoints).toEqual({ shop_front: { ...front, Links }, shop_back: { ...back, Links } });
  });

  it("name their interface by an option of the engine, which the file may give itself", () => {
    const option = "com.docker.network.endpoint.ifname";
    const networks: Service["networks"] = {
      back: { interface_name: "lan0" },
      front: { interface_name: "lan1", driver_opts: { [option]: "wan0" } },
    };
    expect(networksOf({ networks }, 51).endpoints).toMatchObject({
      shop_back: { DriverOpts: { [option]: "lan0" } },
      shop_front: { DriverOpts: { [option]: "wan0" } },
    });
  });

  const address = "02:42:ac:11:00:02";
  it.each([
    ["the first network", two, { shop_front: { ...front, MacAddress: address }, shop_back: back }],
    [
      "the first network, unless that has its own",
      { back: null, front: { priority: 5, mac_address: "02:42:ac:11:00:09" } },
      { shop_front: { ...back, MacAddress: "02:42:ac:11:00:09" }, shop_back: back },
    ],
  ])("take the service's hardware address on %s", (_, networks, endpoints) => {
    expect(networksOf({ networks, mac_address: address }, 51).endpoints).toEqual(endpoints);
  });

  it("take the service's hardware address apart on an old engine, too", () => {
    const found = networksOf({ networks: { back: null }, mac_address: address }, 43);
    expect(found).toMatchObject({ macAddress: address, endpoints: { shop_back: back } });
  });

  it("take the hardware address apart on an old engine", () => {
    const found = networksOf({ networks: { back: { mac_address: "02:42:ac:11:00:02" } } }, 43);
    expect(found.macAddress).toBe("02:42:ac:11:00:02");
    expect(found.endpoints).toEqual({ shop_back: back });
  });

  it.each([
    ["host", "host"],
    ["none", "none"],
    ["service:db", "container:id-of-db"],
    ["container:other", "container:other"],
  ])("are replaced by network_mode %s", (mode, expected) => {
    expect(networksOf({ network_mode: mode }, 51)).toMatchObject({ mode: expected, endpoints: {}, attachments: {} });
  });
});
