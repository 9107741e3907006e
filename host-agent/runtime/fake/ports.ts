import type { PublishedPort } from "../../../modules/protocol/app.ts";
import type { Port } from "../../../modules/stackfile/model.ts";
import { RuntimeError } from "../errors.ts";

const firstRandomPort = 32_768;
const lastPort = 65_535;

/** Host ports for a container that starts, as an engine gives them out. `port-taken` where a fixed one is in use. */
export function assignPorts(wanted: readonly Port[], taken: readonly PublishedPort[]): PublishedPort[] {
  const assigned: PublishedPort[] = [];
  for (const port of wanted) {
    const hostIp = port.host_ip ?? "0.0.0.0";
    const [first, last] = range(port.published);
    const inUse = (candidate: number): boolean =>
      [...taken, ...assigned].some(
        (other) => other.published === candidate && other.protocol === port.protocol && overlaps(other.hostIp, hostIp),
      );
    let published = first;
    while (published <= last && inUse(published)) published += 1;
    if (published > last) {
      throw new RuntimeError("port-taken", `port ${port.published ?? "any"}/${port.protocol} of the host is in use`);
    }
    assigned.push({ hostIp, published, target: port.target, protocol: port.protocol });
  }
  return assigned.toSorted((one, other) => one.target - other.target);
}

function range(published: string | undefined): readonly [number, number] {
  if (published === undefined || published === "" || published === "0") return [firstRandomPort, lastPort];
  const [first = "", last = first] = published.split("-");
  return [Number(first), Number(last)];
}

function overlaps(one: string, other: string): boolean {
  return one === other || one === "0.0.0.0" || other === "0.0.0.0";
}
