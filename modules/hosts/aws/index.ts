/** `stackhouse/aws`: hosts on EC2, for programs that have `@pulumi/aws`. */
export { Ec2Host } from "./ec2-host.ts";
export type { Ec2HostArgs } from "./arguments.ts";
export type { ImageName } from "./images.ts";
export type { Architecture } from "./instance-types.ts";
export type { FirewallArgs } from "../cloud/firewall.ts";
export type { DataVolumeArgs } from "../cloud/machine.ts";
