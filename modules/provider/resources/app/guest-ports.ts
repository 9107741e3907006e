import type { Model, Port, Service } from "../../../stackfile/model.ts";

/**
 * The model as a local VM runs it: what is published on the loopback address listens on all of the guest's. Nothing reaches a
 * guest but the forwards of its workstation, and these listen on the workstation's loopback address, as the stack file asks.
 */
export function withGuestPorts(model: Model): Model {
  const services = Object.entries(model.services).map(([name, service]) => [name, opened(service)] as const);
  return { ...model, services: Object.fromEntries(services) };
}

function opened(service: Service): Service {
  const { ports } = service;
  if (!ports?.some(isLoopback)) return service;
  const all = ports.map((port): Port => {
    const { host_ip: _loopback, ...anywhere } = port;
    return isLoopback(port) ? anywhere : port;
  });
  // Both loopback addresses may have been listed.
  return { ...service, ports: [...new Map(all.map((port) => [JSON.stringify(port), port])).values()] };
}

function isLoopback({ host_ip: address = "" }: Port): boolean {
  return address.startsWith("127.") || address === "::1";
}
