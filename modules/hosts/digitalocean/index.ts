/** `stackhouse/digitalocean`: hosts on DigitalOcean, for programs that have `@pulumi/digitalocean`. */
export { DropletHost } from "./droplet-host.ts";
export type { DropletHostArgs, DropletImageName } from "./arguments.ts";
export type { FirewallArgs } from "../cloud/firewall.ts";
export type { DataVolumeArgs } from "../cloud/machine.ts";
