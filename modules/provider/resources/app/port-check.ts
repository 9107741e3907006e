import type { Driver, ForwardOwner } from "../../../hypervisors/driver.ts";
import type { Model } from "../../../stackfile/model.ts";
import type { Call, CheckFailure } from "../../kit/resource.ts";
import type { AppInputs } from "../schema.ts";
import { fixedPort, workstationAddress } from "./forwards.ts";

/** Whose forwards count as the app's own, as its inputs tell: what it has now, and what it had before. */
export function ownersOf(...inputs: readonly Partial<Pick<AppInputs, "exposure" | "name">>[]): readonly ForwardOwner[] {
  return inputs.flatMap(({ exposure, name }) =>
    exposure?.via === "local-vm" && name !== undefined ? [{ vmId: exposure.vmId, owner: name }] : [],
  );
}

/** Fixed ports of the stack file that somebody else has on this workstation: said in the preview, before anything is made. */
export async function takenPorts(
  driver: Pick<Driver, "whoHasPort">,
  model: Model,
  own: readonly ForwardOwner[],
  call: Call,
): Promise<readonly CheckFailure[]> {
  const failures: CheckFailure[] = [];
  for (const [service, { ports = [] }] of Object.entries(model.services)) {
    for (const port of ports) {
      const hostPort = fixedPort(port);
      if (hostPort === undefined) continue;
      const { protocol } = port;
      const who = await driver.whoHasPort({ hostAddress: workstationAddress, hostPort, protocol }, own, call);
      if (who === undefined) continue;
      failures.push({
        property: "files",
        reason:
          `port ${hostPort}/${protocol} of this workstation is taken, and service ${service} publishes it: ${who}` +
          ` → free the port, or publish another one: ports: ["OTHER:TARGET"]`,
      });
    }
  }
  return failures;
}
