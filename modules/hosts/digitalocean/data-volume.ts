import type { Droplet } from "@pulumi/digitalocean/droplet.js";
import { Volume } from "@pulumi/digitalocean/volume.js";
import { VolumeAttachment } from "@pulumi/digitalocean/volumeAttachment.js";
import * as pulumi from "@pulumi/pulumi";
import type { DataVolumeArgs } from "../cloud/machine.ts";

export interface DataVolumeSettings extends DataVolumeArgs {
  readonly region: string;
  readonly droplet: Droplet;
  readonly tags: string[];
}

export interface AttachedVolume {
  /** As the host names it, for the life of the volume. */
  readonly device: pulumi.Output<string>;
  readonly attachment: pulumi.Resource;
}

/** A volume that depends on no droplet, and its attachment, which moves to the next one. */
export function dataVolumeOn(name: string, settings: DataVolumeSettings, parent: pulumi.Resource): AttachedVolume {
  const { region, droplet, tags, sizeGiB, keep = false } = settings;
  const volume = new Volume(
    `${name}-data`,
    { region, size: sizeGiB, tags },
    // In another region it would be another volume: better that the attachment fails than that the data is lost.
    { parent, retainOnDelete: keep, ignoreChanges: ["region"] },
  );
  const attachment = new VolumeAttachment(
    `${name}-data`,
    { volumeId: volume.id, dropletId: droplet.id.apply(Number) },
    // The old droplet gives it back before the new one can have it.
    { parent, deleteBeforeReplace: true },
  );
  return { device: pulumi.interpolate`/dev/disk/by-id/scsi-0DO_Volume_${volume.name}`, attachment };
}
