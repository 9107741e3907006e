import { createReadStream } from "node:fs";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { describe, expect, it, jest } from "@jest/globals";
import { pack } from "tar-stream";
import { createAgentClient } from "../../modules/agent-client/client.ts";
import { systemClock } from "../../modules/system/clock.ts";
import { fakeRuntime, sha256, shop, startTestAgent } from "../support/agent.ts";
import { jobCall, ways } from "../support/agent-client.ts";

jest.setTimeout(60_000);
const signal = new AbortController().signal;
const call = { signal };

describe.each(ways)("over $name", (way) => {
  describe("the agent's answers", () => {
    it("say what the agent is, and confirm it", async () => {
      await using agent = await startTestAgent(fakeRuntime());
      const client = way.clientOf(way.socketOf(agent));
      expect(await client.info(call)).toMatchObject({ version: "1.2.3", slot: "a", confirmed: false });
      expect(await client.confirm(call)).toMatchObject({ confirmed: true });
    });

    it("follow an app from nothing to its removal", async () => {
      await using agent = await startTestAgent(fakeRuntime());
      const client = way.clientOf(way.socketOf(agent));
      expect(await client.status("shop", call)).toBeUndefined();
      expect((await client.plan(shop(), call)).steps.map(({ kind }) => kind)).toContain("create-container");
      const applied = await client.apply(shop(), jobCall());
      expect(applied.services["web"]).toMatchObject({ state: "running" });
      expect(await client.apps(call)).toEqual(["shop"]);
      expect((await client.status("shop", call))?.services["db"]).toMatchObject({ state: "running" });
      expect((await client.plan(shop(), call)).steps).toEqual([]);
      await client.remove("shop", [], jobCall());
      expect(await client.status("shop", call)).toBeUndefined();
      expect(await client.apps(call)).toEqual([]);
    });

    it("name the images that are there, and load others from an archive", async () => {
      await using agent = await startTestAgent(fakeRuntime());
      const client = way.clientOf(way.socketOf(agent));
      expect(await client.images(["web:1", "new:1"], call)).toEqual({ "web:1": "sha256:web:1" });
      const content = await buffer(archiveOf("new:1"));
      const archive = { digest: sha256(content), open: () => Readable.from([content]) };
      const told: string[] = [];
      const onProgress = (line: string): void => void told.push(line);
      expect(await client.loadImages(archive, { signal, onProgress })).toEqual(["new:1"]);
      expect(told).toEqual(["loaded new:1"]);
      expect(Object.keys(await client.images(["new:1"], call))).toEqual(["new:1"]);
      expect(await client.archives([archive.digest, "f".repeat(64)], call)).toEqual({
        [archive.digest]: [{ reference: "new:1", present: true }],
      });
    });

    const digest = "b".repeat(64);

    it("refuse an archive that is none", async () => {
      await using agent = await startTestAgent(fakeRuntime());
      const noise = Readable.from(Array.from({ length: 100 }, () => Buffer.alloc(64 * 1024, "x")));
      await expect(
        way.clientOf(way.socketOf(agent)).loadImages({ digest, open: () => noise }, call),
      ).rejects.toMatchObject({
        code: "input.invalid",
      });
    });

    it("refuse an archive that is not the one that was announced, and do not take it for that one", async () => {
      await using agent = await startTestAgent(fakeRuntime());
      const client = way.clientOf(way.socketOf(agent));
      await expect(client.loadImages({ digest, open: () => archiveOf("new:1") }, call)).rejects.toMatchObject({
        code: "input.invalid",
        message: expect.stringMatching(/changed on its way/u),
      });
      expect(await client.archives([digest], call)).toEqual({});
    });

    it("are not waited for when the archive cannot be read", async () => {
      await using agent = await startTestAgent(fakeRuntime());
      const broken = new Readable({ read: () => void broken.destroy(new Error("the disk broke")) });
      await expect(
        way.clientOf(way.socketOf(agent)).loadImages({ digest, open: () => broken }, call),
      ).rejects.toMatchObject({
        code: "input.invalid",
        message: "the archive cannot be read: the disk broke",
      });
    });

    it("are refused when the archive is not there", async () => {
      await using agent = await startTestAgent(fakeRuntime());
      const open = (): Readable => createReadStream("/nowhere/images.tar");
      await expect(way.clientOf(way.socketOf(agent)).loadImages({ digest, open }, call)).rejects.toMatchObject({
        code: "input.invalid",
        message: expect.stringContaining("ENOENT"),
      });
    });

    it("are not opened where there is no way to the agent", async () => {
      const opened: string[] = [];
      const client = createAgentClient({ open: () => Promise.reject(new Error("no way")), clock: systemClock });
      const open = (): Readable => {
        opened.push("opened");
        return Readable.from([]);
      };
      await expect(client.loadImages({ digest, open }, call)).rejects.toMatchObject({ code: "agent.unreachable" });
      expect(opened).toEqual([]);
    });
  });
});

/** A `docker save` archive that holds one image without layers. */
function archiveOf(reference: string): Readable {
  const tar = pack();
  tar.entry({ name: "config.json" }, "{}");
  tar.entry({ name: "manifest.json" }, JSON.stringify([{ Config: "config.json", RepoTags: [reference], Layers: [] }]));
  tar.finalize();
  return Readable.from(tar);
}
