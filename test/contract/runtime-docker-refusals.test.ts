import { afterAll, beforeAll, describe, expect, it, jest } from "@jest/globals";
import { loadSpecification } from "../../modules/stackfile/load.ts";
import type { Service } from "../../modules/stackfile/model.ts";
import { whyNoEngine } from "../support/docker.ts";
import { impossibleServices, impossibleVolumeNames, takenNetworkNames } from "../support/impossible-services.ts";
import { notRun } from "../support/not-run.ts";
import { dockerWorld, type DockerWorld } from "./runtime/docker-world.ts";
import { call, kindOf, removeApp, startProgram } from "./runtime/world.ts";

jest.setTimeout(60_000);
const name = "Docker Engine makes and starts no container of what the loader refuses";
const reason = await whyNoEngine();
if (reason === undefined) refusals();
else notRun(name, reason);

function refusals(): void {
  describe(name, () => {
    let world: DockerWorld;
    const [app, network] = ["impossible", "impossible_default"];

    beforeAll(async () => {
      world = await dockerWorld();
      const definition = { app, key: "default", fingerprint: "f", network: { name: network } };
      await world.runtime.createNetwork(definition, call);
    }, 90_000);
    afterAll(async () => {
      await removeApp(world, app);
      await world[Symbol.asyncDispose]();
    }, 60_000);

    /** Starts a service as the specification has it, which knows nothing of engines. */
    async function start(keys: string): Promise<string> {
      const text = `name: ${app}\nservices: { a: { image: "${world.image}", command: [sleep, "1000"], ${keys.slice(1)} }\n`;
      const readFile = (path: string): string | undefined => (path === "/compose.yaml" ? text : undefined);
      const { model } = loadSpecification({ files: ["/compose.yaml"] }, { readFile, env: {} });
      const definition = (model?.["services"] as Record<string, Service>)["a"]!;
      const networks: Record<string, string> = definition.networks === undefined ? {} : { default: network };
      try {
        return await startProgram(world, app, "sleeper", { definition, networks });
      } finally {
        for (const { id } of (await world.runtime.observe(app, [], call)).containers)
          await world.runtime.removeContainer(id, call);
      }
    }

    it.each(impossibleServices)("$keys", async ({ keys }) => {
      expect(await kindOf(start(keys))).not.toBe("Error: nothing was thrown");
    });

    it.each(impossibleVolumeNames)("a volume with the name %j, and says why", async (volume) => {
      const made = world.runtime.createVolume({ app, key: "v", fingerprint: "f", volume: { name: volume } }, call);
      await expect(made).rejects.toThrow(/volume name|invalid characters|file name too long/u);
    });

    it.each(takenNetworkNames)("a network with the name %j", async (other) => {
      const made = world.runtime.createNetwork({ app, key: "n", fingerprint: "f", network: { name: other } }, call);
      expect(await kindOf(made)).not.toBe("Error: nothing was thrown");
    });

    it("but of a service without any of it", async () => {
      expect(await kindOf(start("{ }"))).toBe("Error: nothing was thrown");
    });
  });
}
