import * as pulumi from "@pulumi/pulumi";
import type { HostConnection } from "../protocol/host.ts";
import type { HostConnectionOutputs } from "./host.ts";

/** A connection part by part. As one output it is secret as a whole, because the key in it is. */
export function connectionParts(connection: pulumi.Output<HostConnection>): HostConnectionOutputs {
  const open = pulumi.unsecret(connection);
  return {
    address: open.apply(({ address }) => address),
    port: open.apply(({ port }) => port),
    user: open.apply(({ user }) => user),
    hostKey: open.apply(({ hostKey }) => hostKey),
    jump: pulumi.secret(open.apply(({ jump }) => jump)),
    sudoPassword: pulumi.secret(open.apply(({ sudoPassword }) => sudoPassword)),
    vmId: open.apply(({ vmId }) => vmId),
    machineId: open.apply(({ machineId }) => machineId),
    privateKey: pulumi.secret(open.apply(({ privateKey }) => privateKey)),
  };
}
