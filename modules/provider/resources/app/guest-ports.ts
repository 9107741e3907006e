import type { Model, Port, Service } from "../../../stackfile/model.ts";
import { isLoopback } from "../../../system/addresses.ts";

/**
 * The model as a local VM runs it: what is published on the loopback address listens on all of the guest's. Nothing reaches a
 * guest but the forwards of its workstation, and these listen on the workstation's loopback address, as the stack file asks.
 */
export function withGuestPorts(model: Model): Model {
  const services = Object.entries(model.services).map(([name, service]) => [name, opened(service)] as const);
  return { ...model, services: Object.fromEntries(services) };
}

function opened(service: Service): Service {
  if (service.ports === undefined) return service;
  // Both loopback addresses may be listed.
  const ports = new Map(service.ports.map(anywhere).map((port) => [JSON.stringify(port), port]));
  return { ...service, ports: [...ports.values()] };
}

function anywhere(declared: Port): Port {
  const { host_ip: address, ...port } = declared;
  return address === undefined || isLoopback(address) ? port : declared;
}
