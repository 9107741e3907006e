/** Of the base image, which a VM's disk begins as: the least that a VM may have. */
export const leastVmDiskGiB = 4;
/** As large as a file of ext4 can be, which is what most workstations have: no disk of more could ever be full. */
export const mostVmDiskGiB = 16_384;
