import { Volume } from "@pulumi/aws/ebs/volume.js";
import type { Instance } from "@pulumi/aws/ec2/instance.js";
import { VolumeAttachment } from "@pulumi/aws/ec2/volumeAttachment.js";
import type * as pulumi from "@pulumi/pulumi";
import type { DataVolumeArgs } from "../cloud/machine.ts";
import type { Kept } from "../cloud/resources.ts";
import type { Place } from "./place.ts";

type Tags = Readonly<Record<string, pulumi.Input<string>>>;

/** A volume that depends on no instance. Its zone is its own for life: in another one it would be another volume, an empty one. */
export function dataVolumeIn(
  name: string,
  { zone, allowed, sizeGiB, keep = false, tags }: DataVolumeSettings,
  parent: pulumi.Resource,
): Volume {
  const settings = { availabilityZone: zone, size: sizeGiB, type: "gp3", encrypted: true, tags };
  return new Volume(`${name}-data`, settings, { parent, dependsOn: [allowed], retainOnDelete: keep });
}

interface DataVolumeSettings extends DataVolumeArgs {
  readonly zone: pulumi.Input<string>;
  /** That a host may be in that zone, and its volume stays in it. */
  readonly allowed: pulumi.Resource;
  readonly tags: Tags;
}

/** That a data volume stays in its zone. */
export function zoneOfVolume({ zone }: Place): Kept {
  return { value: zone, reason: staysInZone };
}

const staysInZone =
  "the data volume of the host is there, and neither it nor its instance can leave its zone. Keep the zone, subnet and region that it has; or give the host " +
  "another name, which makes it anew with an empty volume: set keep first, and bring the data over by a snapshot of the old volume";

/**
 * Puts a volume into an instance. It is never pulled out of one: a disk that is taken while it is written to loses what was not written yet. An
 * instance that ends unmounts it and gives it back, so it ends before the next one is made.
 */
export function attach(name: string, volume: Volume, instance: Instance, parent: pulumi.Resource): pulumi.Resource {
  return new VolumeAttachment(
    `${name}-data`,
    { deviceName: "/dev/sdf", volumeId: volume.id, instanceId: instance.id, skipDestroy: true },
    { parent },
  );
}

/** How a host names a volume: Nitro instances know an EBS disk by its serial number, which is the volume's id without its hyphen. */
export function deviceOf(volume: Volume): pulumi.Output<string> {
  return volume.id.apply((id) => `/dev/disk/by-id/nvme-Amazon_Elastic_Block_Store_${id.replace("-", "")}`);
}
