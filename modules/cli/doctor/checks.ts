import type { Check } from "./check.ts";
import { disk } from "./checks/disk.ts";
import { docker } from "./checks/docker.ts";
import { engine } from "./checks/engine.ts";
import { home } from "./checks/home.ts";
import { memory } from "./checks/memory.ts";
import { mmdebstrap } from "./checks/mmdebstrap.ts";
import { node } from "./checks/node.ts";
import { npm } from "./checks/npm.ts";
import { qemuImg } from "./checks/qemu-img.ts";

/** Every prerequisite, in the order that `doctor` shows. */
export const checks: readonly Check[] = [node, npm, home, engine, qemuImg, mmdebstrap, disk, memory, docker];
