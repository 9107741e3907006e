import { Volume } from "@pulumi/aws/ebs/volume.js";
import type { Instance } from "@pulumi/aws/ec2/instance.js";
import { VolumeAttachment } from "@pulumi/aws/ec2/volumeAttachment.js";
import type * as pulumi from "@pulumi/pulumi";
import type { DataVolumeArgs } from "../cloud/machine.ts";

export interface DataVolumeSettings extends DataVolumeArgs {
  readonly zone: pulumi.Input<string>;
  readonly instance: Instance;
  readonly tags: Readonly<Record<string, pulumi.Input<string>>>;
}

export interface AttachedVolume {
  /** As the host names it, for the life of the volume. */
  readonly device: pulumi.Output<string>;
  readonly attachment: pulumi.Resource;
}

/** A volume that depends on no instance, and its attachment, which moves to the next one. */
export function dataVolumeOn(name: string, settings: DataVolumeSettings, parent: pulumi.Resource): AttachedVolume {
  const { zone, instance, tags, sizeGiB, keep = false } = settings;
  const volume = new Volume(
    `${name}-data`,
    { availabilityZone: zone, size: sizeGiB, type: "gp3", encrypted: true, tags },
    // In another zone it would be another volume: better that the attachment fails than that the data is lost.
    { parent, retainOnDelete: keep, ignoreChanges: ["availabilityZone"] },
  );
  const attachment = new VolumeAttachment(
    `${name}-data`,
    // A disk that is pulled out while it is written to loses what was not written yet.
    { deviceName: "/dev/sdf", volumeId: volume.id, instanceId: instance.id, stopInstanceBeforeDetaching: true },
    // The old instance gives it back before the new one can have it.
    { parent, deleteBeforeReplace: true },
  );
  // Nitro instances name an EBS disk by its serial number, which is the volume's id without its hyphen.
  const device = volume.id.apply((id) => `/dev/disk/by-id/nvme-Amazon_Elastic_Block_Store_${id.replace("-", "")}`);
  return { device, attachment };
}
