import type { Driver, Forward } from "../../../hypervisors/driver.ts";
import { definedForwards } from "../../../hypervisors/forwards.ts";
import type { Call, CheckFailure } from "../../kit/resource.ts";
import { hasUnknown, isList, isProperties, unknownValue, type Properties, type Value } from "../../kit/values.ts";
import { vmInputsSchema } from "../schema.ts";

const defaults = { protocol: "tcp", hostAddress: "127.0.0.1", hostPort: 0 } as const;

/** Forwards with all that they say, in one order, whatever the program's was; none as one that says so not at all. */
export function withWholeForwards({ forwards, ...others }: Properties): Properties {
  if (forwards === undefined || forwards === null || (isList(forwards) && forwards.length === 0)) return others;
  if (!isList(forwards)) return { ...others, forwards };
  const whole = forwards.map((forward) => (isProperties(forward) ? { ...defaults, ...given(forward) } : forward));
  if (hasUnknown(whole)) return { ...others, forwards: whole };
  return { ...others, forwards: whole.toSorted((one, other) => (orderOf(one) < orderOf(other) ? -1 : 1)) };
}

function given(forward: Properties): Properties {
  return Object.fromEntries(Object.entries(forward).filter(([, value]) => value !== undefined && value !== null));
}

function orderOf(forward: Value): string {
  const { guestPort, protocol, hostAddress, hostPort } = isProperties(forward) ? forward : {};
  // As texts, numbers of as many digits are in the order of numbers.
  const first = typeof guestPort === "number" ? `${guestPort}`.padStart(5, "0") : "";
  return JSON.stringify([first, protocol, hostAddress, hostPort]);
}

/** Ports that somebody else has on this workstation: said in the preview, before anything is made. */
export async function takenForwards(
  driver: Pick<Driver, "whoHasPort">,
  { vmId, forwards }: Properties,
  call: Call,
): Promise<readonly CheckFailure[]> {
  const wanted = vmInputsSchema.shape.forwards.safeParse(forwards);
  if (typeof vmId !== "string" || hasUnknown(forwards) || !wanted.success) return [];
  const failures: CheckFailure[] = [];
  for (const { guestPort, ...port } of wanted.data ?? []) {
    const own = [{ vmId, owner: definedForwards }];
    const who = port.hostPort === 0 ? undefined : await driver.whoHasPort(port, own, call);
    if (who === undefined) continue;
    const what = `port ${port.hostPort}/${port.protocol} of this workstation is taken, and is to lead to port ${guestPort} of the VM`;
    failures.push({ property: "forwards", reason: `${what}: ${who} → free the port, or give another hostPort` });
  }
  return failures;
}

/** Forwards as a preview knows them: a port that is left open is the one that it was, where there is one. */
export function previewForwards(forwards: Value | undefined, before: readonly Forward[] = []): Value | undefined {
  if (!isList(forwards)) return forwards;
  return forwards.map((forward) => {
    if (!isProperties(forward) || forward["hostPort"] !== 0) return forward;
    const isIt = ({ guestPort, protocol, hostAddress }: Forward): boolean =>
      guestPort === forward["guestPort"] && protocol === forward["protocol"] && hostAddress === forward["hostAddress"];
    return { ...forward, hostPort: before.find(isIt)?.hostPort ?? unknownValue };
  });
}
