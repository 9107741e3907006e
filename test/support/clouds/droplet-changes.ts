import type { DropletHostArgs } from "../../../modules/hosts/digitalocean/index.ts";

/** A change of each argument that `docs/hosts.md` lists, of a host with the defaults in `fra1`. */
export const dropletChanges: Readonly<Record<string, Partial<DropletHostArgs>>> = {
  region: { region: "nyc3" },
  size: { size: "s-2vcpu-4gb" },
  image: { image: "ubuntu-24.04" },
  dataVolume: { dataVolume: { sizeGiB: 8 } },
  reservedIp: { reservedIp: true },
  vpcId: { vpcId: "5a4981aa-9653-4bd1-bef5-d6bff52042e4" },
  ipv6: { ipv6: true },
  monitoring: { monitoring: false },
  backups: { backups: true },
  tags: { tags: ["web"] },
  sshFrom: { sshFrom: ["203.0.113.7/32"] },
  publishTo: { publishTo: ["203.0.113.0/24"] },
  allowPublic: { allowPublic: [6379] },
} satisfies Readonly<Record<keyof DropletHostArgs, Partial<DropletHostArgs>>>;
