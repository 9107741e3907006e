import type { Check } from "./check.ts";
import { baseImage } from "./checks/base-image.ts";
import { disk } from "./checks/disk.ts";
import { docker } from "./checks/docker.ts";
import { engine } from "./checks/engine.ts";
import { home } from "./checks/home.ts";
import { hypervisor } from "./checks/hypervisor.ts";
import { memory } from "./checks/memory.ts";
import { node } from "./checks/node.ts";
import { npm } from "./checks/npm.ts";
import { qemuImg } from "./checks/qemu-img.ts";

/** Every prerequisite, in the order that `doctor` shows. */
export const checks: readonly Check[] = [node, npm, home, engine, hypervisor, qemuImg, baseImage, disk, memory, docker];
