import type { BoundForward, Driver } from "../../../hypervisors/driver.ts";
import type { Model } from "../../../stackfile/model.ts";
import type { Call, CheckFailure } from "../../kit/resource.ts";
import type { PortProbe } from "../../ports.ts";
import type { AppInputs } from "../schema.ts";
import { fixedPort, workstationAddress } from "./forwards.ts";

/** Whose forwards of which VM count as the app's own. */
export interface PortHolder {
  readonly vmId: string;
  readonly owner: string;
}

export interface PortPorts {
  readonly driver: Driver;
  readonly probePort: PortProbe;
}

/** The holders as an app's inputs tell them: what it has now, and what it had before. */
export function holdersOf(...inputs: readonly Partial<Pick<AppInputs, "exposure" | "name">>[]): readonly PortHolder[] {
  return inputs.flatMap(({ exposure, name }) =>
    exposure?.via === "local-vm" && name !== undefined ? [{ vmId: exposure.vmId, owner: name }] : [],
  );
}

/** Fixed ports of the stack file that somebody else has on this workstation: said in the preview, before anything is made. */
export async function takenPorts(
  ports: PortPorts,
  model: Model,
  holders: readonly PortHolder[],
  call: Call,
): Promise<readonly CheckFailure[]> {
  const fixed = Object.entries(model.services).flatMap(([service, { ports: declared = [] }]) =>
    declared.flatMap((port) => {
      const number = fixedPort(port);
      return number === undefined ? [] : [{ service, number, protocol: port.protocol }];
    }),
  );
  if (fixed.length === 0) return [];
  const own = await ownForwards(ports.driver, holders, call);
  const failures: CheckFailure[] = [];
  for (const { service, number, protocol } of fixed) {
    if (own.some((forward) => forward.hostPort === number && forward.protocol === protocol)) continue;
    if (await ports.probePort({ address: workstationAddress, port: number, protocol })) continue;
    failures.push({
      property: "files",
      reason:
        `port ${number}/${protocol} of this workstation is taken, and service ${service} publishes it` +
        ` → free the port, or publish another one: ports: ["OTHER:TARGET"]`,
    });
  }
  return failures;
}

async function ownForwards(
  driver: Driver,
  holders: readonly PortHolder[],
  call: Call,
): Promise<readonly BoundForward[]> {
  const found: BoundForward[] = [];
  for (const { vmId, owner } of holders) {
    const vm = await driver.inspect(vmId, call);
    if (vm.state === "running") found.push(...vm.forwards.filter((forward) => forward.owner === owner));
  }
  return found;
}
