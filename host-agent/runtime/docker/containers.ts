import * as z from "zod";
import { labels } from "../../../modules/protocol/api.ts";
import { RuntimeError } from "../errors.ts";
import type { ContainerDetail } from "../port.ts";
import {
  inspectedContainerSchema,
  listedContainerSchema,
  type InspectedContainer,
  type ListedContainer,
} from "./answers.ts";
import type { EngineClient } from "./client.ts";
import { isEngineStatus, toRuntimeError } from "./errors.ts";
import type { FileStore } from "./files.ts";
import { labelFilter } from "./labels.ts";
import { fromInspect } from "./observed.ts";

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

export function pathOf(idOrName: string, action: string): string {
  return `/containers/${encodeURIComponent(idOrName)}${action}`;
}

export async function inspect(
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

/** Removes a container, running or not, and the files of those that are gone. No volume goes with it: each has a step of its own. */
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
    await engine.send({ method: "DELETE", path: pathOf(id, ""), query: { force: true }, signal });
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
  const { StopTimeout: graceSeconds } = found.Config;
  return {
    container: fromInspect(found),
    probes: (found.State.Health?.Log ?? []).map(({ End: at, ExitCode: exitCode, Output: output }) => ({
      exitCode,
      output,
      at,
    })),
    error: found.State.Error === "" ? undefined : found.State.Error,
    stopGraceMs: typeof graceSeconds === "number" ? graceSeconds * 1000 : undefined,
  };
}
