// Makes the container images of the quickstart app.
import { join } from "node:path";
import { ensureContainerImages } from "../../../modules/container-images/index.ts";
import { packageRoot } from "../../../modules/system/package-root.ts";
import { task } from "./task.ts";

await task((ports) => ensureContainerImages(join(packageRoot(), "templates", "quickstart", "images.yaml"), ports));
