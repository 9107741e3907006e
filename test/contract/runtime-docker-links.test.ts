import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from "@jest/globals";
import type { Service } from "../../modules/stackfile/model.ts";
import { whyNoEngine } from "../support/docker.ts";
import { notRun } from "../support/not-run.ts";
import { dockerWorld, type DockerWorld } from "./runtime/docker-world.ts";
import { call, inside, kindOf, removeApp, signal, specOf, startProgram, type SpecFields } from "./runtime/world.ts";

jest.setTimeout(60_000);
const name = "Docker Engine: what services have of others and of the host";
const reason = await whyNoEngine();
if (reason === undefined) links();
else notRun(name, reason);

function links(): void {
  describe(name, () => {
    const app = "links";
    const networks = { front: `${app}_front`, back: `${app}_back` };
    let world: DockerWorld;
    beforeAll(async () => {
      world = await dockerWorld();
    }, 90_000);
    afterEach(async () => {
      await removeApp(world, app);
    });
    afterAll(async () => {
      await world[Symbol.asyncDispose]();
    }, 60_000);

    const network = (key: "front" | "back") =>
      world.runtime.createNetwork({ app, key, fingerprint: "f", network: { name: networks[key] } }, call);

    /** Another service of the app, which stays. */
    const other = (service: string, fields: SpecFields = {}) =>
      startProgram(world, app, "sleeper", { service, name: `${app}-${service}-1`, ...fields });

    const start = (definition: Partial<Service>) => startProgram(world, app, "sleeper", { networks, definition });

    it("links lead to a service by another name, also to the container that takes its place", async () => {
      await network("front");
      const joined = { networks, definition: { networks: { front: null } } };
      const first = await other("db", joined);
      const id = await start({ networks: { front: null }, links: ["db:database", "db"] });
      const ping = "ping -c 1 -w 5 database >/dev/null && ping -c 1 -w 5 db >/dev/null && echo found";
      expect(await inside(world, id, ping)).toBe("found");
      await world.runtime.removeContainer(first, call);
      await other("db", { ...joined, name: `${app}-db-2`, number: 2 });
      expect(await inside(world, id, ping)).toBe("found");
    });

    it("external links lead to a container of a network by another name", async () => {
      await network("front");
      await other("legacy", { networks, definition: { networks: { front: null } } });
      const id = await start({ networks: { front: null }, external_links: [`${app}-legacy-1:old`] });
      expect(await inside(world, id, "ping -c 1 -w 5 old >/dev/null && echo found")).toBe("found");
    });

    it("volumes of another service are there, and read-only where that is asked for", async () => {
      const owner = await other("owner", { definition: { volumes: [{ type: "volume", target: "/shared" }] } });
      const owners = { owner };
      const id = await startProgram(world, app, "sleeper", { owners, definition: { volumes_from: ["owner"] } });
      await inside(world, id, "echo 42 > /shared/answer");
      const reader = await other("reader", { owners, definition: { volumes_from: ["owner:ro"] } });
      expect(await inside(world, reader, "cat /shared/answer")).toBe("42");
      await expect(inside(world, reader, "echo 43 > /shared/answer")).rejects.toThrow("Read-only file system");
    });

    it("volumes of a service without a container can not be had", async () => {
      const spec = specOf(world, app, "sleeper", { definition: { volumes_from: ["absent"] } });
      expect(await kindOf(world.runtime.createContainer(spec, call))).toBe("not-found");
    });

    it("the hardware address of a service is that of its first network", async () => {
      await network("front");
      await network("back");
      const id = await start({ networks: { front: null, back: null }, mac_address: "02:42:ac:11:00:99" });
      const addresses = await inside(world, id, "cat /sys/class/net/eth0/address /sys/class/net/eth1/address");
      expect(addresses.split("\n").filter((address) => address === "02:42:ac:11:00:99")).toHaveLength(1);
    });

    it("an interface has the name that is asked for, or the engine is too old", async () => {
      await network("front");
      const definition = { networks: { front: { interface_name: "lan0" } } };
      const spec = specOf(world, app, "sleeper", { networks, definition });
      if ((await world.client.api(signal)) < 49) {
        expect(await kindOf(world.runtime.createContainer(spec, call))).toBe("unsupported");
        return;
      }
      expect(await inside(world, await start(definition), "ls /sys/class/net")).toContain("lan0");
    });

    it("devices that the engine has no driver for are told apart from other failures", async () => {
      const spec = specOf(world, app, "sleeper", { definition: { gpus: [{ count: -1 }] } });
      const starting = world.runtime.createContainer(spec, call).then((id) => world.runtime.startContainer(id, call));
      expect(await kindOf(starting)).toBe("device-missing");
    });
  });
}
