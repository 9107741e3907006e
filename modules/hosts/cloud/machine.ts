import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import type { HostFacts } from "../../protocol/host.ts";
import { connectionParts } from "../connection.ts";
import type { Host } from "../host.ts";
import { Agent } from "../agent-resource.ts";
import { argumentsOf } from "../shape.ts";
import type { Identity } from "./resources.ts";

/** A machine that a cloud has made from an identity. */
export interface Machine {
  /** Its resource in the cloud's own provider. */
  readonly resource: pulumi.CustomResource;
  readonly address: pulumi.Input<string>;
  readonly identity: Identity;
  readonly hypervisorClass: HostFacts["hypervisorClass"];
  /** Disk for the named volumes of apps, as the machine names it. */
  readonly volumeDevice?: pulumi.Input<string> | undefined;
  /** Sizes of the machine's own disk and of that one, as the program gives them. */
  readonly rootGiB?: number | undefined;
  readonly volumeGiB?: number | undefined;
  /** What must be there before it is dialled. */
  readonly after: readonly pulumi.Resource[];
}

type Parts = Pick<Host, "hostId" | "connection" | "facts" | "ready"> & { readonly machine: pulumi.Resource };

/** Puts the host agent on a machine, which makes it a host. Nobody dials it to take the agent off when the machine goes. */
export function hostOn(name: string, machine: Machine, parent: pulumi.Resource): Parts {
  const { resource, address, identity, hypervisorClass, volumeDevice, rootGiB, volumeGiB, after } = machine;
  const { hostId, hostKey } = identity;
  const privateKey = pulumi.secret(identity.privateKey);
  const connection = { address, port: 22, user: "root", hostKey, privateKey, machineId: resource.id };
  const agent = new Agent(
    `${name}-agent`,
    { hostId, connection, volumeDevice, rootGiB, volumeGiB },
    {
      parent,
      deletedWith: resource,
      dependsOn: [...after],
      // It boots, and installs its packages, before there can be an agent on it.
      customTimeouts: { create: "20m", update: "20m" },
    },
  );
  return {
    hostId,
    connection: connectionParts(agent.connection, connection),
    facts: agent.facts.apply((facts) => ({ ...facts, hypervisorClass })),
    ready: agent,
    machine: resource,
  };
}

export const dataVolumeShape = argumentsOf({ sizeGiB: z.number(), keep: z.boolean().optional() });

/** A volume for the named volumes of apps, apart from the machine's own disk. */
export interface DataVolumeArgs {
  /** A change grows it; it never shrinks. */
  readonly sizeGiB: number;
  /** Whether it outlives the program: `destroy` leaves it in the cloud, where it costs money. Default false. */
  readonly keep?: boolean | undefined;
}
