import { join } from "node:path";
import { Readable } from "node:stream";
import * as z from "zod";
import { createEngineClient, type EngineClient } from "../../../host-agent/runtime/docker/client.ts";
import { createDockerRuntime } from "../../../host-agent/runtime/docker/runtime.ts";
import { systemClock } from "../../../modules/system/clock.ts";
import { busyboxArchive, type BusyboxImage } from "../../support/busybox-image.ts";
import { startEngine, type TestEngine } from "../../support/docker.ts";
import { call, signal, type RuntimeWorld } from "./world.ts";

export interface DockerWorld extends RuntimeWorld {
  readonly engine: TestEngine;
  /** The engine's own API, to look behind the runtime. */
  readonly client: EngineClient;
  load(image: BusyboxImage): Promise<void>;
}

export async function dockerWorld(): Promise<DockerWorld> {
  const engine = await startEngine();
  const runtime = createDockerRuntime({
    socketPath: engine.socketPath,
    filesDirectory: join(engine.directory, "files"),
    clock: systemClock,
  });
  const client = createEngineClient(engine.socketPath);
  const image = "test/busybox:1";
  const load = async (described: BusyboxImage): Promise<void> => {
    const archive = await busyboxArchive(described);
    await runtime.loadImages(Readable.from([archive]), { ...call, onProgress: () => undefined });
  };
  await load({ reference: image, env: { FROM_IMAGE: "1" } });

  const made: string[] = []; // The engine may be somebody's own: what is not ours is taken away at the end.
  const create = async (path: string, body: object): Promise<{ Id?: string | undefined }> =>
    await client.json(z.object({ Id: z.string().optional() }), { method: "POST", path, body, signal });
  return {
    engine,
    client,
    runtime,
    image,
    load,
    foreign: {
      async container(name) {
        const { Id: id = "" } = await create(`/containers/create?name=${name}`, { Image: image });
        await client.send({ method: "POST", path: `/containers/${id}/start`, signal });
        made.push(`/containers/${id}?force=true`);
        return id;
      },
      async network(name) {
        await create("/networks/create", { Name: name });
        made.push(`/networks/${name}`);
      },
      async volume(name) {
        await create("/volumes/create", { Name: name });
        made.push(`/volumes/${name}`);
      },
      async isThere(kind, name) {
        const path = kind === "container" ? `/containers/${name}/json` : `/${kind}s/${name}`;
        const schema = z.object({ State: z.object({ Running: z.boolean() }).optional() });
        const found = await client.json(schema, { method: "GET", path, signal });
        return found.State?.Running ?? true;
      },
    },
    async [Symbol.asyncDispose]() {
      for (const path of made) await client.send({ method: "DELETE", path, signal });
      await engine[Symbol.asyncDispose]();
    },
  };
}
