import { StackhouseError } from "../../modules/base/errors.ts";
import { ownersOf } from "../../modules/plan/owners.ts";
import type { FileReference, Service } from "../../modules/stackfile/model.ts";
import type { ContainerFile, ContainerSpec } from "../runtime/port.ts";
import { callWithin, type StepContext, type StepOf } from "./context.ts";
import { explain } from "./problems.ts";
import { lastLogLines } from "./evidence.ts";
import { desiredOf, desiredService, runtimeNames } from "./desired.ts";

const createLimitMs = 120_000;
const startLimitMs = 120_000;
const removeLimitMs = 120_000;
const inspectLimitMs = 30_000;
/** Docker's default. */
const defaultGraceMs = 10_000;

export async function createContainer(step: StepOf<"create-container">, context: StepContext): Promise<void> {
  const id = await context.runtime.createContainer(containerSpec(step, context), callWithin(context, createLimitMs));
  context.containerIds.set(step.name, id);
}

export async function startContainer(step: StepOf<"start-container">, context: StepContext): Promise<void> {
  const id = context.containerIds.get(step.name);
  if (id === undefined) throw new StackhouseError("internal", `no container ${step.name} is known`);
  try {
    await context.runtime.startContainer(id, callWithin(context, startLimitMs));
  } catch (error) {
    context.signal.throwIfAborted();
    const problem = explain(error);
    if (problem.code !== "app.container-failed") throw error;
    throw new StackhouseError(problem.code, `${step.service}: ${problem.message}`, {
      hint: problem.hint,
      details: await lastLogLines(id, context),
      cause: error,
    });
  }
}

/** As it was created, not as its service is meant to be now: the service may be another one by now, or none. */
export async function stopContainer(step: StepOf<"stop-container">, context: StepContext): Promise<void> {
  const { runtime } = context;
  const found = await runtime.inspectContainer(step.containerId, callWithin(context, inspectLimitMs));
  const graceMs = found?.stopGraceMs ?? defaultGraceMs;
  await runtime.stopContainer(step.containerId, undefined, callWithin(context, graceMs + 300_000));
}

export async function removeContainer(step: StepOf<"remove-container">, context: StepContext): Promise<void> {
  await context.runtime.removeContainer(step.containerId, callWithin(context, removeLimitMs));
}

function containerSpec(step: StepOf<"create-container">, context: StepContext): ContainerSpec {
  const { model, contents } = desiredOf(context);
  const { definition, fingerprint } = desiredService(step.service, context);
  return {
    app: context.app,
    service: step.service,
    number: step.number,
    name: step.name,
    fingerprint,
    release: context.release,
    definition,
    networks: runtimeNames(model.networks),
    volumes: runtimeNames(model.volumes),
    owners: ownersIn(definition, context),
    files: containerFiles(definition, contents),
  };
}

/** Those that stay or are made now, and of them the first: the others of their services may be on their way out. */
function ownersIn(definition: Service, { lasting, containerIds }: StepContext): Record<string, string> {
  const found = ownersOf(definition).flatMap(({ name }): [string, string][] => {
    const id = containerIds.get(lasting.get(name) ?? "");
    return id === undefined ? [] : [[name, id]];
  });
  return Object.fromEntries(found);
}

/** Configs and secrets of a service. Defaults as in the Compose Specification. */
export function containerFiles(service: Service, contents: Readonly<Record<string, string>>): ContainerFile[] {
  const files = (kind: "configs" | "secrets", folder: string): ContainerFile[] =>
    (service[kind] ?? []).map((reference) => {
      const content = contents[`${kind}/${reference.source}`];
      if (content === undefined) {
        throw new StackhouseError("input.invalid", `${kind} ${reference.source}: the content was not sent`);
      }
      return containerFile(reference, folder, Buffer.from(content, "base64"));
    });
  return [...files("configs", "/"), ...files("secrets", "/run/secrets/")];
}

function containerFile(reference: FileReference, folder: string, content: Uint8Array): ContainerFile {
  const target = reference.target ?? reference.source;
  const mode = reference.mode ?? 0o444;
  return {
    target: target.startsWith("/") ? target : folder + target,
    content,
    mode: typeof mode === "number" ? mode : Number.parseInt(mode, 8),
    uid: Number(reference.uid ?? 0),
    gid: Number(reference.gid ?? 0),
  };
}
