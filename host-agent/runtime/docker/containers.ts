import * as z from "zod";
import { labels } from "../../../modules/protocol/api.ts";
import { RuntimeError } from "../errors.ts";
import type { ContainerDetail, ContainerSpec } from "../port.ts";
import {
  createdSchema,
  inspectedContainerSchema,
  listedContainerSchema,
  type InspectedContainer,
  type ListedContainer,
} from "./answers.ts";
import type { EngineClient } from "./client.ts";
import { containerBody, type BuiltContainer } from "./container-body.ts";
import { EngineError, isEngineStatus, toRuntimeError } from "./errors.ts";
import type { FileStore } from "./files.ts";
import type { HostFile } from "./context.ts";
import { imageDigest } from "./images.ts";
import { labelFilter } from "./labels.ts";
import { sharedServices } from "./networking.ts";
import type { EndpointBody } from "./body.ts";
import { fromInspect } from "./observed.ts";
import { requireSupport } from "./requirements.ts";

const listedContainersSchema = z.array(listedContainerSchema);

/** Containers with all these labels, running or not. */
export async function listContainers(
  engine: EngineClient,
  wanted: readonly string[],
  signal: AbortSignal,
): Promise<readonly ListedContainer[]> {
  const query = { all: true, filters: labelFilter(...wanted) };
  return await engine.json(listedContainersSchema, { method: "GET", path: "/containers/json", query, signal });
}

function pathOf(idOrName: string, action: string): string {
  return `/containers/${encodeURIComponent(idOrName)}${action}`;
}

async function inspect(
  engine: EngineClient,
  idOrName: string,
  signal: AbortSignal,
): Promise<InspectedContainer | undefined> {
  try {
    const path = pathOf(idOrName, "/json");
    return await engine.json(inspectedContainerSchema, { method: "GET", path, signal });
  } catch (error) {
    if (isEngineStatus(error, 404)) return undefined;
    throw error;
  }
}

/** A container that may be touched; undefined where there is none. One without our label is a conflict. */
export async function inspectOurs(
  engine: EngineClient,
  id: string,
  signal: AbortSignal,
): Promise<InspectedContainer | undefined> {
  const found = await inspect(engine, id, signal);
  if (found !== undefined && found.Config.Labels[labels.app] === undefined) {
    throw new RuntimeError("conflict", `container ${found.Name.slice(1)} is not ours`);
  }
  return found;
}

export interface ContainerStore {
  readonly files: FileStore;
  /** Containers that are being created in this process: their files are there before they are. */
  readonly drafts: Map<string, string>;
}

export async function createContainer(
  engine: EngineClient,
  { files, drafts }: ContainerStore,
  spec: ContainerSpec,
  signal: AbortSignal,
): Promise<string> {
  const api = await engine.api(signal);
  requireSupport(spec.definition, api);
  const containers = await containersOfServices(engine, spec, signal);
  const build = (hostFiles: readonly HostFile[]): BuiltContainer =>
    containerBody(spec, { api, files: hostFiles, containerOf: (service) => idOf(containers, service) });

  const existing = await inspect(engine, spec.name, signal);
  // The engine also finds containers by the beginning of their id.
  if (existing?.Name === `/${spec.name}`) {
    if (!(await isSame(engine, existing, spec, signal))) {
      throw new RuntimeError("conflict", `another container has the name ${spec.name}`);
    }
    await connect(engine, existing, build([]).attachments, signal);
    return existing.Id;
  }

  drafts.set(spec.name, spec.app);
  try {
    const { id, attachments } = await make(engine, files, { spec, build }, signal);
    const created = await inspectOurs(engine, id, signal);
    if (created !== undefined) await connect(engine, created, attachments, signal);
    return id;
  } catch (error) {
    throw toRuntimeError(error, "create");
  } finally {
    drafts.delete(spec.name);
  }
}

/** Makes the container with its files, or takes them away: no removal would, of a container that was never there. */
async function make(
  engine: EngineClient,
  files: FileStore,
  { spec, build }: { readonly spec: ContainerSpec; readonly build: (files: readonly HostFile[]) => BuiltContainer },
  signal: AbortSignal,
): Promise<{ readonly id: string; readonly attachments: BuiltContainer["attachments"] }> {
  let isSent = false;
  try {
    const { query, body, attachments } = build(await files.write(spec));
    isSent = true;
    const request = { method: "POST", path: "/containers/create", query, body, signal } as const;
    const { Id: id } = await engine.json(createdSchema, request);
    return { id, attachments };
  } catch (error) {
    // An engine that did not answer may have made it all the same, and so may have the one of a conflict: the next try takes
    // that one, with these files.
    const isRefused = error instanceof EngineError && error.status !== 409;
    if (!isSent || isRefused) await files.remove(spec.app, spec.name);
    throw error;
  }
}

