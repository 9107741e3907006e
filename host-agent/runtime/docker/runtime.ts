import * as z from "zod";
import type { Clock } from "../../../modules/base/clock.ts";
import type { ObservedApp } from "../../../modules/plan/types.ts";
import { labels } from "../../../modules/protocol/api.ts";
import { withDeadline } from "../deadline.ts";
import type { Call, Runtime } from "../port.ts";
import { type ListedVolume, listedNetworkSchema, listedVolumesSchema } from "./answers.ts";
import { createEngineClient, type EngineClient } from "./client.ts";
import {
  containerDetail,
  listContainers,
  removeContainer,
  startContainer,
  stopContainer,
  sweepFiles,
  type ContainerStore,
} from "./containers.ts";
import { createContainer } from "./create-container.ts";
import { toRuntimeError } from "./errors.ts";
import { execInContainer } from "./exec.ts";
import { createFileStore } from "./files.ts";
import { imageDigest, loadImages, pullImage } from "./images.ts";
import { labelFilter } from "./labels.ts";
import { containerLogs } from "./logs.ts";
import { createNetwork, removeNetwork } from "./networks.ts";
import { fromList } from "./observed.ts";
import { lackingIn } from "./requirements.ts";
import { createVolume, removeVolume } from "./volumes.ts";
import { watchEngine } from "./watch.ts";

export interface DockerRuntimeOptions {
  /** The engine's unix socket, `/var/run/docker.sock` by default of the engine. */
  readonly socketPath: string;
  /** Folder of the host for configs and secrets; made root-only. The engine must see it under the same path. */
  readonly filesDirectory: string;
  readonly clock: Clock;
}

/** The runtime on Docker Engine 20.10 (API 1.41) and newer. */
export function createDockerRuntime({ socketPath, filesDirectory, clock }: DockerRuntimeOptions): Runtime {
  const engine = createEngineClient(socketPath);
  const store: ContainerStore = { files: createFileStore(filesDirectory), drafts: new Map() };

  const run = <T>(what: string, call: Call, work: (signal: AbortSignal) => Promise<T>): Promise<T> =>
    withDeadline(clock, call, what, async (signal) => {
      try {
        return await work(signal);
      } catch (error) {
        throw toRuntimeError(error, "any");
      }
    });
  const on = (call: Call & { onProgress: (text: string) => void }, signal: AbortSignal) => ({
    signal,
    onProgress: call.onProgress,
  });

  return {
    info: (call) =>
      run("asking Docker Engine for its version", call, async (signal) => ({
        kind: "docker",
        version: await engine.version(signal),
      })),
    lacks: (wanted, call) =>
      run("asking Docker Engine for its version", call, async (signal) => lackingIn(wanted, await engine.api(signal))),
    observe: (app, images, call) => run(`observing ${app}`, call, (signal) => observe(engine, app, images, signal)),
    apps: (call) => run("listing the apps", call, (signal) => apps(engine, signal)),
    watch: (signal) => watchEngine(engine, clock, signal),

    resolveImage: (reference, call) =>
      run(`looking up ${reference}`, call, (signal) => imageDigest(engine, reference, signal)),
    pullImage: (reference, credentials, call) =>
      run(`pulling ${reference}`, call, (signal) => pullImage(engine, reference, credentials, on(call, signal))),
    loadImages: (archive, call) =>
      run("loading images", call, (signal) => loadImages(engine, archive, on(call, signal))),

    createNetwork: (spec, call) =>
      run(`creating network ${spec.network.name}`, call, (signal) => createNetwork(engine, spec, signal)),
    removeNetwork: (name, call) =>
      run(`removing network ${name}`, call, (signal) => removeNetwork(engine, name, signal)),
    createVolume: (spec, call) =>
      run(`creating volume ${spec.volume.name}`, call, (signal) => createVolume(engine, spec, signal)),
    removeVolume: (name, call) => run(`removing volume ${name}`, call, (signal) => removeVolume(engine, name, signal)),

    createContainer: (spec, call) =>
      run(`creating container ${spec.name}`, call, (signal) => createContainer(engine, store, spec, signal)),
    startContainer: (id, call) => run(`starting container ${id}`, call, (signal) => startContainer(engine, id, signal)),
    stopContainer: (id, graceMs, call) =>
      run(`stopping container ${id}`, call, (signal) => stopContainer(engine, id, graceMs, signal)),
    removeContainer: (id, call) =>
      run(`removing container ${id}`, call, (signal) => removeContainer(engine, store, id, signal)),
    sweep: (app, call) => run(`sweeping after ${app}`, call, (signal) => sweepFiles(engine, store, app, signal)),
    inspectContainer: (id, call) =>
      run(`looking at container ${id}`, call, (signal) => containerDetail(engine, id, signal)),

    async *logs(id, query, signal) {
      try {
        yield* containerLogs(engine, id, query, signal);
      } catch (error) {
        throw toRuntimeError(error, "any");
      }
    },
    async exec(id, request, signal) {
      try {
        return await execInContainer(engine, clock, { id, request }, signal);
      } catch (error) {
        signal.throwIfAborted();
        throw toRuntimeError(error, "any");
      }
    },
  };
}

/** One list call a kind, and one for each image, which costs half a millisecond. */
async function observe(
  engine: EngineClient,
  app: string,
  images: readonly string[],
  signal: AbortSignal,
): Promise<ObservedApp> {
  const label = `${labels.app}=${app}`;
  const [containers, networks, volumes, digests] = await Promise.all([
    listContainers(engine, [label], signal),
    listNetworks(engine, label, signal),
    listVolumes(engine, label, signal),
    Promise.all([...new Set(images)].map(async (image) => [image, await imageDigest(engine, image, signal)] as const)),
  ]);
  const fingerprinted = (object: { Name: string; Labels: Record<string, string> }) => ({
    name: object.Name,
    fingerprint: object.Labels[labels.fingerprint] ?? "",
  });
  return {
    containers: containers.map(fromList),
    networks: networks.map(fingerprinted),
    volumes: volumes.flatMap((volume) => {
      const key = volume.Labels[labels.key];
      return key === undefined ? [] : [{ ...fingerprinted(volume), key }];
    }),
    anonymousVolumes: volumes.flatMap(anonymousVolume),
    images: Object.fromEntries(digests.filter((entry): entry is [string, string] => entry[1] !== undefined)),
  };
}

function anonymousVolume({ Name: name, Labels: found }: ListedVolume): ObservedApp["anonymousVolumes"] {
  const target = found[labels.target];
  if (target === undefined) return [];
  return [{ name, service: found[labels.service] ?? "", number: Number(found[labels.number] ?? 0), target }];
}

async function apps(engine: EngineClient, signal: AbortSignal): Promise<readonly string[]> {
  const found = await Promise.all([
    listContainers(engine, [labels.app], signal),
    listNetworks(engine, labels.app, signal),
  ]);
  return [...new Set(found.flat().flatMap((object) => object.Labels[labels.app] ?? []))].sort();
}

async function listNetworks(engine: EngineClient, label: string, signal: AbortSignal) {
  const query = { filters: labelFilter(label) };
  return await engine.json(z.array(listedNetworkSchema), { method: "GET", path: "/networks", query, signal });
}

async function listVolumes(engine: EngineClient, label: string, signal: AbortSignal) {
  const query = { filters: labelFilter(label) };
  const { Volumes: volumes } = await engine.json(listedVolumesSchema, {
    method: "GET",
    path: "/volumes",
    query,
    signal,
  });
  return volumes ?? [];
}
