import type { ObservedApp, ObservedContainer } from "../../modules/plan/types.ts";
import type { AppStatus, ContainerStatus, ServiceStatus } from "../../modules/protocol/app.ts";
import type { Model, Service } from "../../modules/stackfile/model.ts";
import { replicasOf } from "../../modules/stackfile/replicas.ts";

interface Intent {
  readonly release: string | undefined;
  readonly model: Model | undefined;
  /** Whether a job is at work to make it so. */
  readonly isChanging: boolean;
}

/** What an app is, from what is observed now, and what it is meant to be. Pure. */
export function appStatus(name: string, observed: ObservedApp, intent: Intent): AppStatus {
  const wanted = intent.model?.services ?? {};
  const services = [...new Set([...Object.keys(wanted), ...observed.containers.map(({ service }) => service)])].sort();
  return {
    name,
    ...(intent.release === undefined ? {} : { release: intent.release }),
    services: Object.fromEntries(
      services.map((service) => {
        const containers = observed.containers.filter((container) => container.service === service);
        const status = serviceStatus(containers, wanted[service]);
        return [service, intent.isChanging ? { ...status, state: onTheWay(status.state) } : status];
      }),
    ),
    networks: observed.networks.map((network) => network.name).sort(),
    volumes: observed.volumes.map((volume) => volume.name).sort(),
  };
}

/** What is not there while an app is changed is being replaced, or comes. */
function onTheWay(state: State): State {
  return state === "stopped" || state === "absent" ? "starting" : state;
}

function serviceStatus(containers: readonly ObservedContainer[], wanted: Service | undefined): ServiceStatus {
  const ordered = [...containers].sort((one, other) => one.number - other.number);
  const last = ordered.at(-1);
  return {
    state: serviceState(ordered, wanted),
    ...(last === undefined ? {} : { imageDigest: last.imageDigest, fingerprint: last.fingerprint }),
    ports: ordered.flatMap(({ ports }) => ports),
    containers: ordered.map(containerStatus),
  };
}

type State = ServiceStatus["state"];

/** Worst first: a service is as well as its worst container. */
const ranking: readonly State[] = ["unhealthy", "stopped", "absent", "starting", "running", "completed"];

function serviceState(containers: readonly ObservedContainer[], wanted: Service | undefined): State {
  const count = wanted === undefined ? containers.length : replicasOf(wanted);
  if (containers.length === 0) return count === 0 ? "completed" : "absent";
  const states = containers.map(containerState);
  if (containers.length < count) states.push("stopped");
  return ranking.find((state) => states.includes(state)) ?? "running";
}

function containerState({ state, health, exitCode }: ObservedContainer): State {
  switch (state) {
    case "running":
      if (health === "unhealthy") return "unhealthy";
      return health === "starting" ? "starting" : "running";
    case "restarting":
      return "unhealthy";
    case "exited":
      return exitCode === 0 ? "completed" : "stopped";
    case "created":
    case "paused":
    case "dead":
    case "removing":
      return "stopped";
  }
}

function containerStatus(container: ObservedContainer): ContainerStatus {
  const { id, name, image, imageDigest, state, health, exitCode, startedAt, ports } = container;
  return {
    id,
    name,
    image,
    imageDigest,
    state,
    health,
    ...(exitCode === undefined ? {} : { exitCode }),
    ...(startedAt === undefined ? {} : { startedAt }),
    ports,
  };
}
