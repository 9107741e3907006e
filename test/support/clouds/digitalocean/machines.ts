import type { OpenPort } from "../machines/machine.ts";
import type { WantedMachine } from "../machines/room.ts";
import type { EmulatedCloud } from "./cloud.ts";
import type { Droplet } from "./things.ts";

/** The droplets of an account as machines: with their user data, the ports that their firewalls open, and the volumes that are theirs. */
export function machinesOf(cloud: EmulatedCloud): readonly WantedMachine[] {
  return [...cloud.droplets.values()].flatMap((droplet): readonly WantedMachine[] => {
    const { id, name, status, leaving, user_data } = droplet;
    if (status === "new" || leaving !== undefined) return [];
    return [
      {
        id: `droplet-${id}`,
        state: status === "active" ? "running" : "stopped",
        seed: { "user-data": user_data, "meta-data": JSON.stringify({ "instance-id": id, "local-hostname": name }) },
        // That of the smallest droplet here; it grows with the size alone, which replaces nothing that is tested.
        rootGiB: 8,
        ports: portsOf(cloud, droplet),
        disks: disksOf(cloud, droplet),
      },
    ];
  });
}

/** From where they are open does not count here: all addresses are this machine's. */
function portsOf(cloud: EmulatedCloud, droplet: Droplet): readonly OpenPort[] {
  const { id, address } = droplet;
  const reserved = [...cloud.addresses].flatMap(([ip, owner]) => (owner === id ? [ip] : []));
  const rules = cloud.firewallsOf(droplet).flatMap(({ inbound_rules }) => inbound_rules);
  return [address, ...reserved].flatMap((one) =>
    rules.flatMap(({ ports, protocol }): readonly OpenPort[] => {
      if (protocol !== "tcp" && protocol !== "udp") return [];
      const [from = 0, to = from] = ports.split("-").map(Number);
      return Array.from({ length: to - from + 1 }, (_, index) => ({ address: one, port: from + index, protocol }));
    }),
  );
}

function disksOf({ volumes }: EmulatedCloud, { id }: Droplet): WantedMachine["disks"] {
  const attached = [...volumes.values()].filter(({ droplet_ids }) => droplet_ids.includes(id));
  return attached.map((volume) => ({
    // QEMU has short names.
    id: `volume-${volume.id.slice(0, 8)}`,
    sizeGiB: volume.size_gigabytes,
    // The guest names it scsi-0DO_Volume_NAME.
    device: { driver: "scsi-hd", vendor: "DO", product: "Volume", device_id: volume.name },
  }));
}
