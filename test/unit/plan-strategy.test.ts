import { describe, expect, it } from "@jest/globals";
import { strategyOf } from "../../modules/plan/strategy.ts";
import { desired } from "../support/app-states.ts";

const strategy = (keys: string, anonymousTargets: readonly string[] = []) => {
  const text = `services:\n  a:\n    image: i\n    ${keys.replaceAll("\n", "\n    ")}\n  b: { image: i }\nnetworks: { n: { ipam: { config: [{ subnet: 10.0.0.0/24 }] } } }\nvolumes: { data: }\n`;
  return strategyOf(desired(text).model.services["a"]!, anonymousTargets);
};

describe("two containers of a service run at once when", () => {
  it.each([
    ["nothing forbids it", "user: x"],
    ["the host port is random", 'ports: ["80"]'],
    ["the host port is one of a range", 'ports: ["8000-8010:80"]'],
    ["its volumes are read-only", 'volumes: ["data:/d:ro", "/x:/x:ro"]'],
    ["it reads volumes of another", "volumes_from: [b:ro]"],
    ["it writes to memory", "volumes: [{ type: tmpfs, target: /t }]\ntmpfs: /run"],
    ["it has no network", "network_mode: none"],
    [
      "it writes to a volume and the file says start-first",
      'volumes: ["data:/d"]\ndeploy: { update_config: { order: start-first } }',
    ],
  ])("%s", (_, keys) => {
    expect(strategy(keys).order).toBe("start-first");
  });
});

describe("the old container stops first when", () => {
  it.each([
    ["a host port is fixed", 'ports: ["8080:80"]', "host port 8080 is taken until then"],
    ["the name is fixed", "container_name: one", "container_name one is taken until then"],
    ["the address is fixed", "networks: { n: { ipv4_address: 10.0.0.9 } }", "address 10.0.0.9 is taken until then"],
    [
      "the hardware address is fixed",
      "mac_address: 02:42:ac:11:00:02",
      "address 02:42:ac:11:00:02 is taken until then",
    ],
    [
      "it writes to volumes of another",
      "volumes_from: [b]",
      "the volumes of b are writable and may not have two writers",
    ],
    ["it uses the host's network", "network_mode: host", "network_mode host cannot be shared"],
    ["it shares a network", "network_mode: service:b", "network_mode service:b cannot be shared"],
    ["a named volume is writable", 'volumes: ["data:/d"]', "/d is writable and may not have two writers"],
    ["a bind mount is writable", 'volumes: ["/x:/x"]', "/x is writable and may not have two writers"],
    [
      "a volume is anonymous, whatever the file says",
      "volumes: [/d]\ndeploy: { update_config: { order: start-first } }",
      "the anonymous volume /d has one container at a time",
    ],
    ["the file says so", "deploy: { update_config: { order: stop-first } }", "update_config.order says so"],
    [
      "a port is fixed, whatever the file says",
      'ports: ["8080:80"]\ndeploy: { update_config: { order: start-first } }',
      "host port 8080 is taken until then",
    ],
  ])("%s", (_, keys, reason) => {
    expect(strategy(keys)).toEqual({ order: "stop-first", reason });
  });
});

it("the old container stops first where its image declares a volume, which no stack file shows", () => {
  const reason = "the anonymous volume /d has one container at a time";
  expect(strategy("user: x", ["/d"])).toEqual({ order: "stop-first", reason });
});
