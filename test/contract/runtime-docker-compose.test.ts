import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, jest } from "@jest/globals";
import { stackFile } from "../../modules/stackfile/keys/top.ts";
import { homeFrom } from "../../modules/system/home.ts";
import { oracleIn } from "../../tools/oracle/install.ts";
import { whyNoEngine } from "../support/docker.ts";
import { leavesOf } from "../support/key-effects.ts";
import { notRun } from "../support/not-run.ts";
import { isThere } from "../support/oracle.ts";
import { comparableAsked, comparableMade } from "./runtime/compose/comparable.ts";
import { differences, type Difference } from "./runtime/compose/json.ts";
import { isListed, listedDifferences } from "./runtime/compose/listed.ts";
import { recordRequests } from "./runtime/compose/recorder.ts";
import { stackFiles } from "./runtime/compose/stack-files.ts";
import { type ComparedApp, dockerCompose, inspectAll, layOut, stackhouse, type Tool } from "./runtime/compose/tools.ts";
import { usedKeys } from "./runtime/compose/used-keys.ts";
import { dockerWorld, type DockerWorld } from "./runtime/docker-world.ts";
import { signal } from "./runtime/world.ts";

jest.setTimeout(60_000);
const name = "containers, networks and volumes are those that docker compose makes";
const { many: oracle } = await oracleIn(homeFrom(process.env));
const reason = isThere(oracle) ? await whyNoEngine() : "docker compose is not built here; npm test builds it with Go";
if (reason === undefined) comparison();
else notRun(name, reason);

function comparison(): void {
  describe(name, () => {
    const newestApi = 51;
    let world: DockerWorld;
    const found: Difference[] = [];

    beforeAll(async () => {
      world = await dockerWorld();
      await world.load({ reference: "test/busybox:volumes", volumes: ["/declared", "/also"] });
      await world.foreign.network("alike-outside");
      await world.foreign.volume("alike-outside");
    }, 90_000);
    afterAll(async () => {
      await world[Symbol.asyncDispose]();
    }, 60_000);

    /** What both tools make of a stack file, one after the other: they call everything the same. */
    async function both<T>(app: ComparedApp, tools: readonly Tool[], look: () => Promise<T>): Promise<readonly T[]> {
      const made: T[] = [];
      for (const tool of tools) {
        try {
          await tool.create(app);
          made.push(await look());
        } finally {
          await tool.remove(app);
        }
      }
      return made;
    }

    const unlisted = (all: readonly Difference[]): readonly Difference[] => {
      found.push(...all);
      return all.filter((one) => !listedDifferences.some((listed) => isListed(one, listed)));
    };

    describe("as the engine shows them", () => {
      const cases = Object.entries(stackFiles).filter(([, { askedOnly }]) => askedOnly === undefined);
      it.each(cases)("%s", async (title, file) => {
        const { engine, client } = world;
        const app = await layOut(join(engine.directory, "made", title.replaceAll(/\W+/g, "-")), file);
        const api = await client.api(signal);
        const tools = [
          stackhouse(engine.socketPath, join(engine.directory, "files")),
          dockerCompose(oracle, engine.socketPath, api),
        ];
        const [ours, theirs] = await both(app, tools, async () => comparableMade(await inspectAll(client)));
        expect(Object.keys(ours?.containers ?? {})).not.toEqual([]);
        expect(unlisted(differences("", { ...ours! }, { ...theirs! }))).toEqual([]);
      });
    });

    describe("as the newest engine is asked for them", () => {
      it.each(Object.entries(stackFiles))("%s", async (title, file) => {
        const { engine, client } = world;
        const app = await layOut(join(engine.directory, "asked", title.replaceAll(/\W+/g, "-")), file);
        const socketPath = join(engine.directory, "recorder.sock");
        const real = await client.api(signal);
        await using recorder = await recordRequests(engine.socketPath, socketPath, { shown: newestApi, real });
        const tools = [
          stackhouse(socketPath, join(engine.directory, "files")),
          dockerCompose(oracle, socketPath, newestApi),
        ];
        const [ours, theirs] = await both(app, tools, () => Promise.resolve(comparableAsked(recorder.take())));
        expect(Object.keys(ours?.containers ?? {})).not.toEqual([]);
        expect(unlisted(differences("", { ...ours! }, { ...theirs! }))).toEqual([]);
      });
    });

    it("have every key that works", () => {
      const used = new Set(Object.values(stackFiles).flatMap(usedKeys));
      const working = Object.entries(stackFile.keys).flatMap(([name, key]) => leavesOf(name, key, ["implemented"]));
      expect(working.map(({ path }) => path).filter((path) => !used.has(path))).toEqual([]);
    });

    it("every listed difference is still there", () => {
      const unused = listedDifferences.filter((listed) => !found.some((one) => isListed(one, listed)));
      expect(unused).toEqual([]);
    });
  });
}
