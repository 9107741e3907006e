import { Eip } from "@pulumi/aws/ec2/eip.js";
import { EipAssociation } from "@pulumi/aws/ec2/eipAssociation.js";
import { getInstancesOutput } from "@pulumi/aws/ec2/getInstances.js";
import type { Instance } from "@pulumi/aws/ec2/instance.js";
import type { InstanceState } from "@pulumi/aws/ec2transitgateway/instanceState.js";
import * as pulumi from "@pulumi/pulumi";
import { Fixed } from "../cloud/resources.ts";

/**
 * The public address that an instance has now. It is another one after each stop, so the state of the instance does not tell it; EC2 is
 * asked once the instance runs. Unknown in a preview before which it was stopped.
 */
export function publicAddressOf(name: string, running: InstanceState, parent: pulumi.Resource): pulumi.Output<string> {
  const filters = [{ name: "instance-id", values: [running.instanceId] }];
  const found = getInstancesOutput({ filters }, { parent, dependsOn: [running] });
  return pulumi.all([found.publicIps, running.instanceId]).apply(([[address], id]) => {
    if (address !== undefined) return address;
    if (pulumi.runtime.isDryRun()) return pulumi.unknown as unknown as string;
    throw new pulumi.RunError(
      `Ec2Host ${name}: its instance ${id} does not run, or has no public address: pulumi refresh asks AWS, then run this again`,
    );
  });
}

/** An address of the host's own, whatever instance it has. */
export function elasticIpOf(
  name: string,
  instance: Instance,
  tags: Readonly<Record<string, pulumi.Input<string>>>,
  parent: pulumi.Resource,
): EipAssociation {
  const { id: allocationId } = new Eip(name, { domain: "vpc", tags }, { parent });
  return new EipAssociation(name, { allocationId, instanceId: instance.id }, { parent });
}

/**
 * An elastic IP is not given up while its host lives: the engine releases it last, when all that dials the host has been given an address, and
 * EC2 tells the next one after that. Until then the state would lead to an address that is somebody else's.
 */
export function kindOfAddress(name: string, isElastic: boolean, parent: pulumi.Resource): Fixed {
  const reason = "keep elasticIp in the program, or give the host another name, which makes it anew";
  const value = isElastic ? "elastic" : "automatic";
  return new Fixed(`${name}-address`, { value, leaving: "elastic", reason }, { parent });
}
