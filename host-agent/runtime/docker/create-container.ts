import { labels } from "../../../modules/protocol/api.ts";
import { RuntimeError } from "../errors.ts";
import type { ContainerSpec } from "../port.ts";
import { createdContainerSchema, type InspectedContainer } from "./answers.ts";
import type { EndpointBody } from "./body.ts";
import type { EngineClient } from "./client.ts";
import { type BuiltContainer, containerBody } from "./container-body.ts";
import { type ContainerStore, inspect, inspectOurs, pathOf } from "./containers.ts";
import type { HostFile } from "./context.ts";
import { EngineError, toRuntimeError } from "./errors.ts";
import type { FileStore } from "./files.ts";
import { imageDigest } from "./images.ts";
import { unmountedImageVolumes } from "./image-volumes.ts";
import { requireNothingDiscarded, requireSupport } from "./requirements.ts";

export async function createContainer(
  engine: EngineClient,
  { files, drafts }: ContainerStore,
  spec: ContainerSpec,
  signal: AbortSignal,
): Promise<string> {
  const api = await engine.api(signal);
  requireSupport(spec.definition, api);
  const imageVolumes = await unmountedImageVolumes(engine, spec, signal);
  const build = (hostFiles: readonly HostFile[]): BuiltContainer =>
    containerBody(spec, { api, imageVolumes, files: hostFiles });

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
    const { Id: id, Warnings: warnings } = await engine.json(createdContainerSchema, request);
    await keepIfWhole(engine, id, warnings ?? [], signal);
    return { id, attachments };
  } catch (error) {
    // An engine that did not answer may have made it all the same, and so may have the one of a conflict: the next try takes
    // that one, with these files.
    const isRefused = error instanceof EngineError ? error.status !== 409 : isUnsupported(error);
    if (!isSent || isRefused) await files.remove(spec.app, spec.name);
    throw error;
  }
}

function isUnsupported(error: unknown): boolean {
  return error instanceof RuntimeError && error.kind === "unsupported";
}

/** Takes a container away again that lacks what was asked for. */
async function keepIfWhole(
  engine: EngineClient,
  id: string,
  warnings: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  try {
    requireNothingDiscarded(warnings);
  } catch (error) {
    await engine.send({ method: "DELETE", path: pathOf(id, ""), signal });
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
