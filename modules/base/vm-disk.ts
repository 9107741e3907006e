/** Of the base image, which a VM's disk begins as: the least that a VM may have. */
export const leastVmDiskGiB = 4;
