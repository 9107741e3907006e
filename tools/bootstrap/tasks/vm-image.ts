// Makes the container images of the quickstart app, and the disk that its VM starts from: with them and the host agent on it.
import { join } from "node:path";
import { ensureContainerImages } from "../../../modules/container-images/index.ts";
import { ensureBaseImage } from "../../../modules/images/index.ts";
import { realPorts } from "../../../modules/provider/real-ports.ts";
import { packageRoot } from "../../../modules/system/package-root.ts";
import { task } from "./task.ts";

await task(async (ports) => {
  const archive = await ensureContainerImages(join(packageRoot(), "templates", "quickstart", "images.yaml"), ports);
  const base = await ensureBaseImage(ports, ports);
  const { images, connections } = realPorts(ports.env);
  await using _connections = connections;
  return { key: await images.bake(base.key, { archives: [archive], diskGiB: 16 }, ports) };
});
