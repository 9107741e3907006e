import { parseExposed } from "../../../modules/stackfile/forms/ports.ts";
import type { Service } from "../../../modules/stackfile/model.ts";
import type { ContainerBody, HostConfigBody } from "./body.ts";

/** Published ports; where several host ports lead to one of the container, they are one entry of the API. */
export function portBindings({ ports = [] }: Service): HostConfigBody["PortBindings"] {
  if (ports.length === 0) return undefined;
  const bindings: Record<string, { HostIp: string; HostPort: string }[]> = {};
  for (const { target, protocol, published = "", host_ip: hostIp = "" } of ports) {
    (bindings[`${target}/${protocol}`] ??= []).push({ HostIp: hostIp, HostPort: published });
  }
  return bindings;
}

/** What the container listens on: `expose`, ranges written out, and every published port. */
export function exposedPorts({ ports = [], expose = [] }: Service): ContainerBody["ExposedPorts"] {
  const names = new Set<string>();
  for (const item of expose) {
    const range = parseExposed(item);
    if (range === undefined) continue;
    const { start, end, protocol } = range;
    for (let port = start; port <= end; port += 1) names.add(`${port}/${protocol}`);
  }
  for (const { target, protocol } of ports) names.add(`${target}/${protocol}`);
  return names.size === 0 ? undefined : Object.fromEntries(Array.from(names, (name) => [name, {}]));
}
