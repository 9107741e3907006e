import type { HostSystem } from "../../protocol/systems.ts";
import type { Architecture } from "./instance-types.ts";

/** Systems that a host can have. Debian 13 is the one that local VMs run. */
export type ImageName = HostSystem;

/** How the newest image of a system is found among its maker's. */
export interface ImageQuery {
  /** AWS account of the maker. Sources: https://wiki.debian.org/Cloud/AmazonEC2Image and https://documentation.ubuntu.com/aws */
  readonly owner: string;
  readonly name: string;
}

/** @param image which system */
export function imageQuery(image: ImageName, architecture: Architecture): ImageQuery {
  // Debian and Ubuntu name it as their packages do.
  const processor = architecture === "x86_64" ? "amd64" : "arm64";
  switch (image) {
    case "debian-12":
    case "debian-13":
      return { owner: "136693071363", name: `${image}-${processor}-*` };
    case "ubuntu-22.04":
      return { owner: canonical, name: `ubuntu/images/hvm-ssd/ubuntu-jammy-22.04-${processor}-server-*` };
    case "ubuntu-24.04":
      return { owner: canonical, name: `ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-${processor}-server-*` };
    case "ubuntu-26.04":
      return { owner: canonical, name: `ubuntu/images/hvm-ssd-gp3/ubuntu-resolute-26.04-${processor}-server-*` };
  }
}

const canonical = "099720109477";
