import type { Port } from "../../model.ts";
import { replicasOf } from "../../replicas.ts";
import type { Check } from "../check.ts";

/** Warns of a host port that an app publishes twice: its second container does not start. So it is with replicas of one service. */
export function warnOfSharedHostPorts({ draft, warning }: Check): void {
  const claimed = new Map<string, Claims>();
  for (const [service, definition] of Object.entries(draft.services ?? {})) {
    const replicas = replicasOf(definition);
    definition.ports?.forEach((port, index) => {
      const claim = claimOf(port, service);
      if (claim === undefined) return;
      const rival = enter(claim, claimed);
      if (replicas > 1) {
        warning(["services", service, "ports", index], {
          code: "duplicate",
          message: `each of the ${replicas} containers of services.${service} publishes the host port ${claim.port}`,
          hint: "leave the host port out or give a range of them, or run one container",
        });
        return;
      }
      if (rival === undefined) return;
      // Only a warning: docker compose loads such a file too, and an engine elsewhere may accept it.
      warning(["services", service, "ports", index], {
        code: "duplicate",
        message:
          service === rival.service
            ? `services.${service} publishes the host port ${claim.port} twice`
            : `services.${service} and services.${rival.service} both publish the host port ${claim.port}`,
        hint: "give one of them another host port, or an address of its own",
      });
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
  const [, port] = /^(\d+)(?:-\1)?$/.exec(published ?? "") ?? [];
  if (port === undefined || port === "0") return undefined;
  return { service, address: address === "0.0.0.0" || address === "::" ? "" : address, port, protocol };
}

/** The claims on one port. */
interface Claims {
  readonly first: Claim;
  /** The first on each address; on all addresses of the host, by the empty one. */
  readonly byAddress: Map<string, Claim>;
}

/** Notes a claim, and gives an earlier one that it cannot stand beside. */
function enter(claim: Claim, claimed: Map<string, Claims>): Claim | undefined {
  const same = `${claim.port}/${claim.protocol}`;
  const claims = claimed.get(same) ?? { first: claim, byAddress: new Map<string, Claim>() };
  claimed.set(same, claims);
  const rival = rivalOf(claim, claims);
  if (!claims.byAddress.has(claim.address)) claims.byAddress.set(claim.address, claim);
  return rival;
}

/** An earlier claim that has the same port of the same address. */
function rivalOf(claim: Claim, { first, byAddress }: Claims): Claim | undefined {
  if (claim.address === "") return first === claim ? undefined : first;
  return byAddress.get("") ?? byAddress.get(claim.address);
}
