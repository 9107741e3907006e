import { memoryCloud } from "./memory-cloud.ts";

/** DigitalOcean as far as `DropletHost` uses it. */
export function memoryDigitalOcean(onDroplet: () => void): ReturnType<typeof memoryCloud> {
  return memoryCloud({
    name: "digitalocean",
    types: {
      "digitalocean:index/droplet:Droplet": (count) => {
        onDroplet();
        return { ipv4Address: `198.51.100.${count}` };
      },
      "digitalocean:index/sshKey:SshKey": (count) => ({ fingerprint: `key-${count}` }),
      "digitalocean:index/firewall:Firewall": () => ({}),
      "digitalocean:index/volume:Volume": (count) => ({ name: `data-${count}` }),
      "digitalocean:index/volumeAttachment:VolumeAttachment": () => ({}),
      "digitalocean:index/reservedIp:ReservedIp": (count) => ({ ipAddress: `203.0.113.${count}` }),
      "digitalocean:index/reservedIpAssignment:ReservedIpAssignment": () => ({}),
    },
    exclusive: { volumeId: "Volume" },
    endsWith: { dropletId: "Droplet" },
    functions: () => ({}),
  });
}
