import type { DeviceRequest, Service } from "../../../modules/stackfile/model.ts";
import { defined, type DeviceRequestBody, type HostConfigBody } from "./body.ts";

/**
 * Devices that a driver of the engine hands out: those of `deploy.resources.reservations`, and `gpus`, which means devices that can
 * do `gpu`. An engine without such a driver refuses the container and says so.
 */
export function deviceRequests({ gpus = [], deploy }: Service): HostConfigBody["DeviceRequests"] {
  const reserved = deploy?.resources?.reservations?.devices ?? [];
  const requests = [
    ...reserved.map((device) => deviceRequest(device, device.capabilities ?? [])),
    ...gpus.map((device) => deviceRequest(device, [...new Set([...(device.capabilities ?? []), "gpu"])])),
  ];
  return requests.length === 0 ? undefined : requests;
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
