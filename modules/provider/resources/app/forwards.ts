import { isStackhouseError } from "../../../base/errors.ts";
import type { BoundForward, Driver, DriverCall, Forward } from "../../../hypervisors/driver.ts";
import type { AppStatus } from "../../../protocol/app.ts";
import type { Model, Port } from "../../../stackfile/model.ts";
import { own } from "../../../stackfile/own.ts";
import type { AppOutputs } from "../schema.ts";

/** Where the workstation listens for what an app on a local VM publishes. */
export const workstationAddress = "127.0.0.1";

type KnownServices = AppOutputs["services"];

interface WantedForward extends Forward {
  /** The stack file names the workstation's port; else any will do. */
  readonly fixed: boolean;
}

/** A port that the stack file fixes on the host; a range or none leaves the choice to the engine. */
export function fixedPort({ published }: Port): number | undefined {
  return published !== undefined && /^\d+$/.test(published) && published !== "0" ? Number(published) : undefined;
}

/**
 * The forwards that an app on a local VM needs, as it runs now. A port that the stack file leaves open keeps the number that
 * people know from before.
 */
export function wantedForwards(model: Model, status: AppStatus, before: KnownServices): readonly WantedForward[] {
  const wanted = new Map<string, WantedForward>();
  for (const [name, service] of Object.entries(status.services)) {
    const fixed = (own(model.services, name)?.ports ?? []).filter((one) => fixedPort(one) !== undefined);
    const isFixed = (one: TargetPort, hostPort: number): boolean =>
      fixed.some((declared) => samePort(declared, one) && fixedPort(declared) === hostPort);
    const known = (own(before, name)?.ports ?? []).filter((one) => !isFixed(one, one.port));
    for (const port of service.ports) {
      const key = `${port.published}/${port.protocol}`;
      if (wanted.has(key)) continue;
      const same = { guestPort: port.published, protocol: port.protocol, hostAddress: workstationAddress };
      if (isFixed(port, port.published)) {
        wanted.set(key, { ...same, hostPort: port.published, fixed: true });
        continue;
      }
      const index = known.findIndex((one) => samePort(one, port));
      const [kept] = index < 0 ? [] : known.splice(index, 1);
      wanted.set(key, { ...same, hostPort: kept?.port ?? 0, fixed: false });
    }
  }
  return [...wanted.values()];
}

/** True when the forwards that an app has are not those that it needs. */
export function forwardsDiffer(wanted: readonly WantedForward[], bound: readonly BoundForward[]): boolean {
  const key = ({ guestPort, protocol }: Forward): string => `${guestPort}/${protocol}`;
  const have = new Set(bound.map(key));
  return wanted.length !== bound.length || wanted.some((forward) => !have.has(key(forward)));
}

/** Makes an app's forwards these. A port that was only kept, and that somebody else has taken meanwhile, is chosen anew. */
export async function bindForwards(
  driver: Driver,
  at: { readonly vmId: string; readonly owner: string },
  wanted: readonly WantedForward[],
  call: DriverCall,
): Promise<readonly BoundForward[]> {
  const asForward = ({ guestPort, protocol, hostAddress, hostPort }: Forward): Forward => ({
    guestPort,
    protocol,
    hostAddress,
    hostPort,
  });
  try {
    return await driver.forward(at.vmId, at.owner, wanted.map(asForward), call);
  } catch (error) {
    if (!isStackhouseError(error, "vm.port-taken") || wanted.every(({ fixed }) => fixed)) throw error;
    const anew = wanted.map((forward) => asForward(forward.fixed ? forward : { ...forward, hostPort: 0 }));
    return driver.forward(at.vmId, at.owner, anew, call);
  }
}

interface TargetPort {
  readonly target: number;
  readonly protocol: "tcp" | "udp";
}

function samePort(a: TargetPort, b: TargetPort): boolean {
  return a.target === b.target && a.protocol === b.protocol;
}
