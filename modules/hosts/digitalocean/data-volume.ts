import type { Droplet } from "@pulumi/digitalocean/droplet.js";
import { Volume } from "@pulumi/digitalocean/volume.js";
import { VolumeAttachment } from "@pulumi/digitalocean/volumeAttachment.js";
import * as pulumi from "@pulumi/pulumi";
import type { DataVolumeArgs } from "../cloud/machine.ts";
import type { Kept } from "../cloud/resources.ts";

export interface DataVolumeSettings extends DataVolumeArgs {
  readonly region: string;
  readonly tags: string[];
  /** That a host may be in that region, and its volume stays in it. */
  readonly allowed: pulumi.Resource;
}

/** A volume that depends on no droplet. Its region is its own for life: in another one it would be another volume, an empty one. */
export function dataVolumeOf(name: string, settings: DataVolumeSettings, parent: pulumi.Resource): Volume {
  const { region, tags, sizeGiB, keep = false, allowed } = settings;
  const options = { parent, dependsOn: [allowed], retainOnDelete: keep };
  return new Volume(`${name}-data`, { region, size: sizeGiB, tags }, options);
}

/** That a data volume stays in its region. */
export function regionOfVolume({ region }: Pick<DataVolumeSettings, "region">): Kept {
  return { value: region, reason: staysInRegion };
}

const staysInRegion =
  "the data volume of the host is there, and neither it nor its droplet can leave its region. Keep the region that it has; or give the host " +
  "another name, which makes it anew with an empty volume: set keep first, and bring the data over by a snapshot of the old volume";

/**
 * How a droplet ends that has a data volume: it shuts down, which unmounts the volume, then gives it back, and the next one is made
 * after that. The provider does so in this order; a volume that is taken away from a droplet that runs loses what was not written yet.
 * Source: resourceDigitalOceanDropletDelete in digitalocean/droplet/resource_droplet.go of digitalocean/terraform-provider-digitalocean.
 */
export const keepingVolume: {
  readonly args: { readonly gracefulShutdown: true };
  readonly options: pulumi.CustomResourceOptions;
} = {
  args: { gracefulShutdown: true },
  options: { deleteBeforeReplace: true, customTimeouts: { delete: "5m" } },
};

export interface AttachedVolume {
  /** As the host names it, for the life of the volume. */
  readonly device: pulumi.Output<string>;
  readonly attachment: pulumi.Resource;
}

/** Attaches a volume to a droplet until that ends: it is the droplet that gives it back, and nobody else. */
export function attachedTo(name: string, droplet: Droplet, volume: Volume, parent: pulumi.Resource): AttachedVolume {
  const attachment = new VolumeAttachment(
    `${name}-data`,
    { volumeId: volume.id, dropletId: droplet.id.apply(Number) },
    { parent, retainOnDelete: true, deleteBeforeReplace: true },
  );
  return { device: pulumi.interpolate`/dev/disk/by-id/scsi-0DO_Volume_${volume.name}`, attachment };
}
