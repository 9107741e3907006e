import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it, jest } from "@jest/globals";
import { text } from "node:stream/consumers";
import { busyboxArchive } from "../support/busybox-image.ts";
import { whyNoEngine } from "../support/docker.ts";
import { notRun } from "../support/not-run.ts";
import { startRegistry, whyNoRegistry, type TestRegistry } from "../support/registry.ts";
import { dockerWorld, type DockerWorld } from "./runtime/docker-world.ts";
import { call, kindOf, signal } from "./runtime/world.ts";

jest.setTimeout(120_000); // An engine that is given may try a broken download five times.

const suite = "registry: images pulled by Docker Engine";
const reason = (await whyNoEngine()) ?? (await whyNoRegistry());
if (reason === undefined) pulls();
else notRun(suite, reason);

function pulls(): void {
  describe(suite, () => {
    let world: DockerWorld;
    let registry: TestRegistry;
    beforeAll(async () => {
      world = await dockerWorld();
      registry = await startRegistry(world.engine);
      await publish("test/app:1");
    }, 90_000);
    afterAll(async () => {
      await registry[Symbol.asyncDispose]();
      await world[Symbol.asyncDispose]();
    }, 60_000);

    /** Pushes an image of a few megabytes and forgets it here. */
    async function publish(repository: string): Promise<void> {
      const reference = `${registry.host}/${repository}`;
      const archive = await busyboxArchive({ reference, ballast: randomBytes(4_000_000) });
      await world.runtime.loadImages(
        (async function* () {
          yield await Promise.resolve(archive);
        })(),
        quietly,
      );
      const auth = Buffer.from(JSON.stringify(registry.credentials)).toString("base64url");
      const pushed = await world.client.stream({
        method: "POST",
        path: `/images/${registry.host}/test/app/push`,
        query: { tag: "1" },
        headers: { "x-registry-auth": auth },
        signal,
      });
      expect(await text(pushed)).not.toContain("error");
      await forget(reference);
    }
    async function forget(reference: string): Promise<void> {
      await world.client.send({ method: "DELETE", path: `/images/${reference}`, query: { force: true }, signal });
    }
    const quietly = { ...call, deadlineMs: 90_000, onProgress: () => undefined };
    const pull = (host: string, image: string, credentials: Parameters<typeof world.runtime.pullImage>[1]) =>
      world.runtime.pullImage(`${host}/${image}`, credentials, quietly);

    it("come with their digest, and the progress is told", async () => {
      const reference = `${registry.host}/test/app:1`;
      const progress: string[] = [];
      const digest = await world.runtime.pullImage(reference, registry.credentials, {
        ...quietly,
        onProgress: (line) => progress.push(line),
      });
      expect(digest).toMatch(/^sha256:[0-9a-f]{64}$/);
      expect(await world.runtime.resolveImage(reference, call)).toBe(digest);
      expect(progress[0]).toBe(`pulling ${reference}`);
      expect(progress.at(-1)).toMatch(/: 1 of 1 layers/);
      await forget(reference);
    });

    it("that are there already are pulled again without harm", async () => {
      const first = await pull(registry.host, "test/app:1", registry.credentials);
      expect(await pull(registry.host, "test/app:1", registry.credentials)).toBe(first);
      await forget(`${registry.host}/test/app:1`);
    });

    it("with a tag that does not exist are not found", async () => {
      expect(await kindOf(pull(registry.host, "test/app:2", registry.credentials))).toBe("image-not-found");
    });

    it("without a tag mean latest, not all tags", async () => {
      expect(await kindOf(pull(registry.host, "test/app", registry.credentials))).toBe("image-not-found");
    });

    it("of a repository that does not exist are not found", async () => {
      expect(await kindOf(pull(registry.host, "test/other:1", registry.credentials))).toBe("image-not-found");
    });

    it("are refused with a wrong password, and without one", async () => {
      const wrong = { ...registry.credentials, password: "battery-staple" };
      expect(await kindOf(pull(registry.host, "test/app:1", wrong))).toBe("image-access-denied");
      expect(await kindOf(pull(registry.host, "test/app:1", undefined))).toBe("image-access-denied");
    });

    it("fail when the connection is cut in the middle, and nothing of them is there", async () => {
      const host = await registry.breaksAfter(1_000_000);
      expect(await kindOf(pull(host, "test/app:1", registry.credentials))).toBe("image-pull-failed");
      expect(await world.runtime.resolveImage(`${host}/test/app:1`, call)).toBeUndefined();
    });

    it("fail when the connection is cut at once", async () => {
      const host = await registry.breaksAfter(0);
      expect(await kindOf(pull(host, "test/app:1", registry.credentials))).toBe("image-pull-failed");
    });

    it("fail when nobody is there", async () => {
      expect(await kindOf(pull("127.0.0.1:1", "test/app:1", undefined))).toBe("image-pull-failed");
    });

    it("are left where the caller gives up", async () => {
      const given = new AbortController();
      const pulling = world.runtime.pullImage(`${registry.host}/test/app:1`, registry.credentials, {
        ...call,
        signal: given.signal,
        onProgress: () => given.abort(new Error("changed my mind")),
      });
      expect(await kindOf(pulling)).toBe("Error: changed my mind");
    });
  });
}
