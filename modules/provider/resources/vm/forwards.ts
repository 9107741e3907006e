import { vmName, type BoundForward, type Driver, type Forward } from "../../../hypervisors/driver.ts";
import { definedForwards } from "../../../hypervisors/forwards.ts";
import type { Call, CheckFailure } from "../../kit/resource.ts";
import { hasUnknown, isList, isProperties, unknownValue, type Properties, type Value } from "../../kit/values.ts";
import type { VmIdentities } from "../../ports.ts";
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

interface ForwardPorts {
  readonly driver: Pick<Driver, "whoHasPort" | "list" | "inspect" | "problemWithAddress">;
  readonly identities: Pick<VmIdentities, "read">;
}

/** Addresses that this workstation does not have, and ports that somebody else has on it: said in the preview, before anything is made. */
export async function impossibleForwards(
  ports: ForwardPorts,
  { vmId, forwards }: Properties,
  call: Call,
): Promise<readonly CheckFailure[]> {
  const wanted = vmInputsSchema.shape.forwards.safeParse(forwards);
  if (typeof vmId !== "string" || hasUnknown(forwards) || !wanted.success) return [];
  const elsewhere = await addressesElsewhere(ports, vmId, wanted.data ?? [], call);
  if (elsewhere.length > 0) return elsewhere;
  const fixed = (wanted.data ?? []).filter(({ hostPort }) => hostPort !== 0);
  if (fixed.length === 0) return [];
  const own = [vmId, ...(await idsOf(call.urn, ports, call))].map((id) => ({ vmId: id, owner: definedForwards }));
  const failures: CheckFailure[] = [];
  for (const { guestPort, ...port } of fixed) {
    const who = await ports.driver.whoHasPort(port, own, call);
    if (who === undefined) continue;
    const what = `port ${port.hostPort}/${port.protocol} of this workstation is taken, and is to lead to port ${guestPort} of the VM`;
    failures.push({ property: "forwards", reason: `${what}: ${who} → free the port, or give another hostPort` });
  }
  return failures;
}

/** Addresses that this workstation does not have. One that a VM which runs has open it keeps, also where the workstation has lost it. */
async function addressesElsewhere(
  { driver }: ForwardPorts,
  vmId: string,
  forwards: readonly Forward[],
  call: Call,
): Promise<readonly CheckFailure[]> {
  const failures: CheckFailure[] = [];
  for (const hostAddress of new Set(forwards.map((forward) => forward.hostAddress))) {
    const problem = await driver.problemWithAddress(hostAddress);
    if (problem === undefined || (await hasOpen(driver, vmId, hostAddress, call))) continue;
    failures.push({ property: "forwards", reason: `hostAddress: ${problem.reason} → ${problem.hint}` });
  }
  return failures;
}

async function hasOpen(
  driver: ForwardPorts["driver"],
  vmId: string,
  hostAddress: string,
  call: Call,
): Promise<boolean> {
  if (!vmName.test(vmId)) return false;
  const found = await driver.inspect(vmId, call);
  const isIt = (forward: BoundForward): boolean =>
    forward.owner === definedForwards && forward.hostAddress === hostAddress;
  return found.state === "running" && found.forwards.some(isIt);
}

/** VMs of a resource: where it is to be replaced, the one that goes before the next is made. */
async function idsOf(urn: string, { driver, identities }: ForwardPorts, call: Call): Promise<readonly string[]> {
  const ids = await driver.list(call);
  // A record that is damaged says nothing of this one.
  const known = await Promise.all(ids.map((id) => identities.read(id).catch(() => undefined)));
  return ids.filter((_id, index) => known[index]?.owner === urn);
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
