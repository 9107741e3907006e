import type { Droplet } from "@pulumi/digitalocean/droplet.js";
import { Volume } from "@pulumi/digitalocean/volume.js";
import { VolumeAttachment } from "@pulumi/digitalocean/volumeAttachment.js";
import * as pulumi from "@pulumi/pulumi";
import type { DataVolumeArgs } from "../cloud/machine.ts";

export interface DataVolumeSettings extends DataVolumeArgs {
  readonly region: string;
  readonly tags: string[];
}

/** A volume that depends on no droplet. */
export function dataVolumeOf(name: string, settings: DataVolumeSettings, parent: pulumi.Resource): Volume {
  const { region, tags, sizeGiB, keep = false } = settings;
  return new Volume(
    `${name}-data`,
    { region, size: sizeGiB, tags },
    // In another region it would be another volume: better that the attachment fails than that the data is lost.
    { parent, retainOnDelete: keep, ignoreChanges: ["region"] },
  );
}

/**
 * How a droplet ends that has a data volume: it shuts down, which unmounts the volume, then gives it back, and the next one is made
 * after that. The provider does so in this order; a volume that is taken away from a droplet that runs loses what was not written yet.
 * Source: resourceDigitalOceanDropletDelete in digitalocean/droplet/resource_droplet.go of digitalocean/terraform-provider-digitalocean.
 */
export function keepingVolume(volume: Volume): {
  readonly args: { readonly gracefulShutdown: true };
  readonly options: pulumi.CustomResourceOptions;
} {
  return {
    args: { gracefulShutdown: true },
    options: {
      deleteBeforeReplace: true,
      // So the droplet goes first: a volume that is attached cannot be deleted.
      dependsOn: [volume],
      customTimeouts: { delete: "5m" },
    },
  };
}

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
