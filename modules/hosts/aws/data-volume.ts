import { Volume } from "@pulumi/aws/ebs/volume.js";
import type { Instance } from "@pulumi/aws/ec2/instance.js";
import { VolumeAttachment } from "@pulumi/aws/ec2/volumeAttachment.js";
import type * as pulumi from "@pulumi/pulumi";
import type { DataVolumeArgs } from "../cloud/machine.ts";
import { Fixed } from "../cloud/resources.ts";

type Tags = Readonly<Record<string, pulumi.Input<string>>>;

/** A volume that depends on no instance. Its zone is its own for life: in another one it would be another volume, an empty one. */
export function dataVolumeIn(
  name: string,
  zone: pulumi.Input<string>,
  { sizeGiB, keep = false, tags }: DataVolumeArgs & { readonly tags: Tags },
  parent: pulumi.Resource,
): Volume {
  const { value: availabilityZone } = new Fixed(`${name}-data-zone`, { value: zone, reason: staysInZone }, { parent });
  const settings = { availabilityZone, size: sizeGiB, type: "gp3", encrypted: true, tags };
  return new Volume(`${name}-data`, settings, { parent, retainOnDelete: keep });
}

const staysInZone =
  "the data volume of the host is there, and neither it nor its instance can leave its zone. Keep the zone, subnet and region that it has; or give the host " +
  "another name, which makes it anew with an empty volume: set keep first, and bring the data over by a snapshot of the old volume";

/** Puts a volume into an instance, and into the next one after that. */
export function attach(
  name: string,
  { volume, instance, isSpot }: { readonly volume: Volume; readonly instance: Instance; readonly isSpot: boolean },
  parent: pulumi.Resource,
): pulumi.Resource {
  return new VolumeAttachment(
    `${name}-data`,
    {
      ...{ deviceName: "/dev/sdf", volumeId: volume.id, instanceId: instance.id },
      // A disk that is pulled out while it is written to loses what was not written yet. EC2 stops no instance of the spot market.
      ...(isSpot ? {} : { stopInstanceBeforeDetaching: true }),
    },
    // The old instance gives it back before the new one can have it. One that ends, or has ended, gives it back by that.
    { parent, deleteBeforeReplace: true, deletedWith: instance },
  );
}

/** How a host names a volume: Nitro instances know an EBS disk by its serial number, which is the volume's id without its hyphen. */
export function deviceOf(volume: Volume): pulumi.Output<string> {
  return volume.id.apply((id) => `/dev/disk/by-id/nvme-Amazon_Elastic_Block_Store_${id.replace("-", "")}`);
}
