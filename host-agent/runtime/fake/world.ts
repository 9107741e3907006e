import type { ContainerState, HealthState, PublishedPort } from "../../../modules/protocol/app.ts";
import type { ObservedApp, ObservedContainer } from "../../../modules/plan/types.ts";
import type { LogLine } from "../../../modules/protocol/api.ts";
import type { ContainerDetail, ContainerSpec, RegistryCredentials, RuntimeEvent } from "../port.ts";
import type { Behaviour } from "./behaviour.ts";

/** An image of the fake registry. */
export interface RegistryImage {
  readonly digest: string;
  /** Absent: anyone may pull it. */
  readonly credentials?: RegistryCredentials;
  /** The connection is cut while it is pulled. */
  readonly cut?: boolean;
}

export interface FakeContainer {
  readonly id: string;
  readonly name: string;
  /** Absent: not ours. */
  readonly spec: ContainerSpec | undefined;
  readonly imageDigest: string;
  readonly behaviour: Behaviour;
  readonly log: Omit<LogLine, "service" | "container">[];
  state: ContainerState;
  health: HealthState;
  exitCode: number | undefined;
  error: string | undefined;
  startedAt: string | undefined;
  ports: readonly PublishedPort[];
  probes: ContainerDetail["probes"];
  /** Ends what the running container does by itself. */
  life: AbortController;
}

/** A network or a volume. `app` is absent where it is not ours. */
export interface FakeObject {
  readonly name: string;
  readonly app: string | undefined;
  readonly key: string;
  readonly fingerprint: string;
}

/** What the fake engine holds. Tests may look at it and change it, as a person at the host would. */
export interface FakeWorld {
  readonly registry: Map<string, RegistryImage>;
  /** Digest by reference. */
  readonly images: Map<string, string>;
  readonly networks: Map<string, FakeObject>;
  readonly volumes: Map<string, FakeObject>;
  /** By name, with the app of each. */
  readonly anonymousVolumes: Map<string, ObservedApp["anonymousVolumes"][number] & { readonly app: string }>;
  /** By id. */
  readonly containers: Map<string, FakeContainer>;
  /** Every operation so far, in order: `createContainer shop-web-1`. */
  readonly calls: string[];
  /** Called after every change of a container. */
  readonly listeners: Set<(event: RuntimeEvent) => void>;
  /** Ids and random ports are counted, so that a run is the same each time. */
  counter: number;
  /** Lines that containers have written so far. */
  lines: number;
}

export function createWorld(): FakeWorld {
  return {
    registry: new Map(),
    images: new Map(),
    networks: new Map(),
    volumes: new Map(),
    anonymousVolumes: new Map(),
    containers: new Map(),
    calls: [],
    listeners: new Set(),
    counter: 0,
    lines: 0,
  };
}

export function containerNamed(world: FakeWorld, name: string): FakeContainer | undefined {
  return [...world.containers.values()].find((container) => container.name === name);
}

export function observed(container: FakeContainer, spec: ContainerSpec): ObservedContainer {
  return {
    id: container.id,
    name: container.name,
    service: spec.service,
    number: spec.number,
    fingerprint: spec.fingerprint,
    image: spec.definition.image ?? "",
    imageDigest: container.imageDigest,
    state: container.state,
    health: container.health,
    ports: [...container.ports],
    ...(container.exitCode === undefined ? {} : { exitCode: container.exitCode }),
    ...(container.startedAt === undefined ? {} : { startedAt: container.startedAt }),
  };
}

export function announce(
  world: FakeWorld,
  container: FakeContainer,
  kind: "started" | "died" | "health" | "removed",
): void {
  if (container.spec === undefined) return;
  const { app, service } = container.spec;
  for (const listener of [...world.listeners]) listener({ kind, app, service, containerId: container.id });
}
