import { text } from "node:stream/consumers";
import type { ContainerSpec, Runtime, RuntimeEvent } from "../../../host-agent/runtime/port.ts";
import { RuntimeError } from "../../../host-agent/runtime/errors.ts";
import type { Service } from "../../../modules/stackfile/model.ts";
import type { ObservedContainer } from "../../../modules/plan/types.ts";
import { waitUntil } from "../../../modules/base/wait.ts";
import { silentProgress } from "../../../modules/base/progress.ts";
import { systemClock } from "../../../modules/system/clock.ts";
import { programs, type ProgramName } from "./programs.ts";

/** A runtime under test and what its tests need around it. */
export interface RuntimeWorld extends AsyncDisposable {
  readonly runtime: Runtime;
  /** An image with a shell that is on the host. */
  readonly image: string;
  /** Things of somebody else, without our labels. */
  readonly foreign: {
    container(name: string): Promise<string>;
    network(name: string): Promise<void>;
    volume(name: string): Promise<void>;
    /** Whether it is there, and running in the case of a container. */
    isThere(kind: "container" | "network" | "volume", name: string): Promise<boolean>;
  };
}

export const signal = new AbortController().signal;
export const call = { signal, deadlineMs: 30_000 };

/** Fields of a container that a test cares for. */
export type SpecFields = Partial<Omit<ContainerSpec, "definition">> & { readonly definition?: Partial<Service> };

/** A container of a program; fields that a test does not care for have sensible values. */
export function specOf(world: RuntimeWorld, app: string, program: ProgramName, fields: SpecFields = {}): ContainerSpec {
  return {
    app,
    service: program,
    number: 1,
    name: `${app}-${program}-1`,
    fingerprint: "v1:sha256:1",
    release: "r1",
    networks: {},
    volumes: {},
    owners: {},
    files: [],
    ...fields,
    definition: {
      image: world.image,
      entrypoint: null,
      ...structuredClone(programs[program].definition),
      ...fields.definition,
    },
  };
}

/** Creates and starts a program. */
export async function startProgram(
  world: RuntimeWorld,
  app: string,
  program: ProgramName,
  fields: SpecFields = {},
): Promise<string> {
  const id = await world.runtime.createContainer(specOf(world, app, program, fields), call);
  await world.runtime.startContainer(id, call);
  return id;
}

export async function onlyContainer(world: RuntimeWorld, app: string): Promise<ObservedContainer> {
  const { containers } = await world.runtime.observe(app, [], call);
  if (containers.length !== 1) throw new Error(`${containers.length} containers where one was expected`);
  return containers[0]!;
}

/** Observes until the app's only container is as wanted. */
export async function untilContainer(
  world: RuntimeWorld,
  app: string,
  wanted: (container: ObservedContainer) => boolean,
): Promise<ObservedContainer> {
  return await waitUntil(
    async () => {
      const container = await onlyContainer(world, app);
      if (wanted(container)) return { done: true, value: container };
      return { done: false, reason: `${container.state}, ${container.health}` };
    },
    { clock: systemClock, signal, deadlineMs: 15_000, intervalMs: 20, what: app, progress: silentProgress },
  );
}

/** Takes away everything of an app. */
export async function removeApp({ runtime }: RuntimeWorld, app: string): Promise<void> {
  const { containers, networks, volumes, anonymousVolumes } = await runtime.observe(app, [], call);
  for (const { id } of containers) await runtime.removeContainer(id, call);
  for (const { name } of networks) await runtime.removeNetwork(name, call);
  for (const { name } of [...volumes, ...anonymousVolumes]) await runtime.removeVolume(name, call);
}

/** The kind of the `RuntimeError` that a promise rejects with; its message where the kind says too little. */
export async function kindOf(promise: Promise<unknown>): Promise<string> {
  const error = await promise.then(
    () => new Error("nothing was thrown"),
    (reason: unknown) => reason,
  );
  return error instanceof RuntimeError ? error.kind : String(error);
}

/** Collects events from now on; `until` waits for the first one that is wanted. */
export async function watchEvents({ runtime }: RuntimeWorld): Promise<{
  readonly seen: readonly RuntimeEvent[];
  until(wanted: (event: RuntimeEvent) => boolean): Promise<RuntimeEvent>;
  stop(): Promise<void>;
}> {
  const watching = new AbortController();
  const seen: RuntimeEvent[] = [];
  let wake: () => void = () => undefined;
  const ended = (async () => {
    for await (const event of runtime.watch(watching.signal)) {
      seen.push(event);
      wake();
    }
  })();
  const until = async (wanted: (event: RuntimeEvent) => boolean): Promise<RuntimeEvent> => {
    const limit = AbortSignal.timeout(15_000);
    for (;;) {
      limit.throwIfAborted();
      const found = seen.find(wanted);
      if (found !== undefined) return found;
      await new Promise<void>((resolve) => {
        wake = resolve;
        limit.addEventListener("abort", wake, { once: true });
      });
    }
  };
  await until((event) => event.kind === "listening");
  return {
    seen,
    until,
    stop: async () => {
      watching.abort();
      await ended;
    },
  };
}

/** Standard output of a command in a container. */
export async function inside(
  { runtime }: Pick<RuntimeWorld, "runtime">,
  id: string,
  script: string,
  fields: object = {},
): Promise<string> {
  const request = { service: "x", command: ["sh", "-c", script], tty: false, env: {}, ...fields };
  const session = await runtime.exec(id, request, signal);
  session.stdin.end();
  const [output, errors, exitCode] = await Promise.all([text(session.stdout), text(session.stderr), session.exited]);
  if (exitCode !== 0) throw new Error(`exit code ${exitCode}: ${errors}`);
  return output.trim();
}
