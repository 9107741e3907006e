import type { ObservedContainer } from "../../../modules/plan/types.ts";
import { labels } from "../../../modules/protocol/api.ts";
import { containerStateSchema, type HealthState, type PublishedPort } from "../../../modules/protocol/app.ts";
import type { InspectedContainer, ListedContainer } from "./answers.ts";

/** A container of a list call. When it started is known to `inspect` alone. */
export function fromList(listed: ListedContainer): ObservedContainer {
  const { health, exitCode } = readStatus(listed.Status);
  // Links of other containers add names with a second slash.
  const name = listed.Names.map((entry) => entry.slice(1)).find((entry) => !entry.includes("/")) ?? listed.Id;
  return {
    id: listed.Id,
    name,
    ...identity(listed.Labels),
    image: listed.Image,
    imageDigest: listed.ImageID,
    state: containerStateSchema.parse(listed.State),
    health,
    ...(exitCode === undefined ? {} : { exitCode }),
    ports: sortPorts(
      (listed.Ports ?? []).flatMap(({ IP: hostIp, PublicPort: published, PrivatePort: target, Type: type }) =>
        published === undefined ? [] : publishedPort({ hostIp, published, target, type }),
      ),
    ),
  };
}

export function fromInspect(inspected: InspectedContainer): ObservedContainer {
  const { State: state, Config: config } = inspected;
  const ended = state.Status === "exited" || state.Status === "dead" || state.Status === "restarting";
  return {
    id: inspected.Id,
    name: inspected.Name.slice(1),
    ...identity(config.Labels),
    image: config.Image,
    imageDigest: inspected.Image,
    state: containerStateSchema.parse(state.Status),
    health: healthOf(state.Health?.Status),
    ...(ended ? { exitCode: state.ExitCode } : {}),
    ...(state.StartedAt.startsWith("0001-") ? {} : { startedAt: state.StartedAt }),
    ports: sortPorts(
      Object.entries(inspected.NetworkSettings.Ports ?? {}).flatMap(([key, bindings]) => {
        const [target, type = "tcp"] = key.split("/");
        return (bindings ?? []).flatMap(({ HostIp: hostIp, HostPort: published }) =>
          publishedPort({ hostIp, published: Number(published), target: Number(target), type }),
        );
      }),
    ),
  };
}

/**
 * Health and exit code from the status line of a list call. Its wording is as old as health checks are.
 * Source: moby, container/state.go, `func (s *State) String()`.
 */
export function readStatus(status: string): { health: HealthState; exitCode: number | undefined } {
  const exit = /^(?:Exited|Restarting) \((-?\d+)\)/.exec(status)?.[1];
  const health = /^Up .*\((?:health: )?(starting|healthy|unhealthy)\)$/.exec(status)?.[1];
  return { health: healthOf(health), exitCode: exit === undefined ? undefined : Number(exit) };
}

function healthOf(status: string | undefined): HealthState {
  return status === "starting" || status === "healthy" || status === "unhealthy" ? status : "none";
}

function identity(found: Readonly<Record<string, string>>): { service: string; number: number; fingerprint: string } {
  return {
    service: found[labels.service] ?? "",
    number: Number(found[labels.number] ?? 0),
    fingerprint: found[labels.fingerprint] ?? "",
  };
}

function publishedPort(port: {
  hostIp: string | undefined;
  published: number;
  target: number;
  type: string;
}): PublishedPort[] {
  const { hostIp = "", published, target, type } = port;
  return type === "tcp" || type === "udp" ? [{ hostIp, published, target, protocol: type }] : [];
}

function sortPorts(ports: readonly PublishedPort[]): PublishedPort[] {
  return ports.toSorted(
    (one, other) =>
      one.target - other.target || one.published - other.published || (one.hostIp < other.hostIp ? -1 : 1),
  );
}
