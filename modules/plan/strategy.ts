import type { Mount, Service } from "../stackfile/model.ts";

/** How the containers of a service are replaced. */
export interface Strategy {
  readonly order: "start-first" | "stop-first";
  /** Why, as it is shown beside the replacement. */
  readonly reason: string;
}

/**
 * Start-first is the default: the new container is healthy before the old one stops. Where two cannot run at once, or must not
 * write to one volume, the old one stops first. `deploy.update_config.order` decides about volumes with a name; it cannot make
 * two containers share a name, a port, an address or an anonymous volume, which is that of one container and its successors.
 *
 * @param anonymousTargets where containers of the service have anonymous volumes now: those that an image declares are not in
 *   the stack file.
 */
export function strategyOf(service: Service, anonymousTargets: readonly string[]): Strategy {
  const order = service.deploy?.update_config?.order;
  const obstacle = obstacleOf(service, anonymousTargets);
  if (obstacle !== undefined) return { order: "stop-first", reason: obstacle };
  if (order === "stop-first") return { order, reason: "update_config.order says so" };
  if (order === "start-first") return { order, reason: "update_config.order says so" };
  const shared = service.volumes_from?.find((source) => !source.endsWith(":ro"));
  if (shared !== undefined)
    return { order: "stop-first", reason: `the volumes of ${shared} are writable and may not have two writers` };
  const mount = service.volumes?.find(isWritable);
  if (mount !== undefined)
    return { order: "stop-first", reason: `${mount.target} is writable and may not have two writers` };
  return { order: "start-first", reason: "two can run at once" };
}

/** What forbids two containers of a service at the same time. */
function obstacleOf(service: Service, anonymousTargets: readonly string[]): string | undefined {
  if (service.container_name !== undefined) return `container_name ${service.container_name} is taken until then`;
  const port = service.ports?.find(({ published }) => published !== undefined && isFixed(published));
  if (port !== undefined) return `host port ${port.published ?? ""} is taken until then`;
  const mode = service.network_mode;
  if (mode !== undefined && mode !== "none" && mode !== "bridge") return `network_mode ${mode} cannot be shared`;
  const addresses = Object.values(service.networks ?? {}).flatMap((attachment) => [
    ...(attachment?.ipv4_address === undefined ? [] : [attachment.ipv4_address]),
    ...(attachment?.ipv6_address === undefined ? [] : [attachment.ipv6_address]),
    ...(attachment?.mac_address === undefined ? [] : [attachment.mac_address]),
  ]);
  const [taken = service.mac_address] = addresses;
  if (taken !== undefined) return `address ${taken} is taken until then`;
  const own = service.volumes?.find(({ type, source }) => type === "volume" && source === undefined);
  const [target = own?.target] = anonymousTargets;
  return target === undefined ? undefined : `the anonymous volume ${target} has one container at a time`;
}

/** One port. Of a range the engine takes a free one, so that two containers can have one each. */
function isFixed(published: string): boolean {
  return /^\d+$/.test(published) && published !== "0";
}

function isWritable(mount: Mount): boolean {
  return mount.read_only !== true && mount.type !== "tmpfs";
}
