import type { Driver, DriverCall } from "../../../hypervisors/driver.ts";
import type { HostConnection } from "../../../protocol/host.ts";
import { fingerprintOf, publicKeyOf } from "../../../ssh/keys.ts";
import type { VmIdentities } from "../../ports.ts";
import { inputsOf, outputsOf } from "./state.ts";

/** What leads from a host to the local VM that it is. */
export interface VmHosts {
  readonly driver: Driver;
  readonly identities: VmIdentities;
}

export type VmHost =
  | { readonly state: "absent"; readonly vmId: string; readonly connection?: undefined }
  | {
      readonly state: "running" | "stopped";
      readonly vmId: string;
      readonly connection: HostConnection | undefined;
    };

/** The local VM that a host is: by its id where that is known, else by its host key. Undefined: it is none. */
export async function findVmHost(
  ports: VmHosts,
  host: { readonly hostId: string; readonly vmId: string | undefined },
  call: DriverCall,
): Promise<VmHost | undefined> {
  if (host.vmId !== undefined) return vmHost(ports, host.vmId, call);
  for (const vmId of await ports.driver.list(call)) {
    const identity = await ports.identities.read(vmId);
    if (identity === undefined || fingerprintOf(publicKeyOf(identity.hostPrivateKey)) !== host.hostId) continue;
    return vmHost(ports, vmId, call);
  }
  return undefined;
}

async function vmHost(ports: VmHosts, vmId: string, call: DriverCall): Promise<VmHost> {
  const found = await ports.driver.inspect(vmId, call);
  if (found.state === "absent") return { state: "absent", vmId };
  const identity = await ports.identities.read(vmId);
  const outputs = identity && outputsOf(inputsOf(found.spec, identity), identity, found);
  return { state: found.state === "running" ? "running" : "stopped", vmId, connection: outputs?.connection };
}
