import { StackhouseError } from "../base/errors.ts";
import type { HostConnection } from "../protocol/host.ts";
import { hostSystems } from "../protocol/systems.ts";
import type { HostProbe } from "./probe.ts";
import { hostArchitectures, type HostArchitecture } from "./node-binary.ts";

/** Node's binaries for Linux need this one. Source: https://github.com/nodejs/node/blob/main/BUILDING.md */
const oldestGlibc = [2, 28] as const;

/**
 * Checks that the agent can live on a host. All that is missing is told at once.
 *
 * @returns its processor
 * @param neededBytes Free space that the installation takes.
 * @throws `agent.install-failed`
 */
export function checkHost(probe: HostProbe, connection: HostConnection, neededBytes: number): HostArchitecture {
  const architecture = hostArchitectures.find((known) => known === probe.architecture);
  const faults = [
    ...(architecture !== undefined
      ? []
      : [`its processor is ${probe.architecture}; the agent runs on ${hostArchitectures.join(" and ")}`]),
    ...(probe.hasSystemd ? [] : ["it was not started by systemd, which the agent needs to stay running"]),
    ...(isNewEnough(probe.libc)
      ? []
      : [`its C library is ${probe.libc || "not glibc"}; the agent needs glibc 2.28 or newer`]),
    ...(isSupported(probe) ? [] : [`its system is ${probe.system}; these are supported: ${systems.join(", ")}`]),
    ...(probe.memoryBytes >= leastMemoryBytes
      ? []
      : [`it has ${megabytes(probe.memoryBytes)} of memory; ${megabytes(leastMemoryBytes)} are needed`]),
    ...(probe.isPrivileged ? [] : [whyNotRoot(connection)]),
    ...(probe.hasDocker
      ? []
      : ["it has no Docker Engine: there is no /var/run/docker.sock; on it: apt-get install docker.io"]),
    ...(probe.freeBytes >= neededBytes
      ? []
      : [`its disk has ${megabytes(probe.freeBytes)} free; ${megabytes(neededBytes)} are needed`]),
  ];
  if (architecture === undefined || faults.length > 0) {
    throw new StackhouseError("agent.install-failed", "the host agent cannot be installed on this host", {
      details: faults,
      hint: "nothing was changed on the host",
    });
  }
  return architecture;
}

/** As hosts name them: `Debian 12`. */
const systems = [...hostSystems].sort().map((system) => {
  const [name = "", release = ""] = system.split("-");
  return `${name.charAt(0).toUpperCase()}${name.slice(1)} ${release}`;
});

/** The agent, Docker Engine and the smallest app; less than the smallest machine of a cloud has. */
const leastMemoryBytes = 400_000_000;

function isSupported({ system }: HostProbe): boolean {
  return systems.some((name) => system === name || system.startsWith(`${name}.`));
}

function whyNotRoot({ user, sudoPassword }: HostConnection): string {
  if (sudoPassword === undefined) return `the user ${user} cannot become root: sudo -n is refused`;
  return `the user ${user} cannot become root: sudo does not take its password`;
}

function isNewEnough(libc: string): boolean {
  const [, major, minor] = /^glibc (\d+)\.(\d+)/.exec(libc) ?? [];
  if (major === undefined || minor === undefined) return false;
  const [oldMajor, oldMinor] = oldestGlibc;
  return Number(major) > oldMajor || (Number(major) === oldMajor && Number(minor) >= oldMinor);
}

function megabytes(bytes: number): string {
  return `${Math.ceil(bytes / 1e6)} MB`;
}