async function isSame(
  engine: EngineClient,
  existing: InspectedContainer,
  spec: ContainerSpec,
  signal: AbortSignal,
): Promise<boolean> {
  const { Labels: found } = existing.Config;
  if (found[labels.app] !== spec.app || found[labels.fingerprint] !== spec.fingerprint) return false;
  return existing.Image === (await imageDigest(engine, spec.definition.image ?? "", signal));
}

/** Connects to the networks that the create call did not take, and to those that a container was disconnected from. */
async function connect(
  engine: EngineClient,
  container: InspectedContainer,
  endpoints: Readonly<Record<string, EndpointBody>>,
  signal: AbortSignal,
): Promise<void> {
  for (const [network, endpoint] of Object.entries(endpoints)) {
    if (container.NetworkSettings.Networks?.[network] !== undefined) continue;
    await engine.send({
      method: "POST",
      path: `/networks/${encodeURIComponent(network)}/connect`,
      body: { Container: container.Id, EndpointConfig: endpoint },
      signal,
    });
  }
}

async function containersOfServices(
  engine: EngineClient,
  spec: ContainerSpec,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, ListedContainer>> {
  const services = sharedServices(spec.definition);
  if (services.length === 0) return new Map();
  const listed = await listContainers(engine, [`${labels.app}=${spec.app}`], signal);
  const rank = (container: ListedContainer): number => (container.State === "running" ? 1 : 0);
  const byRank = listed.toSorted((one, other) => rank(one) - rank(other)); // The last one of a service wins.
  return new Map(byRank.map((container) => [container.Labels[labels.service] ?? "", container]));
}

function idOf(containers: ReadonlyMap<string, ListedContainer>, service: string): string {
  const container = containers.get(service);
  if (container === undefined) throw new RuntimeError("not-found", `service ${service} has no container to share with`);
  return container.Id;
}

export async function startContainer(engine: EngineClient, id: string, signal: AbortSignal): Promise<void> {
  if ((await inspectOurs(engine, id, signal)) === undefined) {
    throw new RuntimeError("not-found", `there is no container ${id}`);
  }
  try {
    await engine.send({ method: "POST", path: pathOf(id, "/start"), signal }); // 304: it runs.
  } catch (error) {
    throw toRuntimeError(error, "start");
  }
}

export async function stopContainer(
  engine: EngineClient,
  id: string,
  graceMs: number | undefined,
  signal: AbortSignal,
): Promise<void> {
  if ((await inspectOurs(engine, id, signal)) === undefined) return;
  const query = { t: graceMs === undefined ? undefined : Math.ceil(graceMs / 1000) };
  try {
    await engine.send({ method: "POST", path: pathOf(id, "/stop"), query, signal }); // 304: it does not run.
    // The engine answers a moment before its list calls show the new state; an inspection waits for that.
    await inspect(engine, id, signal);
  } catch (error) {
    if (!isEngineStatus(error, 404)) throw error;
  }
}

/** Removes a container, running or not, with its anonymous volumes, and the files of those that are gone. */
export async function removeContainer(
  engine: EngineClient,
  store: ContainerStore,
  id: string,
  signal: AbortSignal,
): Promise<void> {
  const found = await inspectOurs(engine, id, signal);
  const app = found?.Config.Labels[labels.app];
  if (app === undefined) return;
  try {
    await engine.send({ method: "DELETE", path: pathOf(id, ""), query: { force: true, v: true }, signal });
  } catch (error) {
    if (isEngineStatus(error, 409)) await removed(engine, id, signal);
    else if (!isEngineStatus(error, 404)) throw error;
  }
  await sweepFiles(engine, store, app, signal);
}

/** Removes the files of containers of an app that are not there. */
export async function sweepFiles(
  engine: EngineClient,
  { files, drafts }: ContainerStore,
  app: string,
  signal: AbortSignal,
): Promise<void> {
  const left = await listContainers(engine, [`${labels.app}=${app}`], signal);
  const names = left.flatMap((container) => container.Names.map((name) => name.slice(1)));
  await files.keepOnly(app, new Set([...names, ...drafts.keys()]));
}

/** Someone else is removing it: waits until it is gone. */
async function removed(engine: EngineClient, id: string, signal: AbortSignal): Promise<void> {
  try {
    const query = { condition: "removed" };
    await engine.json(z.unknown(), { method: "POST", path: pathOf(id, "/wait"), query, signal });
  } catch (error) {
    if (!isEngineStatus(error, 404)) throw error;
  }
}

export async function containerDetail(
  engine: EngineClient,
  id: string,
  signal: AbortSignal,
): Promise<ContainerDetail | undefined> {
  const found = await inspect(engine, id, signal);
  if (found?.Config.Labels[labels.app] === undefined) return undefined;
  return {
    container: fromInspect(found),
    probes: (found.State.Health?.Log ?? []).map(({ End: at, ExitCode: exitCode, Output: output }) => ({
      exitCode,
      output,
      at,
    })),
    error: found.State.Error === "" ? undefined : found.State.Error,
  };
}
