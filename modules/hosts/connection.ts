import * as pulumi from "@pulumi/pulumi";
import type { HostConnection } from "../protocol/host.ts";
import type { HostConnectionOutputs } from "./host.ts";
import type { ConnectionArgs } from "./agent-resource.ts";

/**
 * A connection part by part. As one output it is secret as a whole, because the key in it is; of the others those are that the program gave as
 * secrets.
 */
export function connectionParts(
  connection: pulumi.Output<HostConnection>,
  given: Partial<Pick<ConnectionArgs, OpenPart>> = {},
): HostConnectionOutputs {
  const open = pulumi.unsecret(connection);
  const partOf = <Part extends OpenPart>(part: Part): pulumi.Output<HostConnection[Part]> => {
    const mark: pulumi.Input<unknown> = given[part];
    return pulumi.all([open, mark]).apply(([parts]) => parts[part]);
  };
  return {
    address: partOf("address"),
    port: partOf("port"),
    user: partOf("user"),
    hostKey: partOf("hostKey"),
    jump: pulumi.secret(open.apply(({ jump }) => jump)),
    sudoPassword: pulumi.secret(open.apply(({ sudoPassword }) => sudoPassword)),
    vmId: open.apply(({ vmId }) => vmId),
    machineId: open.apply(({ machineId }) => machineId),
    privateKey: pulumi.secret(open.apply(({ privateKey }) => privateKey)),
  };
}

/** Of which there need be no secret made. */
type OpenPart = "address" | "port" | "user" | "hostKey";
