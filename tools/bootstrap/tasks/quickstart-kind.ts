import { join } from "node:path";
import { ensureContainerImages } from "../../../modules/container-images/index.ts";
import type { VmKind } from "../../../modules/hypervisors/driver.ts";
import { ensureBaseImage } from "../../../modules/images/index.ts";
import { realPorts } from "../../../modules/provider/real-ports.ts";
import { packageRoot } from "../../../modules/system/package-root.ts";
import type { TaskPorts } from "./task.ts";

/** As `stacks/local.ts` has it: the defaults of a `LocalVm`, with less memory. */
const size = { cpus: 2, memoryMiB: 1024, diskGiB: 16 };

/**
 * The kind of VM that the quickstart app runs on: the app's container images and the host agent are on the disk that it starts
 * from, which is made where it is missing.
 */
export async function quickstartKind(ports: TaskPorts): Promise<VmKind> {
  const archive = await ensureContainerImages(join(packageRoot(), "templates", "quickstart", "images.yaml"), ports);
  const base = await ensureBaseImage(ports, ports);
  const { images, connections } = realPorts(ports.env);
  await using _connections = connections;
  const bakedImage = await images.bake(base.key, { archives: [archive], diskGiB: size.diskGiB }, ports);
  return { ...size, baseImage: base.key, bakedImage };
}
