import type { Port } from "../model.ts";
import type { Path } from "../tree/node.ts";
import { isUnknown } from "../unknown.ts";
import type { Check } from "./consistency.ts";

/** What two services of one app cannot both have: a container name, a host port. */
export function checkSharing(check: Check): void {
  const names = new Map<string, string>();
  const ports = new Map<string, Claim[]>();
  for (const [service, { container_name: name, ports: published = [] }] of Object.entries(check.draft.services ?? {})) {
    if (name !== undefined && !isUnknown(name)) {
      const holder = names.get(name);
      if (holder !== undefined) {
        check.error(["services", service, "container_name"], {
          code: "duplicate",
          message: `services.${service} and services.${holder} have the same container_name "${name}"`,
        });
      }
      names.set(name, holder ?? service);
    }
    published.forEach((port, index) => {
      const claim = claimOf(port, service);
      if (claim === undefined) return;
      const same = `${claim.port}/${claim.protocol}`;
      const rivals = ports.get(same) ?? [];
      const rival = rivals.find((other) => collide(claim, other));
      if (rival === undefined) ports.set(same, [...rivals, claim]);
      else reportPort(claim, rival, ["services", service, "ports", index], check);
    });
  }
}

interface Claim {
  readonly service: string;
  readonly address: string;
  readonly port: string;
  readonly protocol: string;
}

/** A single host port. Of a range the engine takes any free one. */
function claimOf(
  { published, host_ip: address = "", protocol = "tcp" }: Partial<Port>,
  service: string,
): Claim | undefined {
  if (published === undefined || !/^\d+$/.test(published) || published === "0") return undefined;
  return { service, address: address === "0.0.0.0" || address === "::" ? "" : address, port: published, protocol };
}

/** Whether two claims on one port are on one address. */
function collide(a: Claim, b: Claim): boolean {
  return a.address === "" || b.address === "" || a.address === b.address;
}

function reportPort(claim: Claim, rival: Claim, path: Path, { warning }: Check): void {
  // Only a warning: docker compose loads such a file too, and an engine elsewhere may accept it.
  warning(path, {
    code: "duplicate",
    message:
      claim.service === rival.service
        ? `services.${claim.service} publishes the host port ${claim.port} twice`
        : `services.${claim.service} and services.${rival.service} both publish the host port ${claim.port}`,
    hint: "give one of them another host port, or an address of its own",
  });
}
