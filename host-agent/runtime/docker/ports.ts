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
  const names = [
    ...expose.flatMap((entry) => {
      const [range = "", protocol = "tcp"] = entry.split("/");
      const [first = "", last = first] = range.split("-");
      const count = Number(last) - Number(first) + 1;
      return Array.from({ length: count }, (_, index) => `${Number(first) + index}/${protocol}`);
    }),
    ...ports.map(({ target, protocol }) => `${target}/${protocol}`),
  ];
  return names.length === 0 ? undefined : Object.fromEntries(names.map((name) => [name, {}]));
}
