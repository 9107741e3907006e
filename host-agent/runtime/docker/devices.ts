import type { DeviceRequest, Service } from "../../../modules/stackfile/model.ts";
import { defined, type DeviceRequestBody, type HostConfigBody } from "./body.ts";

type Device = NonNullable<Service["devices"]>[number];

/** Devices of the host by their paths. */
export function devices({ devices: wanted }: Service): HostConfigBody["Devices"] {
  return wanted
    ?.filter((device) => !isNamed(device))
    .map(({ source, target, permissions }) => ({
      PathOnHost: source,
      PathInContainer: target,
      CgroupPermissions: permissions ?? "rwm",
    }));
}

/**
 * Devices that a driver of the engine hands out: those of `deploy.resources.reservations`, those with a name of the Container Device
 * Interface, and `gpus`, which means devices that can do `gpu`. An engine without such a driver refuses the container and says so.
 */
export function deviceRequests({ devices: wanted = [], gpus = [], deploy }: Service): HostConfigBody["DeviceRequests"] {
  const reserved = deploy?.resources?.reservations?.devices ?? [];
  const names = wanted.filter(isNamed).map(({ source }) => source);
  const requests = [
    ...reserved.map((device) => deviceRequest(device, device.capabilities ?? [])),
    ...(names.length === 0 ? [] : [{ Driver: "cdi", DeviceIDs: names }]),
    ...gpus.map((device) => deviceRequest(device, [...new Set([...(device.capabilities ?? []), "gpu"])])),
  ];
  return requests.length === 0 ? undefined : requests;
}

/**
 * `vendor.com/class=name` is no path, and has no other one in the container.
 * Source: https://github.com/cncf-tags/container-device-interface/blob/main/SPEC.md
 */
function isNamed({ source, target }: Device): boolean {
  return source === target && /^[a-z][\w.-]*[a-z0-9]\/[a-z][\w-]*[a-z0-9]=[a-z0-9](?:[\w.:-]*[a-z0-9])?$/i.test(source);
}

function deviceRequest(device: DeviceRequest, capabilities: readonly string[]): DeviceRequestBody {
  return defined<DeviceRequestBody>({
    Driver: device.driver,
    Count: device.count,
    DeviceIDs: device.device_ids,
    Capabilities: [capabilities],
    Options: device.options,
  });
}
