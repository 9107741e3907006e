// Makes the container images of the quickstart app, the disk that its VM starts from, with them and the host agent on it, and the
// template that the VM is a clone of.
import { join } from "node:path";
import { ensureContainerImages } from "../../../modules/container-images/index.ts";
import { ensureBaseImage } from "../../../modules/images/index.ts";
import { realPorts } from "../../../modules/provider/real-ports.ts";
import { packageRoot } from "../../../modules/system/package-root.ts";
import { task } from "./task.ts";

/** As `stacks/local.ts` has it: the defaults of a `LocalVm`, with less memory. */
const diskGiB = 16;

await task(async (ports) => {
  const archive = await ensureContainerImages(join(packageRoot(), "templates", "quickstart", "images.yaml"), ports);
  const base = await ensureBaseImage(ports, ports);
  const { images, driver, connections } = realPorts(ports.env);
  await using _connections = connections;
  const bakedImage = await images.bake(base.key, { archives: [archive], diskGiB }, ports);
  await driver.prepare({ cpus: 2, memoryMiB: 1024, diskGiB, baseImage: base.key, bakedImage }, ports);
  return { key: bakedImage };
});
